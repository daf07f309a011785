"""The events queue as the door writes to it: `{"events": [...]}`, one SQS message a request where it fits."""

import json
from collections.abc import Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from hub.aws.door_clients import refused
from hub.aws.packing import packs
from hub.events import Event, to_json

MAX_BODY = 200_000
"""Bytes of one message; well below SQS's 1 MiB, so that a consumer's batch of them stays a small matter."""
MAX_BATCH = 1_000_000
"""Bytes of one SendMessageBatch; SQS takes 1 MiB (it was 256 KiB until August 2025)."""
MAX_ENTRIES = 10

_AROUND = len('{"events":[]}')
_encode = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, check_circular=False, separators=(",", ":")
).encode


class EventQueue:
    def __init__(self, client: Any, url: str) -> None:
        self._client = client
        self._url = url

    def put(self, events: Sequence[Event]) -> None:
        """RetryLater unless SQS took all; some may then be in the queue already, and come again later."""
        for bodies in packs(_bodies(events), most=MAX_ENTRIES, bytes_in_all=MAX_BATCH):
            self._send(bodies)

    def _send(self, bodies: Sequence[str]) -> None:
        entries = [{"Id": str(place), "MessageBody": body} for place, body in enumerate(bodies)]
        try:
            answer = self._client.send_message_batch(QueueUrl=self._url, Entries=entries)
        except ClientError as error:
            raise refused("The events queue", error.response["Error"]["Code"]) from error
        except BotoCoreError as error:
            raise refused("The events queue", type(error).__name__) from error
        if failed := answer.get("Failed"):  # with HTTP status 200
            raise refused("The events queue", failed[0].get("Code"))


def _bodies(events: Sequence[Event]) -> list[str]:
    records = (_for_sqs(_encode(to_json(event))) for event in events)
    return [
        f'{{"events":[{",".join(pack)}]}}'
        for pack in packs(records, most=len(events), bytes_in_all=MAX_BODY - _AROUND, bytes_each=len(","))
    ]


def _for_sqs(text: str) -> str:
    # SQS refuses what XML 1.0 does not allow; of that, JSON leaves just these two unescaped.
    return text.replace("\ufffe", "\\ufffe").replace("\uffff", "\\uffff")
