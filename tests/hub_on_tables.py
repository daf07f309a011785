"""The hub in hand on the stack's own tables and queues in moto: the real adapters, and boto3 within reach.

Machines and timers stay in hand, because time does; each is held to its adapter's contract (tests/aws).
"""

from collections.abc import Iterable, Sequence
from typing import Any

import boto3

from hub import facts
from hub.aws import profile_table, stream
from hub.aws.effects_table import EffectsTable
from hub.aws.profile_table import ProfileTable
from hub.aws.queues import ConnectorQueues, OutcomesQueue
from hub.aws.run_table import RunTable
from hub.aws.segment_table import SegmentTable
from hub.aws.send_ledger import SendLedgerTable
from hub.clock import Clock, Instant
from hub.deliveries import Delivery, Message
from hub.enrollments import Breakdown
from hub.profiles import Profile
from hub.strategy.strategy import Strategy
from tests.fakes import Change
from tests.hub_in_hand import HubInHand
from tests.lambda_events import Stream
from tests.moto_stack import MotoStack
from tests.trouble import Around, Watched


class Queue:
    """As Lambda's event source takes from it: AWS's own doing, which does not crash with us."""

    def __init__(self, client: Any, url: str) -> None:
        self.url = url
        self._client = client

    def take(self) -> list[str]:
        bodies = list[str]()
        while got := self._client.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10).get("Messages"):
            for one in got:
                self._client.delete_message(QueueUrl=self.url, ReceiptHandle=one["ReceiptHandle"])
                bodies.append(one["Body"])
        return bodies


class Outbox(ConnectorQueues):
    """The connectors' queues, and what waits in them."""

    def __init__(self, client: Any, queues: dict[str, Queue]) -> None:
        super().__init__(client, {slug: queue.url for slug, queue in queues.items()}, Clock())
        self._queues = queues
        self._taken: list[Message] = []
        self._filled = False

    def put(self, messages: Sequence[Message], *, delay: int = 0) -> None:
        self._filled = self._filled or bool(messages)
        super().put(messages, delay=delay)

    def come_again(self, messages: Sequence[Message]) -> None:
        self._taken += messages

    @property
    def queued(self) -> list[Message]:
        if self._filled:
            self._filled = False
            bodies = [body for queue in self._queues.values() for body in queue.take()]
            self._taken += [Message.model_validate_json(body) for body in bodies]
        return self._taken

    def take(self, connector: str) -> list[Message]:
        taken = [one for one in self._taken if one.connector == connector]
        self._taken = [one for one in self._taken if one.connector != connector]
        return taken


class Outcomes(OutcomesQueue):
    """The way back into the events queue, and what came along it."""

    def __init__(self, client: Any, queue: Queue) -> None:
        super().__init__(client, queue.url)
        self._queue = queue
        self._filled = False

    def put(self, deliveries: Sequence[Delivery]) -> None:
        self._filled = self._filled or bool(deliveries)
        super().put(deliveries)

    def broke(self, breakdown: Breakdown) -> None:
        self._filled = True
        super().broke(breakdown)

    def take(self) -> tuple[list[Delivery], list[Breakdown]]:
        if not self._filled:
            return [], []
        self._filled = False
        told = [fact for body in self._queue.take() for fact in facts.read(body)]
        broken = [one for one in told if isinstance(one, Breakdown)]
        return [one for one in told if isinstance(one, Delivery)], broken


class Profiles(ProfileTable):
    """The table, and its stream."""

    def __init__(self, client: Any, stack: MotoStack, stream_of_it: Stream) -> None:
        super().__init__(client, stack.profiles)
        self._stream = stream_of_it
        self._written = False

    def put(self, profile: Profile) -> None:
        self._written = True
        super().put(profile)

    def changes_since(self) -> Iterable[Change]:
        if not self._written:
            return
        self._written = False
        for record in self._stream.batch()["Records"]:
            before, after = stream.image(record, "OldImage"), stream.image(record, "NewImage")
            if after is not None and profile_table.is_profile(after["pk"]["S"]):
                yield Change(
                    before=profile_table.from_item(before) if before else None,
                    after=profile_table.from_item(after),
                    merged="merged_into" in after,
                )


class Stage:
    """What is there once for many hubs: the tables, the queues, where the stream was read to."""

    def __init__(self, stack: MotoStack, connectors: Iterable[str]) -> None:
        self.stack = stack
        self.dynamodb: Any = boto3.client("dynamodb")
        self.sqs: Any = boto3.client("sqs")
        self.stream = Stream(stack.profiles)
        self.queues = {slug: Queue(self.sqs, stack.queue(slug)) for slug in connectors}
        self.events = Queue(self.sqs, stack.queue("events"))


class HubOnTables(HubInHand):
    """`around` is around every call of boto3, and of a vendor, a machine or a timer."""

    def __init__(
        self, strategy: Strategy, start: Instant, *, stage: Stage, around: Around, **trouble: Any
    ) -> None:
        super().__init__(strategy, start, around=around, **trouble)
        dynamodb, sqs, tables = Watched(stage.dynamodb, around), Watched(stage.sqs, around), stage.stack
        self.profiles: Any = Profiles(dynamodb, tables, stage.stream)
        self.members: Any = SegmentTable(dynamodb, tables.segments)
        self.runs: Any = RunTable(dynamodb, tables.journeys)
        self.ledger: Any = SendLedgerTable(dynamodb, tables.journeys)
        self.effects: Any = EffectsTable(dynamodb, tables.journeys)
        self.effects.rows = {}  # what is told of a rehearsal reads them; nobody listens here
        self.outbox: Any = Outbox(sqs, stage.queues)
        self.outcomes: Any = Outcomes(sqs, stage.events)
        self._by_hand = (self.machines, self.timers, self.vendors)

    def _port(self, port: Any) -> Any:
        """The adapters are watched where they call boto3."""
        return super()._port(port) if any(port is one for one in self._by_hand) else port

    def _come_again(self, messages: list[Message]) -> None:
        self.outbox.come_again(messages)

    def _take_outcomes(self) -> tuple[list[Delivery], list[Breakdown]]:
        taken: tuple[list[Delivery], list[Breakdown]] = self.outcomes.take()
        return taken

    def _take_changes(self) -> list[Change]:
        return list(self.profiles.changes_since())

    def _tell_of(self, done: Iterable[Any]) -> None:
        """Nobody listens, and finding out what to tell would read the table."""
