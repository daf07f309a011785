"""AWS around the hub's Lambdas, in virtual time: their real handlers, moto's tables and queues, one meter.

What AWS does between the Lambdas is done here: the event source mappings' batches, delays, schedules that
fire, the stream of the profiles table. Time jumps from one thing to the next; two weeks pass in seconds.
"""

import heapq
import json
import re
import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from math import ceil
from typing import Any
from unittest import mock

from hub.clock import MINUTE, SECOND, Instant, parse_instant
from tests.benchmarks.dynamodb_units import Change
from tests.benchmarks.metering import Call, Meter, bodies, chunks
from tests.benchmarks.prices import Unit

Record = dict[str, Any]
Handler = Callable[[Record, object], Any]

PATIENCE = 5 * MINUTE
"""How long a batch that is not full waits for more, in virtual time."""
_API_BYTES = 512 * 1_024
_RECEIVED_AT_ONCE = 10
_ACCESS_LOG = (
    '{"requestId":"JKJaXmPLvHcESHA=","requestTime":"21/Nov/2026:12:00:00 +0000","routeKey":"$default",'
    '"status":"200","responseLength":"16","integrationLatency":"12","integrationErrorMessage":"-"}'
)


@dataclass(frozen=True)
class Lambda:
    name: str
    handler: Handler
    memory: int
    traced: bool


@dataclass
class Lane:
    """An event source mapping: things gather until the batch is full, one customer's never twice in one.

    A batch of AWS may well hold one customer's events twice; that they then cost one write is not counted on.
    """

    size: int
    take: Callable[[list[Record]], None]
    waiting: dict[str, Record] = field(default_factory=dict)
    number: int = 0
    """Of the batch that gathers."""

    def put(self, customer: str, record: Record) -> bool:
        """True where the record began a batch."""
        if customer in self.waiting:
            self.flush()
        self.waiting[customer] = record
        begins = len(self.waiting) == 1
        if len(self.waiting) == self.size:
            self.flush()
        return begins and bool(self.waiting)

    def flush(self, number: int | None = None) -> None:
        """`number`: only if that batch still gathers."""
        if self.waiting and number in (None, self.number):
            batch, self.waiting = list(self.waiting.values()), {}
            self.number += 1
            self.take(batch)


