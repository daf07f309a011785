"""Which hub a command works on: the stack on this machine, or one deployed to AWS. Known here only."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, wraps
from typing import Any, Self, TypeVar

import boto3
import click

from cli import local_stack
from cli.local_stack import StackInfo
from cli.sending.posting import Endpoint
from hub.aws.archive_reading import ArchiveReader
from hub.aws.backfill_table import BackfillTable
from hub.aws.definition_table import DefinitionTable
from hub.aws.journey_table import HeldMessageTable, JourneyStateTable
from hub.aws.profile_scan import ProfileScan
from hub.aws.profile_table import ProfileTable
from hub.aws.queues import ConnectorQueues
from hub.aws.run_table import RunTable
from hub.aws.segment_table import SegmentTable
from hub.clock import Clock, Instant
from hub.deployed import named, stack_name
from hub.errors import ConfigurationError

F = TypeVar("F", bound=Callable[..., Any])


def option(command: F) -> F:
    """`--stage`, on every command that talks to a running hub."""
    text = "Stage of a hub on AWS (stack hub-<stage>); default: the stack on this machine."
    return click.option("--stage", metavar="NAME", envvar="HUB_STAGE", help=text)(command)


def endpoint_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--endpoint`, `--write-key` and `--stage`, handed to the command as `where: Endpoint`."""

    @option
    @click.option(
        "--write-key", metavar="KEY", envvar="HUB_WRITE_KEY", help="Of a source; default: the stack's own."
    )
    @click.option(
        "--endpoint", metavar="URL", envvar="HUB_ENDPOINT", help="Where to post; default: the stack's own."
    )
    @wraps(command)
    def with_endpoint(
        *, endpoint: str | None, write_key: str | None, stage: str | None, **others: Any
    ) -> Any:
        return command(where=find_endpoint(stage, endpoint, write_key), **others)

    return with_endpoint


