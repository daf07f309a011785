"""Runs: an enrollment as its machine sees it, one item in the journeys table.

Item: {pk: enrollment#<id>, sk: enrollment, profile_id, journey, entered_at, [closed_at, outcome], step,
token, version, levels: {"<connector>#<target>": message JSON}, [chosen<step>: place of the action]}.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from botocore.exceptions import ClientError

from hub.aws import failures, items
from hub.clock import Instant
from hub.deliveries import Message
from hub.enrollments import Enrollment
from hub.ports import Run

_OPEN = "attribute_exists(pk) AND attribute_not_exists(closed_at)"


class RunTable:
    """`hub.ports.Runs` on DynamoDB."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def open(self, enrollment: Enrollment, profile_id: str, version: str = "") -> None:
        item = {
            **_key(enrollment.enrollment_id),
            "profile_id": {"S": profile_id},
            "journey": {"S": enrollment.journey},
            "entered_at": {"N": str(enrollment.entered_at)},
            "step": {"N": "-1"},
            "token": {"S": ""},
            "version": {"S": version},
            "levels": {"M": {}},
        }
        try:
            self._client.put_item(
                TableName=self._table, Item=item, ConditionExpression="attribute_not_exists(pk)"
            )
        except ClientError as error:
            if not failures.condition_failed(error):
                raise

    def get(self, enrollment_id: str) -> Run | None:
        found = self._client.get_item(TableName=self._table, Key=_key(enrollment_id), ConsistentRead=True)
        return _run(found["Item"]) if "Item" in found else None

    def versions(self, enrollment_ids: Iterable[str]) -> Counter[str]:
        """How many of these runs are on which version of their journey; "" where none was noted."""
        keys = [_key(one) for one in dict.fromkeys(enrollment_ids)]
        found = items.by_keys(self._client, self._table, keys, ProjectionExpression="version")
        return Counter(item.get("version", {}).get("S", "") for item in found)

    def begin_step(self, enrollment_id: str, step: int, token: str, levels: Sequence[Message]) -> Run | None:
        names = {f"#l{place}": f"{one.connector}#{one.target}" for place, one in enumerate(levels)}
        texts = {
            f":l{place}": {"S": one.model_dump_json(exclude_defaults=True)}
            for place, one in enumerate(levels)
        }
        sets = [
            "step = :step",
            "#token = :token",
            *(f"levels.#l{place} = :l{place}" for place in range(len(levels))),
        ]
        return self._update(
            enrollment_id,
            UpdateExpression="SET " + ", ".join(sets),
            ConditionExpression=_OPEN,
            ExpressionAttributeNames={"#token": "token", **names},
            ExpressionAttributeValues={":step": {"N": str(step)}, ":token": {"S": token}, **texts},
        )

    def choose(self, enrollment_id: str, step: int, place: int) -> int:
        name = f"chosen{step}"
        noted = self._write(
            enrollment_id,
            UpdateExpression="SET #chosen = if_not_exists(#chosen, :place)",
            ConditionExpression="attribute_exists(pk)",
            ExpressionAttributeNames={"#chosen": name},
            ExpressionAttributeValues={":place": {"N": str(place)}},
        )
        return int(noted[name]["N"]) if noted else place

    def close(self, enrollment_id: str, outcome: str, at: Instant) -> Run | None:
        closed = self._update(
            enrollment_id,
            UpdateExpression="SET closed_at = :at, outcome = :outcome",
            ConditionExpression=_OPEN,
            ExpressionAttributeValues={":at": {"N": str(at)}, ":outcome": {"S": outcome}},
        )
        return closed or self.get(enrollment_id)

    def _update(self, enrollment_id: str, **update: Any) -> Run | None:
        written = self._write(enrollment_id, **update)
        return _run(written) if written else None

    def _write(self, enrollment_id: str, **update: Any) -> dict[str, Any] | None:
        """The item as it is now; None if it is not as the update asks."""
        try:
            answer = self._client.update_item(
                TableName=self._table, Key=_key(enrollment_id), ReturnValues="ALL_NEW", **update
            )
        except ClientError as error:
            if failures.condition_failed(error):
                return None
            raise
        written: dict[str, Any] = answer["Attributes"]
        return written


def _key(enrollment_id: str) -> dict[str, Any]:
    return {"pk": {"S": f"enrollment#{enrollment_id}"}, "sk": {"S": "enrollment"}}


def _run(item: dict[str, Any]) -> Run:
    levels = item["levels"]["M"]
    return Run(
        enrollment_id=item["pk"]["S"].removeprefix("enrollment#"),
        profile_id=item["profile_id"]["S"],
        journey=item["journey"]["S"],
        entered_at=int(item["entered_at"]["N"]),
        closed_at=int(item["closed_at"]["N"]) if "closed_at" in item else None,
        outcome=item.get("outcome", {}).get("S", ""),
        step=int(item["step"]["N"]),
        token=item["token"]["S"],
        version=item.get("version", {}).get("S", ""),
        levels=tuple(Message.model_validate_json(levels[name]["S"]) for name in sorted(levels)),
    )