class World:
    def __init__(self, start: Instant, lambdas: Mapping[str, Lambda], *, profiles: str, events: str) -> None:
        """`lambdas`: by name; `profiles`: the table whose stream is read; `events`: URL of that queue."""
        self.meter = Meter(heard=self._hear, changed=self._change)
        self.now = start
        self.started: list[Mapping[str, Any]] = []
        """Executions of state machines that were asked for: {stateMachineArn, name, input}."""
        self.sent: Callable[[str, str], None] = lambda _url, _body: None
        """Is told of messages to other queues."""
        self.lambdas = lambdas
        self._profiles, self._events = profiles, events
        self._agenda: list[tuple[Instant, int, Callable[[], None]]] = []
        self._numbers = count()
        self._schedules: dict[str, int] = {}
        self.queue = Lane(1, self._update)
        self.stream = Lane(1, self._react)

    @contextmanager
    def going(self) -> Iterator[None]:
        """The hub's only clock reads `time.time_ns`."""
        with ExitStack() as stack:
            stack.enter_context(mock.patch.object(time, "time_ns", self._nanoseconds))
            stack.enter_context(self.meter.listening())
            yield

    def at(self, instant: Instant, do: Callable[[], None]) -> None:
        heapq.heappush(self._agenda, (max(instant, self.now), next(self._numbers), do))

    def run(self, until: Instant) -> None:
        while self._agenda and self._agenda[0][0] <= until:
            self.now, _, do = heapq.heappop(self._agenda)
            do()
        self.queue.flush()
        self.stream.flush()

    def post(self, messages: Sequence[Record]) -> None:
        """One request to POST /v1/batch."""
        body = json.dumps({"writeKey": "key", "batch": messages}, separators=(",", ":"))
        self.meter.add(Unit.API, max(1, ceil(len(body) / _API_BYTES)), "HTTP API")
        answer = self.invoke("ingest_events", _request(body))
        assert answer["statusCode"] == 200, answer
        self.meter.who = "HTTP API"
        self.meter.log([_ACCESS_LOG])

    def invoke(self, name: str, event: Record) -> Any:
        called = self.lambdas[name]
        with self.meter.invocation(name, called.memory):
            return called.handler(event, None)

    def consume(self, name: str, records: Sequence[Record]) -> None:
        """A batch of a queue: received ten at once, handled, deleted ten at once."""
        told = self.invoke(name, {"Records": list(records)})
        assert not told["batchItemFailures"], told
        for start in range(0, len(records), _RECEIVED_AT_ONCE):
            texts = [record["body"] for record in records[start : start + _RECEIVED_AT_ONCE]]
            self.meter.add(Unit.QUEUE, chunks(texts) + 1, name)

    def record(self, body: str) -> Record:
        number = str(next(self._numbers))
        return {
            "messageId": number,
            "receiptHandle": number,
            "body": body,
            "attributes": {"ApproximateReceiveCount": "1"},
            "messageAttributes": {},
        }

    def _nanoseconds(self) -> int:
        return self.now * 1_000_000

    def _hear(self, call: Call) -> None:
        match call.service, call.operation:
            case "sqs", "SendMessage" | "SendMessageBatch":
                delays = [one.get("DelaySeconds", 0) for one in call.params.get("Entries", (call.params,))]
                for body, delay in zip(bodies(call), delays, strict=True):
                    self._send(call.params["QueueUrl"], body, delay)
            case "scheduler", "CreateSchedule" | "UpdateSchedule" if not call.failed:
                self._schedule(call.params)
            case "stepfunctions", "StartExecution" if not call.failed:
                self.started.append(call.params)

    def _send(self, url: str, body: str, delay: int) -> None:
        if url == self._events:
            self.at(self.now + delay * SECOND, lambda: self._arrive(body))
        else:
            self.sent(url, body)

    def _schedule(self, wanted: Mapping[str, Any]) -> None:
        number = self._schedules[wanted["Name"]] = next(self._numbers)
        at = parse_instant(re.sub(r"at\((.*)\)", r"\1", wanted["ScheduleExpression"]))

        def fire() -> None:
            if self._schedules.get(wanted["Name"]) == number:
                self.meter.add(Unit.SCHEDULES, 1, "Scheduler")
                self._arrive(wanted["Target"]["Input"])

        self.at(at, fire)

    def _arrive(self, body: str) -> None:
        if self.queue.put(customer_of(body), self.record(body)):
            number = self.queue.number
            self.at(self.now + PATIENCE, lambda: self.queue.flush(number))

    def _update(self, records: list[Record]) -> None:
        self.consume("update_profiles", records)

    def _change(self, change: Change) -> None:
        """Only what the mapping's filter lets through; the stream is read once the writer is done."""
        if change.table != self._profiles or not (change.after or {})["pk"]["S"].startswith("profile#"):
            return
        images = {"OldImage": change.before, "NewImage": change.after}
        record = {"dynamodb": {name: _wired(image) for name, image in images.items() if image}}
        self.at(self.now, lambda: self._flow(record))

    def _flow(self, record: Record) -> None:
        if self.stream.put(record["dynamodb"]["NewImage"]["pk"]["S"], record):
            number = self.stream.number
            self.at(self.now + PATIENCE, lambda: self.stream.flush(number))

    def _react(self, records: list[Record]) -> None:
        self.invoke("react_to_changes", {"Records": records})


def customer_of(body: str) -> str:
    """Whom a message of the events queue is about; of several, the first."""
    message = json.loads(body)
    if "events" in message:
        return str(message["events"][0].get("anonymous_id") or message["events"][0]["user_id"])
    if "tick" in message:
        return str(message["tick"]["profile_id"])
    return str(next(message[name] for name in ("deliveries", "looks") if name in message)[0]["profile_id"])


def _request(body: str) -> Record:
    return {
        "version": "2.0",
        "rawPath": "/v1/batch",
        "headers": {"content-type": "application/json"},
        "requestContext": {"http": {"method": "POST", "sourceIp": "192.0.2.1"}},
        "body": body,
        "isBase64Encoded": False,
    }


def _wired(item: Mapping[str, Any]) -> Record:
    """As a stream's record carries it: binary values as base64 text."""
    return {
        name: {"B": b64encode(value["B"]).decode()} if "B" in value else value for name, value in item.items()
    }
