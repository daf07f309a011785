"""SQS: the connectors' queues, and the events queue as the hub itself writes to it."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from hub import facts
from hub.aws.event_queue import MAX_BATCH
from hub.aws.packing import packs
from hub.clock import SECOND, Clock
from hub.deliveries import Delivery, Message
from hub.enrollments import Breakdown

MAX_ENTRIES = 10
MAX_DELAY_SECONDS = 900
PACKED = 100
"""Deliveries in one queue message: about 40 KB, so one billed request."""


class ConnectorQueues:
    """`hub.ports.Outbox`: each message to the queue of its connector."""

    def __init__(self, client: Any, urls: Mapping[str, str], clock: Clock) -> None:
        self._client = client
        self._urls = urls
        self._clock = clock

    def put(self, messages: Sequence[Message], *, delay: int = 0) -> None:
        by_queue: dict[str, list[str]] = {}
        for message in messages:
            by_queue.setdefault(self._urls[message.connector], []).append(
                message.model_dump_json(exclude_defaults=True)
            )
        seconds = min(MAX_DELAY_SECONDS, round(delay / self._clock.speed / SECOND))
        for url, bodies in by_queue.items():
            send_all(self._client, url, bodies, delay_seconds=seconds)


class OutcomesQueue:
    """`hub.ports.Outcomes`: deliveries and breakdowns back into the events queue."""

    def __init__(self, client: Any, url: str) -> None:
        self._client = client
        self._url = url

    def put(self, deliveries: Sequence[Delivery]) -> None:
        records = [delivery.model_dump(mode="json", exclude_defaults=True) for delivery in deliveries]
        some = [records[start : start + PACKED] for start in range(0, len(records), PACKED)]
        send_all(
            self._client,
            self._url,
            [json.dumps({"deliveries": pack}, separators=(",", ":")) for pack in some],
        )

    def broke(self, breakdown: Breakdown) -> None:
        send_all(self._client, self._url, [facts.write(breakdown)])


def send_all(client: Any, url: str, bodies: Sequence[str], *, delay_seconds: int = 0) -> None:
    """Every body, as many at a time as SQS takes; an entry that it refuses is an error, never a loss."""
    for some in packs(bodies, most=MAX_ENTRIES, bytes_in_all=MAX_BATCH):
        send_entries(client, url, [{"MessageBody": body, "DelaySeconds": delay_seconds} for body in some])


def send_entries(client: Any, url: str, entries: Sequence[Mapping[str, Any]]) -> None:
    """At most ten, without their `Id`."""
    numbered = [{"Id": str(place), **entry} for place, entry in enumerate(entries)]
    answer = client.send_message_batch(QueueUrl=url, Entries=numbered)
    if failed := answer.get("Failed"):
        raise OSError(f"SQS refused {len(failed)} of {len(entries)} messages: {failed[0].get('Code')}")
