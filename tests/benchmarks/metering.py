"""A meter on everything that goes through botocore: what AWS would bill for it, and how long it took.

It listens to botocore's own events, so the code under it is the code that is deployed, and whoever answers
(moto, an emulator, AWS) does not matter. What a Lambda is billed for is its own CPU time, without the time
inside botocore, on the share of a CPU that its memory buys, and a stated time for every call to AWS.
"""

import io
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from functools import cached_property
from math import ceil
from time import thread_time
from typing import Any

import boto3
from botocore.handlers import BUILTIN_HANDLERS

from tests.benchmarks import dynamodb_units
from tests.benchmarks.dynamodb_units import Change, Item, Tables
from tests.benchmarks.prices import GIB, Unit

CALL_SECONDS = 0.005
"""What a call to DynamoDB, SQS or Firehose is taken to last for a Lambda: 3 to 6 ms within a Region."""
FULL_CPU_MB = 1_769
"""Memory at which a Lambda has a whole vCPU (AWS's developer guide); below it, its share is in proportion."""
CHUNK = 64 * 1_024
FIREHOSE_ROUNDING = 5 * 1_024
LOG_OVERHEAD = 26
"""Bytes CloudWatch adds to every line (PutLogEvents)."""

Used = defaultdict[tuple[str, Unit], float]
"""(who, unit) -> how much."""


@dataclass(frozen=True)
class Call:
    service: str
    operation: str
    params: Mapping[str, Any]
    answer: Mapping[str, Any]
    failed: bool


@dataclass
class Meter:
    """One at a time: what happens between `listening` and its end is booked on whoever is at work."""

    heard: Callable[[Call], None] = lambda _: None
    """Is told of every call."""
    changed: Callable[[Change], None] = lambda _: None
    """Is told of every item written."""
    used: Used = field(default_factory=lambda: defaultdict(float))
    who: str = ""
    inside: float = 0.0
    """CPU seconds of this thread inside botocore."""
    calls: int = 0
    _muted: bool = False
    _said: io.StringIO = field(default_factory=io.StringIO)

    def __post_init__(self) -> None:
        self._tables = Tables(self._look, self.changed)

    @cached_property
    def _dynamodb(self) -> Any:
        return boto3.client("dynamodb")

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Clients made within (a session takes its handlers along when it is made) are metered."""
        handlers = [("provide-client-params", self._begins), ("after-call", self._ended)]
        BUILTIN_HANDLERS.extend(handlers)
        boto3.DEFAULT_SESSION = None
        try:
            yield
        finally:
            boto3.DEFAULT_SESSION = None
            for handler in handlers:
                BUILTIN_HANDLERS.remove(handler)

    def add(self, unit: Unit, amount: float, who: str = "") -> None:
        self.used[who or self.who, unit] += amount

    @contextmanager
    def invocation(self, name: str, memory: int) -> Iterator[None]:
        """A Lambda of `memory` MB runs within."""
        self.who, said_before = name, self._said.tell()
        begun, inside, calls = thread_time(), self.inside, self.calls
        with redirect_stdout(self._said):
            yield
        own = thread_time() - begun - (self.inside - inside)
        seconds = own * max(1, FULL_CPU_MB / memory) + (self.calls - calls) * CALL_SECONDS
        self.add(Unit.INVOCATIONS, 1)
        self.add(Unit.GB_SECONDS, ceil(seconds * 1_000) / 1_000 * memory / 1_024)
        self.log(self._said.getvalue()[said_before:].splitlines())

    def log(self, lines: list[str]) -> None:
        self.add(Unit.LOGS, sum(len(line.encode()) + LOG_OVERHEAD for line in lines) / GIB)

    def _begins(self, params: Mapping[str, Any], context: dict[str, Any], **_: object) -> None:
        context["metered"] = (params, thread_time())

    def _ended(self, parsed: Mapping[str, Any], model: Any, context: dict[str, Any], **_: object) -> None:
        params, begun = context["metered"]
        if not self._muted:
            failed = parsed.get("ResponseMetadata", {}).get("HTTPStatusCode", 200) >= 300
            call = Call(model.service_model.service_name, model.name, params, parsed, failed)
            self._count(call)
            self.heard(call)
            self.calls += 1
        self.inside += thread_time() - begun

    def _count(self, call: Call) -> None:
        match call.service, call.operation:
            case "dynamodb", "GetItem" | "BatchGetItem" | "Query" | "Scan":
                self.add(Unit.READS, dynamodb_units.reads(call.operation, call.params, call.answer))
            case "dynamodb", "PutItem" | "UpdateItem" | "DeleteItem" | "TransactWriteItems":
                units = self._tables.writes(call.operation, call.params, call.answer, failed=call.failed)
                self.add(Unit.WRITES, units)
            case "sqs", _:
                self.add(Unit.QUEUE, chunks(bodies(call)))
            case "firehose", "PutRecordBatch":
                records = (len(record["Data"]) for record in call.params["Records"])
                rounded = sum(ceil(size / FIREHOSE_ROUNDING) * FIREHOSE_ROUNDING for size in records)
                self.add(Unit.FIREHOSE, rounded / GIB)
            case "secretsmanager", _:
                self.add(Unit.SECRET_CALLS, 1)

    def _look(self, table: str, key: Item) -> Item | None:
        self._muted = True
        try:
            found = self._dynamodb.get_item(TableName=table, Key=key, ConsistentRead=True)
        finally:
            self._muted = False
        item: Item | None = found.get("Item")
        return item


def bodies(call: Call) -> list[str]:
    """The messages of a call to SQS."""
    if call.operation == "SendMessageBatch":
        return [entry["MessageBody"] for entry in call.params["Entries"]]
    return [call.params.get("MessageBody", "")]


def chunks(texts: list[str]) -> int:
    """Requests that SQS bills for one call with these messages."""
    return max(1, ceil(sum(len(text.encode()) for text in texts) / CHUNK))