@dataclass(frozen=True, kw_only=True)
class Target:
    """A running hub; its tables and queues are looked up in the outputs of its CloudFormation stack."""

    stage: str
    aws_endpoint_url: str | None = None
    """Of the emulator; None is AWS itself, with the account and region of the environment."""
    region: str | None = None
    known: Mapping[str, str] = field(default_factory=dict)
    """Outputs known without asking."""
    sandbox: str = ""

    @classmethod
    def here(cls, stack: StackInfo) -> Self:
        """The stack on this machine, with what it says of itself."""
        clock = {f"Clock{name.title()}": str(value) for name, value in stack.clock.items()}
        addresses = {"Endpoint": stack.endpoint, "WriteKey": stack.write_key}
        return cls(
            stage=stack.stage,
            aws_endpoint_url=stack.aws_endpoint_url,
            region=stack.region,
            known={**stack.outputs, **clock, **addresses},
            sandbox=stack.sandbox,
        )

    @cached_property
    def clock(self) -> Clock:
        speed, origin, start = (self._find(f"Clock{name}") for name in ("Speed", "Origin", "Start"))
        return Clock(
            speed=float(speed or 1), origin=round(float(origin or 0)), start=round(float(start or 0))
        )

    @property
    def now(self) -> Instant:
        return self.clock.now()

    @cached_property
    def endpoint(self) -> Endpoint:
        return Endpoint(url=self.output("Endpoint").rstrip("/"), write_key=self._write_key, clock=self.clock)

    def write_key_of(self, source: str) -> str:
        """The key that stands for a source; ConfigurationError if it has none."""
        keys: dict[str, str] = {name: key for key, name in json.loads(self.output("WriteKeys")).items()}
        if source not in keys:
            raise ConfigurationError(
                f"stack {stack_name(self.stage)} has no write key for the source '{source}': deploy the"
                f" policy that names it (it knows {', '.join(sorted(keys))})"
            )
        return keys[source]

    @property
    def _write_key(self) -> str:
        """Of the first source that the policy names."""
        return self.known.get("WriteKey") or next(iter(json.loads(self.output("WriteKeys"))))

    @cached_property
    def runs(self) -> RunTable:
        return RunTable(self.client("dynamodb"), self.output("JourneysTable"))

    @cached_property
    def journey_states(self) -> JourneyStateTable:
        return JourneyStateTable(self.client("dynamodb"), self.output("JourneysTable"))

    @cached_property
    def held(self) -> HeldMessageTable:
        return HeldMessageTable(self.client("dynamodb"), self.output("JourneysTable"))

    @cached_property
    def outbox(self) -> ConnectorQueues:
        sqs = self.client("sqs")
        return ConnectorQueues(sqs, _QueueUrls(sqs, self.stage), self.clock)

    @cached_property
    def profiles(self) -> ProfileTable:
        return ProfileTable(self.client("dynamodb"), self.output("ProfilesTable"))

    @cached_property
    def segments(self) -> SegmentTable:
        return SegmentTable(self.client("dynamodb"), self.output("SegmentsTable"))

    @cached_property
    def definitions(self) -> DefinitionTable:
        return DefinitionTable(self.client("dynamodb"), self.output("SegmentsTable"))

    @cached_property
    def backfills(self) -> BackfillTable:
        return BackfillTable(self.client("dynamodb"), self.output("SegmentsTable"))

    @cached_property
    def scan(self) -> ProfileScan:
        return ProfileScan(self.client("dynamodb"), self.output("ProfilesTable"))

    @cached_property
    def archive(self) -> ArchiveReader:
        return ArchiveReader(self.client("s3"), self.output("ArchiveBucket"))

    def client(self, service: str) -> Any:
        if self.aws_endpoint_url is None:
            return boto3.client(service)
        # An emulator takes any credentials, but boto3 insists on having some.
        made_up = {"aws_access_key_id": "local", "aws_secret_access_key": "local"}
        return boto3.client(
            service, endpoint_url=self.aws_endpoint_url, region_name=self.region or "us-east-1", **made_up
        )

    def output(self, name: str) -> str:
        found = self._find(name)
        if not found:
            raise ConfigurationError(
                f"stack {stack_name(self.stage)} has no output {name}: deploy it again with this version"
            )
        return found

    def _find(self, name: str) -> str:
        return self.known.get(name) or self._outputs.get(name, "")

    @cached_property
    def _outputs(self) -> Mapping[str, str]:
        answer = self.client("cloudformation").describe_stacks(StackName=stack_name(self.stage))
        return {one["OutputKey"]: one["OutputValue"] for one in answer["Stacks"][0].get("Outputs", ())}


class _QueueUrls(dict[str, str]):
    """Connector -> URL of its queue, asked for when it is needed."""

    def __init__(self, sqs: Any, stage: str) -> None:
        super().__init__()
        self._sqs = sqs
        self._stage = stage

    def __missing__(self, slug: str) -> str:
        url: str = self._sqs.get_queue_url(QueueName=named(self._stage, slug))["QueueUrl"]
        return self.setdefault(slug, url)


def find(stage: str | None) -> Target:
    """The hub of that stage on AWS, or, without a stage, the one on this machine."""
    if stage:
        return Target(stage=stage)
    stack = local_stack.current()
    if stack is None:
        raise ConfigurationError("no hub runs here: start one with `hub up`, or name one on AWS with --stage")
    return Target.here(stack)


def find_endpoint(stage: str | None, url: str | None, write_key: str | None) -> Endpoint:
    """Where events go: as told, the rest as the hub itself says."""
    if url and write_key:
        return _own_clock(url.rstrip("/"), write_key)
    known = find(stage).endpoint
    return Endpoint(
        url=(url or known.url).rstrip("/"), write_key=write_key or known.write_key, clock=known.clock
    )


def _own_clock(url: str, write_key: str) -> Endpoint:
    """A hub told by its address alone goes by the real clock, unless it is the one on this machine."""
    stack = local_stack.current()
    is_here = stack is not None and stack.endpoint == url
    return Endpoint(
        url=url, write_key=write_key, clock=Target.here(stack).clock if stack and is_here else Clock()
    )
