"""SQS: what nothing can be done with goes to the dead-letter queue by itself, and says why."""

from collections.abc import Sequence
from typing import Any

from hub.aws.event_queue import MAX_BATCH
from hub.aws.packing import packs
from hub.aws.queues import MAX_ENTRIES, send_entries
from hub.ports import DeadLetter

REASON = "reason"
"""The message attribute that says why."""


class DeadLetterQueue:
    """`hub.ports.DeadLetters`."""

    def __init__(self, client: Any, url: str) -> None:
        self._client = client
        self._url = url

    def put(self, letters: Sequence[DeadLetter]) -> None:
        waiting = iter(letters)
        for bodies in packs((one.body for one in letters), most=MAX_ENTRIES, bytes_in_all=MAX_BATCH):
            send_entries(self._client, self._url, [_entry(next(waiting)) for _ in bodies])


def _entry(letter: DeadLetter) -> dict[str, Any]:
    reason = {"DataType": "String", "StringValue": letter.reason}
    return {"MessageBody": letter.body, "MessageAttributes": {REASON: reason}}
