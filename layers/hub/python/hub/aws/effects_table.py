"""Effects: the levels of every customer at every vendor, one item each in the journeys table (P4).

Item: {pk: profile#<id>, sk: effect#<connector>#<target>, action, wanted_by, allowed, confirmed, says, sent,
stood, leased_until, leased_by, version}; `wanted_by` is a set and missing while empty, `confirmed` is missing
while in doubt; `allowed` maps enrollments to messages, `stood` ids of messages to {run, step, until}.
`leased_by` is drawn anew for each lease and stays when it is over: botocore repeats a write whose answer was
lost, and by it one knows one's own again.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

from botocore.exceptions import ClientError

from hub.aws import failures, items
from hub.clock import Instant
from hub.deliveries import Message
from hub.effects import Effect, EffectKey, Stood
from hub.errors import Conflict

_UNCHANGED_AND_FREE = "version = :version AND (attribute_not_exists(leased_until) OR leased_until <= :now)"
_WANT = (
    "ADD wanted_by :who, version :one"
    " SET #action = :action, allowed = if_not_exists(allowed, :none), stood = if_not_exists(stood, :none)"
)
_LEASE = (
    "SET leased_until = :until, leased_by = :by, allowed = :allowed,"
    " says = :says, sent = :sent, stood = :stood ADD version :one REMOVE confirmed"
)
_AS_SENT = "says = :says, sent = :sent, stood = :stood, leased_until = :free ADD version :one"
_Item = dict[str, Any]


class EffectsTable:
    """`hub.ports.Effects` on DynamoDB. Wanting waits for no lease; a lease takes only what nobody changed.

    Leases are in real time. `lease` and `release` store the effect's `says`, `sent` and `stood` as well: what
    is about to be sent is known beforehand, so that off takes back everything even after a crash.
    """

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def want(self, message: Message) -> None:
        key = EffectKey(profile_id=message.profile_id, connector=message.connector, target=message.target)
        self._update(
            key,
            UpdateExpression=_WANT,
            ExpressionAttributeNames={"#action": "action"},
            ExpressionAttributeValues={
                ":who": {"SS": [message.enrollment_id]},
                ":one": {"N": "1"},
                ":action": {"S": message.action},
                ":none": {"M": {}},
            },
        )

    def unwant(self, key: EffectKey, enrollment_id: str) -> None:
        try:
            self._update(
                key,
                UpdateExpression="DELETE wanted_by :who REMOVE allowed.#who ADD version :one",
                ConditionExpression="attribute_exists(pk)",
                ExpressionAttributeNames={"#who": enrollment_id},
                ExpressionAttributeValues={":who": {"SS": [enrollment_id]}, ":one": {"N": "1"}},
            )
        except ClientError as error:
            if not failures.condition_failed(error):
                raise

    def allow(self, effect: Effect) -> bool:
        written = self._attempt(
            effect.key,
            UpdateExpression="SET allowed = :allowed, stood = :stood ADD version :one",
            ConditionExpression="version = :version",
            ExpressionAttributeValues={
                ":allowed": _allowed(effect.allowed),
                ":stood": _stood(effect.stood),
                ":one": {"N": "1"},
                ":version": {"N": str(effect.version)},
            },
        )
        return written is not None

    def read(self, keys: Sequence[EffectKey]) -> list[Effect]:
        stored = items.by_keys(self._client, self._table, [_key(key) for key in keys])
        found = {effect.key: effect for effect in map(_effect, stored)}
        return [found[key] for key in keys if key in found]

    def of_profile(self, profile_id: str, connector: str | None = None) -> list[Effect]:
        prefix = f"effect#{connector}#" if connector else "effect#"
        return [
            _effect(item)
            for item in items.partition(self._client, self._table, f"profile#{profile_id}", prefix)
        ]

    def lease(self, effect: Effect, *, now: Instant, until: Instant) -> Effect | None:
        claim = uuid4().hex
        leased = self._attempt(
            effect.key,
            UpdateExpression=_LEASE,
            ConditionExpression=_UNCHANGED_AND_FREE,
            ExpressionAttributeValues={
                ":until": {"N": str(until)},
                ":by": {"S": claim},
                ":allowed": _allowed(effect.allowed),
                ":says": {"S": effect.says},
                ":sent": _texts(effect.sent),
                ":stood": _stood(effect.stood),
                ":one": {"N": "1"},
                ":version": {"N": str(effect.version)},
                ":now": {"N": str(now)},
            },
        )
        if leased is not None:
            return _effect(leased)
        standing = self._standing(effect.key)
        return standing if (standing.leased_by, standing.leased_until) == (claim, until) else None

    def confirm(self, effect: Effect, *, fingerprint: str, sent: Sequence[str]) -> None:
        """Conflict if the lease is no longer this one."""
        self._end_lease(
            effect,
            UpdateExpression=f"SET confirmed = :print, {_AS_SENT}",
            values={":print": {"S": fingerprint}, ":sent": _texts(sent)},
        )

    def release(self, effect: Effect) -> None:
        """Conflict if the lease is no longer this one."""
        self._end_lease(
            effect,
            UpdateExpression=f"SET {_AS_SENT}",
            values={":sent": _texts(effect.sent)},
        )

    def _end_lease(self, effect: Effect, *, UpdateExpression: str, values: _Item) -> None:  # noqa: N803 - as AWS spells it
        ended = self._attempt(
            effect.key,
            UpdateExpression=UpdateExpression,
            ConditionExpression="leased_by = :by AND leased_until = :mine",
            ExpressionAttributeValues={
                **values,
                ":says": {"S": effect.says},
                ":stood": _stood(effect.stood),
                ":by": {"S": effect.leased_by},
                ":mine": {"N": str(effect.leased_until)},
                ":free": {"N": "0"},
                ":one": {"N": "1"},
            },
        )
        if ended is None and not self._has_ended(effect):
            raise Conflict(f"effect {effect.key}: its lease is over")

    def _has_ended(self, effect: Effect) -> bool:
        """This very lease, by its own consumer."""
        standing = self._standing(effect.key)
        return (standing.leased_by, standing.leased_until) == (effect.leased_by, 0)

    def _standing(self, key: EffectKey) -> Effect:
        [standing] = self.read([key])
        return standing

    def _attempt(self, key: EffectKey, **update: Any) -> _Item | None:
        try:
            return self._update(key, **update)
        except ClientError as error:
            if failures.condition_failed(error):
                return None
            raise

    def _update(self, key: EffectKey, **update: Any) -> _Item:
        answer = self._client.update_item(
            TableName=self._table, Key=_key(key), ReturnValues="ALL_NEW", **update
        )
        item: _Item = answer["Attributes"]
        return item


def _key(key: EffectKey) -> _Item:
    return {"pk": {"S": f"profile#{key.profile_id}"}, "sk": {"S": f"effect#{key.connector}#{key.target}"}}


def _effect(item: _Item) -> Effect:
    connector, _, target = item["sk"]["S"].removeprefix("effect#").partition("#")
    key = EffectKey(profile_id=item["pk"]["S"].removeprefix("profile#"), connector=connector, target=target)
    return Effect(
        key=key,
        action=item["action"]["S"],
        wanted_by=frozenset(item.get("wanted_by", {}).get("SS", ())),
        allowed={
            name: Message.model_validate_json(one["S"]) for name, one in sorted(item["allowed"]["M"].items())
        },
        confirmed=item["confirmed"]["S"] if "confirmed" in item else None,
        says=item.get("says", {}).get("S", ""),
        sent=tuple(text["S"] for text in item.get("sent", {}).get("L", ())),
        stood={name: _one_that_stood(one["M"]) for name, one in item["stood"]["M"].items()},
        leased_until=int(item.get("leased_until", {}).get("N", "0")),
        leased_by=item.get("leased_by", {}).get("S", ""),
        version=int(item["version"]["N"]),
    )


def _allowed(allowed: Mapping[str, Message]) -> _Item:
    return {"M": {name: {"S": one.model_dump_json(exclude_defaults=True)} for name, one in allowed.items()}}


def _stood(stood: Mapping[str, Stood]) -> _Item:
    return {"M": {message_id: {"M": _written(one)} for message_id, one in stood.items()}}


def _written(one: Stood) -> _Item:
    until = {} if one.until is None else {"until": {"N": str(one.until)}}
    return {"run": {"S": one.enrollment_id}, "step": {"N": str(one.step)}, **until}


def _one_that_stood(written: _Item) -> Stood:
    return Stood(
        enrollment_id=written["run"]["S"],
        step=int(written["step"]["N"]),
        until=int(written["until"]["N"]) if "until" in written else None,
    )


def _texts(texts: Sequence[str]) -> _Item:
    return {"L": [{"S": text} for text in texts]}
