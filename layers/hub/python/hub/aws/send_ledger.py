"""The send ledger: one row a message in the journeys table, the heart of exactly once (P3).

Item: {pk: message#<id>, sk: ledger, state, at, vendor_id, reason, expires_at, claim}; the claim is drawn anew
for each beginning and is missing once it has ended. botocore repeats a write whose answer was lost: by the
claim one knows one's own beginning again, and a repeated release finds nothing of anybody else's.
"""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from botocore.exceptions import ClientError

from hub.aws import failures
from hub.clock import DAY, SECOND, Instant
from hub.errors import Conflict
from hub.ports import LedgerEntry

_MESSAGE = "message#"
KEPT = 90 * DAY
"""Longer than a message can stay in queues and dead-letter queues, redrives included."""


class SendLedgerTable:
    """`hub.ports.SendLedger` on DynamoDB; every write is conditional, so only one consumer gets through.

    Instants are real time: `at` says how long a request has been under way.
    """

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table
        self._claims: dict[str, str] = {}
        """Message -> the claim by which this consumer began it."""

    def begin(self, message_id: str, now: Instant) -> LedgerEntry | None:
        claim = self._claims[message_id] = uuid4().hex
        return self._first({**_item(message_id, LedgerEntry(state="sending", at=now)), "claim": {"S": claim}})

    def withhold(self, message_id: str, entry: LedgerEntry) -> LedgerEntry | None:
        return self._first(_item(message_id, entry))

    def settle(self, message_id: str, entry: LedgerEntry) -> None:
        """Conflict where another end stands already; knowledge replaces `unknown`, never the reverse."""
        replaceable = ["sending"] if entry.state == "unknown" else ["sending", "unknown"]
        try:
            self._client.put_item(TableName=self._table, Item=_item(message_id, entry), **_while(replaceable))
        except ClientError as error:
            if not failures.condition_failed(error):
                raise
            if self._row(message_id) != _item(message_id, entry):
                raise _ended_otherwise(message_id) from error

    def release(self, message_id: str) -> None:
        """Conflict where an end stands already, or what stands was not begun here."""
        claim = self._claims.pop(message_id, "")
        try:
            self._client.delete_item(TableName=self._table, Key=_key(message_id), **_while_claimed(claim))
        except ClientError as error:
            if not failures.condition_failed(error):
                raise
            if not claim or self._row(message_id) is not None:
                raise _ended_otherwise(message_id) from error

    def _first(self, row: dict[str, Any]) -> LedgerEntry | None:
        """Written where nothing stands; else what does."""
        try:
            self._client.put_item(
                TableName=self._table, Item=row, ConditionExpression="attribute_not_exists(pk)"
            )
        except ClientError as error:
            if not failures.condition_failed(error):
                raise
            return self._standing_beside(row)
        return None

    def _standing_beside(self, row: dict[str, Any]) -> LedgerEntry | None:
        """None: what stands is that very row."""
        message_id = row["pk"]["S"].removeprefix(_MESSAGE)
        found = self._row(message_id)
        if found is None:
            raise Conflict(f"message {message_id}: its ledger row was released this very moment")
        return None if found == row else _entry(found)

    def _row(self, message_id: str) -> dict[str, Any] | None:
        found: dict[str, Any] = self._client.get_item(
            TableName=self._table, Key=_key(message_id), ConsistentRead=True
        )
        return found.get("Item")


def _key(message_id: str) -> dict[str, Any]:
    return {"pk": {"S": _MESSAGE + message_id}, "sk": {"S": "ledger"}}


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


def _while_claimed(claim: str) -> dict[str, Any]:
    """A condition: what stands was begun by this claim, and has not ended."""
    return {
        "ConditionExpression": "claim = :claim",
        "ExpressionAttributeValues": {":claim": {"S": claim}},
    }


def _ended_otherwise(message_id: str) -> Conflict:
    return Conflict(f"message {message_id} has ended otherwise meanwhile")
