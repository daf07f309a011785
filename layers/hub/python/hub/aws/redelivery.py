"""What must come again is put back into its queue.

What fails is hidden for a while and comes nearer to its dead-letter queue with every receive. What merely
waits (for a person, for another consumer, for a circuit or a vendor's limit) must not: past a few receives it
goes back as a fresh copy, whose receives count from one, before the one that came is deleted. A crash
between the two leaves a twin, and the ledger and the levels make twins harmless.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from hub.aws.observability import in_our_words, logger
from hub.connector_kit.backoff import seconds_until
from hub.connector_kit.results import Again

RENEWED_AFTER = 4
"""Receives after which a waiting message goes back as a fresh copy; below the queue's maxReceiveCount."""
_LONGEST_DELAY = 900
_ATTEMPTS = "attempts"


@dataclass(frozen=True)
class PutBack:
    record: dict[str, Any]
    """As SQS gave it to the Lambda."""
    again: Again

    @property
    def receives(self) -> int:
        return int(self.record["attributes"].get("ApproximateReceiveCount", "1"))

    @property
    def attempts(self) -> int:
        """Those of the copies before this one included."""
        earlier = self.record.get("messageAttributes", {}).get(_ATTEMPTS, {}).get("stringValue", "0")
        return self.receives + int(earlier)

    @property
    def renews(self) -> bool:
        return self.again.kind != "failing" and self.receives >= RENEWED_AFTER


class Redelivery:
    """The connector's own queue."""

    def __init__(self, client: Any, url: str, *, speed: float, luck: Callable[[], float]) -> None:
        self._client = client
        self._url = url
        self._speed = speed
        self._luck = luck

    def put_back(self, returning: Sequence[PutBack]) -> list[str]:
        """Message ids for `batchItemFailures`: those that SQS must not delete."""
        return [one.record["messageId"] for one in returning if not self._is_done_with(one)]

    def _is_done_with(self, one: PutBack) -> bool:
        """A fresh copy stands in its place. What cannot be put back comes again by itself when its visibility
        is over; the others of its batch have their own way."""
        seconds = seconds_until(one.again, one.attempts, speed=self._speed, luck=self._luck())
        try:
            if one.renews:
                self._renew(one, min(_LONGEST_DELAY, seconds))
            else:
                self._hide(one, seconds)
        except Exception as error:  # noqa: BLE001 - what the batch has done is done
            logger().error("message not put back", sqs_id=one.record["messageId"], **in_our_words(error))
            return False
        return one.renews

    def _renew(self, one: PutBack, seconds: int) -> None:
        self._client.send_message(
            QueueUrl=self._url,
            MessageBody=one.record["body"],
            DelaySeconds=seconds,
            MessageAttributes={_ATTEMPTS: {"DataType": "Number", "StringValue": str(one.attempts)}},
        )

    def _hide(self, one: PutBack, seconds: int) -> None:
        self._client.change_message_visibility(
            QueueUrl=self._url, ReceiptHandle=one.record["receiptHandle"], VisibilityTimeout=seconds
        )
