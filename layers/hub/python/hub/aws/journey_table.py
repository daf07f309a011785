"""The state of journeys, and the messages that a pause holds back; both in the journeys table.

Items: {pk: journey_states, sk: <journey>, state, since} for each that was ever paused or drained;
{pk: held#<journey>, sk: <message id>, message: JSON, since}: ids and the strategy's own texts,
as on the queues.
"""

from collections.abc import Callable, Iterator
from typing import Any, cast

from botocore.exceptions import ClientError

from hub.aws import failures, items
from hub.clock import SECOND, Duration, Instant, real_now
from hub.deferring import Held
from hub.deliveries import Message
from hub.journey_states import JourneyState, States

OLDEST: Duration = 15 * SECOND
"""Of real time: what a warm Lambda may believe of a journey's state."""
_STATES = {"S": "journey_states"}


class JourneyStateTable:
    """`hub.deferring.JourneyStates` on DynamoDB."""

    def __init__(self, client: Any, table: str, now: Callable[[], Instant] = real_now) -> None:
        self._client = client
        self._table = table
        self._now = now
        self._known: States = {}
        self._read_at: Instant | None = None

    def recent(self) -> States:
        """At most 15 seconds old."""
        if self._read_at is None or self._now() - self._read_at > OLDEST:
            self.read()
        return self._known

    def read(self) -> States:
        began = self._now()
        found = items.partition(self._client, self._table, _STATES["S"])
        self._known = {
            item["sk"]["S"]: cast("JourneyState", item["state"]["S"])
            for item in found
            if item["state"]["S"] != "running"
        }
        self._read_at = began
        return self._known

    def set(self, journey: str, state: JourneyState, at: Instant) -> None:
        item = {"pk": _STATES, "sk": {"S": journey}, "state": {"S": state}, "since": {"N": str(at)}}
        self._client.put_item(TableName=self._table, Item=item)


class HeldMessageTable:
    """`hub.deferring.HeldMessages` on DynamoDB."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def hold(self, held: Held) -> None:
        body = held.message.model_dump_json(exclude_defaults=True)
        item = {**_key(held.message), "message": {"S": body}, "since": {"N": str(held.since)}}
        self._client.put_item(TableName=self._table, Item=item)

    def of(self, journey: str) -> Iterator[Held]:
        for item in items.partition(self._client, self._table, _held(journey)):
            message = Message.model_validate_json(item["message"]["S"])
            yield Held(message=message, since=int(item["since"]["N"]))

    def count(self, journey: str) -> int:
        return sum(
            page["Count"]
            for page in items.pages_of(
                self._client, self._table, _held(journey), Select="COUNT", ConsistentRead=True
            )
        )

    def let_go(self, held: Held) -> None:
        try:
            self._client.delete_item(
                TableName=self._table,
                Key=_key(held.message),
                ConditionExpression="since = :since",
                ExpressionAttributeValues={":since": {"N": str(held.since)}},
            )
        except ClientError as error:
            if not failures.condition_failed(error):
                raise


def _held(journey: str) -> str:
    return f"held#{journey}"


def _key(message: Message) -> dict[str, Any]:
    return {"pk": {"S": _held(message.journey)}, "sk": {"S": message.message_id}}
