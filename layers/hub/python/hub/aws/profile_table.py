"""Profiles and identifiers in one table: `profile#<id>` holds a customer, `identifier#…` leads to one.

Items: a profile is {pk, version, body, ring, tick_at}; a merged one is {pk, version, merged_into};
an identifier is {pk, profile_id}, its key a digest, so that the table's keys carry no personal data.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import Any

from botocore.exceptions import ClientError

from hub import profile_codec
from hub.aws import failures
from hub.errors import Conflict
from hub.identities import Identifier
from hub.profiles import Profile

_PROFILE, _IDENTIFIER = "profile#", "identifier#"
_READ_AT_ONCE = 100
_MAX_HOPS = 100
"""A history told backwards merges a customer on as often as she has devices (50, hub.strategy.policy)."""


class ProfileTable:
    """`hub.ports.Profiles` on DynamoDB; every read is strongly consistent."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def get(self, profile_id: str) -> Profile | None:
        for _ in range(_MAX_HOPS):
            item = self._item(_PROFILE + profile_id)
            if item is None or "merged_into" not in item:
                return from_item(item) if item else None
            profile_id = item["merged_into"]["S"]
        raise Conflict(f"profile {profile_id} was merged more than {_MAX_HOPS} times over")

    def find(self, identifiers: Sequence[Identifier]) -> dict[Identifier, str]:
        by_key = {_key_of(identifier): identifier for identifier in identifiers}
        items = self._items(list(by_key))
        return {by_key[item["pk"]["S"]]: item["profile_id"]["S"] for item in items}

    def claim(self, identifier: Identifier, profile_id: str) -> None:
        item = {"pk": {"S": _key_of(identifier)}, "profile_id": {"S": profile_id}}
        condition = "attribute_not_exists(pk) OR profile_id = :id"
        self._conditionally(
            lambda: self._client.put_item(
                TableName=self._table,
                Item=item,
                ConditionExpression=condition,
                ExpressionAttributeValues={":id": {"S": profile_id}},
            )
        )

    def move(self, identifier: Identifier, *, source: str, target: str) -> None:
        self._conditionally(
            lambda: self._client.put_item(
                TableName=self._table,
                Item={"pk": {"S": _key_of(identifier)}, "profile_id": {"S": target}},
                ConditionExpression="profile_id = :source OR profile_id = :target",
                ExpressionAttributeValues={":source": {"S": source}, ":target": {"S": target}},
            )
        )

    def put(self, profile: Profile) -> None:
        self._conditionally(
            lambda: self._client.put_item(TableName=self._table, Item=to_item(profile), **_unchanged(profile))
        )
        profile.version += 1

    def merge(self, winner: Profile, losers: Sequence[Profile]) -> None:
        writes = [self._write(winner, to_item(winner))]
        writes += [self._write(loser, _pointer(loser, winner.profile_id)) for loser in losers]
        self._conditionally(lambda: self._client.transact_write_items(TransactItems=writes))
        winner.version += 1

    def scan(self) -> Iterable[Profile]:
        """Every customer; for offline work only, nothing in the way of an event asks for it."""
        for page in self._client.get_paginator("scan").paginate(
            TableName=self._table,
            FilterExpression="begins_with(pk, :prefix) AND attribute_not_exists(merged_into)",
            ExpressionAttributeValues={":prefix": {"S": _PROFILE}},
        ):
            yield from (from_item(item) for item in page["Items"])

    def _write(self, profile: Profile, item: dict[str, Any]) -> dict[str, Any]:
        return {"Put": {"TableName": self._table, "Item": item, **_unchanged(profile)}}

    def _item(self, key: str) -> dict[str, Any] | None:
        found: dict[str, Any] = self._client.get_item(
            TableName=self._table, Key={"pk": {"S": key}}, ConsistentRead=True
        )
        return found.get("Item")

    def _items(self, keys: list[str]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        todo = [{"pk": {"S": key}} for key in keys]
        while todo:
            request = {self._table: {"Keys": todo[:_READ_AT_ONCE], "ConsistentRead": True}}
            answer = self._client.batch_get_item(RequestItems=request)
            found += answer["Responses"].get(self._table, [])
            # DynamoDB may leave keys unread under load; they go back into the line.
            todo = todo[_READ_AT_ONCE:] + answer.get("UnprocessedKeys", {}).get(self._table, {}).get(
                "Keys", []
            )
        return found

    def _conditionally(self, write: Callable[[], Any]) -> None:
        try:
            write()
        except ClientError as error:
            if failures.is_conflict(error):
                raise Conflict("somebody else wrote the profile or identifier first") from error
            raise


def to_item(profile: Profile) -> dict[str, Any]:
    item: dict[str, Any] = {
        "pk": {"S": _PROFILE + profile.profile_id},
        "version": {"N": str(profile.version + 1)},
        "body": {"B": profile_codec.encode(profile)},
        "ring": {"B": profile_codec.encode_ring(profile)},
    }
    return item | ({} if profile.tick_at is None else {"tick_at": {"N": str(profile.tick_at)}})


def from_item(item: Mapping[str, Any]) -> Profile:
    """A profile from its item, or from a stream record's image of it."""
    return profile_codec.decode(
        item["body"]["B"],
        profile_id=item["pk"]["S"].removeprefix(_PROFILE),
        version=int(item["version"]["N"]),
        ring=item.get("ring", {}).get("B", b""),
    )


def is_profile(key: str) -> bool:
    return key.startswith(_PROFILE)


def _pointer(loser: Profile, winner_id: str) -> dict[str, Any]:
    return {**to_item(loser), "merged_into": {"S": winner_id}}


def _unchanged(profile: Profile) -> dict[str, Any]:
    if profile.version == 0:
        return {"ConditionExpression": "attribute_not_exists(pk)"}
    return {
        "ConditionExpression": "version = :version",
        "ExpressionAttributeValues": {":version": {"N": str(profile.version)}},
    }


def _key_of(identifier: Identifier) -> str:
    kind, value = identifier
    return f"{_IDENTIFIER}{kind}#{blake2b(value.encode(), digest_size=16).hexdigest()}"
