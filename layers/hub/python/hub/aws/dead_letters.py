"""SQS: what nothing can be done with goes to the dead-letter queue by itself, and says why."""

from collections.abc import Sequence
from typing import Any

from hub.aws.packing import packs
from hub.ports import DeadLetter

REASON = "reason"
"""The message attribute that says why."""
MAX_ENTRIES = 10
MAX_BATCH = 1_000_000
"""Bytes of one SendMessageBatch."""


class DeadLetterQueue:
    """`hub.ports.DeadLetters`."""

    def __init__(self, client: Any, url: str) -> None:
        self._client = client
        self._url = url

    def put(self, letters: Sequence[DeadLetter]) -> None:
        waiting = iter(letters)
        for bodies in packs((one.body for one in letters), most=MAX_ENTRIES, bytes_in_all=MAX_BATCH):
            self._send([next(waiting) for _ in bodies])

    def _send(self, letters: Sequence[DeadLetter]) -> None:
        entries = [_entry(place, letter) for place, letter in enumerate(letters)]
        answer = self._client.send_message_batch(QueueUrl=self._url, Entries=entries)
        if failed := answer.get("Failed"):
            raise OSError(f"SQS refused {len(failed)} of {len(entries)} messages: {failed[0].get('Code')}")


def _entry(place: int, letter: DeadLetter) -> dict[str, Any]:
    reason = {"DataType": "String", "StringValue": letter.reason}
    return {"Id": str(place), "MessageBody": letter.body, "MessageAttributes": {REASON: reason}}
