"""The send ledger: one row a message in the journeys table, the heart of exactly once (P3).

Item: {pk: message#<id>, sk: ledger, state, at, vendor_id, reason, expires_at}.
"""

from collections.abc import Sequence
from typing import Any

from botocore.exceptions import ClientError

from hub.aws import failures
from hub.clock import DAY, SECOND, Instant
from hub.errors import Conflict
from hub.ports import LedgerEntry

KEPT = 90 * DAY
"""Longer than a message can stay in queues and dead-letter queues, redrives included."""


class SendLedgerTable:
    """`hub.ports.SendLedger` on DynamoDB; every write is conditional, so only one consumer gets through.

    Instants are real time: `at` says how long a request has been under way.
    """

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def begin(self, message_id: str, now: Instant) -> LedgerEntry | None:
        row = _item(message_id, LedgerEntry(state="sending", at=now))
        try:
            self._client.put_item(
                TableName=self._table, Item=row, ConditionExpression="attribute_not_exists(pk)"
            )
        except ClientError as error:
            if failures.condition_failed(error):
                return self._standing(message_id)
            raise
        return None

    def settle(self, message_id: str, entry: LedgerEntry) -> None:
        """Conflict where another end stands already; knowledge replaces `unknown`, never the reverse."""
        replaceable = ["sending"] if entry.state == "unknown" else ["sending", "unknown"]
        try:
            self._client.put_item(TableName=self._table, Item=_item(message_id, entry), **_while(replaceable))
        except ClientError as error:
            raise _conflict_or(error, message_id) from error

    def release(self, message_id: str) -> None:
        """Conflict where an end stands already."""
        try:
            self._client.delete_item(TableName=self._table, Key=_key(message_id), **_while(["sending"]))
        except ClientError as error:
            raise _conflict_or(error, message_id) from error

    def _standing(self, message_id: str) -> LedgerEntry:
        found = self._client.get_item(TableName=self._table, Key=_key(message_id), ConsistentRead=True)
        if "Item" not in found:
            raise Conflict(f"message {message_id}: its ledger row was released this very moment")
        return _entry(found["Item"])


def _key(message_id: str) -> dict[str, Any]:
    return {"pk": {"S": f"message#{message_id}"}, "sk": {"S": "ledger"}}


def _item(message_id: str, entry: LedgerEntry) -> dict[str, Any]:
    return {
        **_key(message_id),
        "state": {"S": entry.state},
        "at": {"N": str(entry.at)},
        "vendor_id": {"S": entry.vendor_id},
        "reason": {"S": entry.reason},
        "expires_at": {"N": str((entry.at + KEPT) // SECOND)},
    }


def _entry(item: dict[str, Any]) -> LedgerEntry:
    return LedgerEntry(
        state=item["state"]["S"],
        at=int(item["at"]["N"]),
        vendor_id=item["vendor_id"]["S"],
        reason=item["reason"]["S"],
    )


def _while(states: Sequence[str]) -> dict[str, Any]:
    """A condition: the row is in one of these states."""
    values = {f":s{place}": {"S": state} for place, state in enumerate(states)}
    return {
        "ConditionExpression": f"#state IN ({', '.join(values)})",
        "ExpressionAttributeNames": {"#state": "state"},
        "ExpressionAttributeValues": values,
    }


def _conflict_or(error: ClientError, message_id: str) -> Exception:
    lost = failures.condition_failed(error)
    return Conflict(f"message {message_id} has ended otherwise meanwhile") if lost else error
