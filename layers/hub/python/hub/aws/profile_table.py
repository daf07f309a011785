"""Profiles and identifiers in one table: `profile#<id>` holds a customer, `identifier#…` leads to one.

Items: a profile is {pk, version, body, ring, tick_at}, and beside them what `hub.aws.said_anew` writes. A
merged one has {merged_into, merged_at, because} besides, and keeps the state it had; `before#<its id>` keeps
the other's, {pk, winner, version, body, ring}. An identifier is {pk, profile_id}, its key a digest, so that
the table's keys carry no personal data; where it was ever changed it has a version, and what `hub.leads`
keeps of it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError

from hub import profile_codec
from hub.aws import failures, items, lead_items
from hub.errors import Conflict
from hub.identities import Identifier
from hub.leads import Lead
from hub.merges import Merge
from hub.profiles import Profile

_PROFILE, _BEFORE = "profile#", "before#"
PROFILES_ONLY = {
    "FilterExpression": "begins_with(pk, :profile) AND attribute_not_exists(merged_into)",
    "ExpressionAttributeValues": {":profile": {"S": _PROFILE}},
}
"""Of a scan: neither identifiers nor customers who became part of others."""
POINTERS_TOO = {**PROFILES_ONLY, "FilterExpression": "begins_with(pk, :profile)"}
"""Of a scan: these as well, who may stand in a segment still, should nobody have heard of it."""
_MAX_HOPS = 100
"""A history told backwards merges a customer on as often as she has devices (50, hub.strategy.policy)."""


class ProfileTable:
    """`hub.ports.Profiles` on DynamoDB; every read is strongly consistent."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def get(self, profile_id: str) -> Profile | None:
        via: list[str] = []
        while len(via) < _MAX_HOPS:
            item = self._item(_PROFILE + profile_id)
            if item is None or "merged_into" not in item:
                return from_item(item, tuple(via)) if item else None
            via.append(profile_id)
            profile_id = item["merged_into"]["S"]
        raise Conflict(f"profile {profile_id} was merged more than {_MAX_HOPS} times over")

    def find(self, identifiers: Sequence[Identifier]) -> dict[Identifier, str]:
        return {identifier: lead.profile_id for identifier, lead in self.leads(identifiers).items()}

    def leads(self, identifiers: Sequence[Identifier]) -> dict[Identifier, Lead]:
        by_key = {lead_items.key_of(identifier): identifier for identifier in identifiers}
        return {by_key[item["pk"]["S"]]: lead_items.from_item(item) for item in self._items(by_key)}

    def claim(self, identifier: Identifier, profile_id: str) -> None:
        write = lead_items.claim(identifier, profile_id)
        self._conditionally(lambda: self._client.put_item(TableName=self._table, **write))

    def point(self, identifier: Identifier, lead: Lead) -> None:
        write = lead_items.write(identifier, lead)
        self._conditionally(lambda: self._client.put_item(TableName=self._table, **write))

    def shorten(self, profile_id: str, target: str) -> None:
        self._conditionally(
            lambda: self._client.update_item(
                TableName=self._table,
                Key={"pk": {"S": _PROFILE + profile_id}},
                UpdateExpression="SET merged_into = :target",
                ConditionExpression="attribute_exists(merged_into)",
                ExpressionAttributeValues={":target": {"S": target}},
            )
        )

    def put(self, profile: Profile) -> None:
        self._conditionally(
            lambda: self._client.put_item(TableName=self._table, Item=to_item(profile), **_unchanged(profile))
        )
        profile.version += 1

    def merge(self, winner: Profile, merges: Sequence[Merge], leads: Mapping[Identifier, Lead]) -> None:
        writes = [
            {"Item": to_item(winner), **_unchanged(winner)},
            *({"Item": _pointer(one, winner.profile_id), **_unchanged(one.loser)} for one in merges),
            *({"Item": _before(one)} for one in merges),
            *(lead_items.write(identifier, lead) for identifier, lead in leads.items()),
        ]
        self._all_or_nothing(writes)
        winner.version += 1

    def merge_of(self, profile_id: str) -> Merge | None:
        keys = (_PROFILE + profile_id, _BEFORE + profile_id)
        found = {item["pk"]["S"]: item for item in self._items(keys)}
        loser, before = (found.get(key) for key in keys)
        if loser is None or before is None or "merged_into" not in loser:
            return None
        return Merge(
            loser=from_item(loser),
            before=_of(before),
            at=int(loser["merged_at"]["N"]),
            because=tuple(one["S"] for one in loser["because"]["L"]),
        )

    def amend(self, merge: Merge) -> None:
        item = _pointer(merge, merge.before.profile_id)
        kept = {name: item[name] for name in ("body", "ring", "version")}
        self._conditionally(
            lambda: self._client.transact_write_items(
                TransactItems=[
                    {"Update": _update(self._table, item["pk"], kept, merge.loser.version)},
                    {"Put": {"TableName": self._table, "Item": _before(merge)}},
                ]
            )
        )

    def split(self, winner: Profile, loser: Profile, leads: Mapping[Identifier, Lead]) -> None:
        gone = {"Delete": {"TableName": self._table, "Key": {"pk": {"S": _BEFORE + loser.profile_id}}}}
        writes = [
            {"Item": to_item(winner), **_unchanged(winner)},
            {"Item": to_item(loser), **_unchanged(loser)},
            *(lead_items.write(identifier, lead) for identifier, lead in leads.items()),
        ]
        self._all_or_nothing(writes, gone)
        for one in (winner, loser):
            one.version += 1

    def scan(self) -> Iterable[Profile]:
        """Every customer; for offline work only, nothing in the way of an event asks for it."""
        for page in self._client.get_paginator("scan").paginate(TableName=self._table, **PROFILES_ONLY):
            yield from (from_item(item) for item in page["Items"])

    def _all_or_nothing(self, puts: Iterable[dict[str, Any]], *others: dict[str, Any]) -> None:
        acts = [*({"Put": {"TableName": self._table, **put}} for put in puts), *others]
        self._conditionally(lambda: self._client.transact_write_items(TransactItems=acts))

    def _item(self, key: str) -> dict[str, Any] | None:
        found: dict[str, Any] = self._client.get_item(
            TableName=self._table, Key={"pk": {"S": key}}, ConsistentRead=True
        )
        return found.get("Item")

    def _items(self, keys: Iterable[str]) -> list[dict[str, Any]]:
        return list(items.by_keys(self._client, self._table, [{"pk": {"S": key}} for key in keys]))

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


def from_item(item: Mapping[str, Any], via: tuple[str, ...] = ()) -> Profile:
    """A profile from its item, or from a stream record's image of it."""
    profile = profile_codec.decode(
        item["body"]["B"],
        profile_id=item["pk"]["S"].removeprefix(_PROFILE),
        version=int(item["version"]["N"]),
        ring=item.get("ring", {}).get("B", b""),
    )
    profile.via = via
    return profile


def is_profile(key: str) -> bool:
    return key.startswith(_PROFILE)


def _pointer(merge: Merge, winner_id: str) -> dict[str, Any]:
    told = {"merged_at": {"N": str(merge.at)}, "because": {"L": [{"S": one} for one in merge.because]}}
    return {**to_item(merge.loser), "merged_into": {"S": winner_id}, **told}


def _before(merge: Merge) -> dict[str, Any]:
    """A loser has one, which is replaced should she ever be merged again."""
    key = {"pk": {"S": _BEFORE + merge.loser.profile_id}, "winner": {"S": merge.before.profile_id}}
    return to_item(merge.before) | key


def _unchanged(profile: Profile) -> dict[str, Any]:
    if profile.version == 0:
        return {"ConditionExpression": "attribute_not_exists(pk)"}
    return {
        "ConditionExpression": "version = :version",
        "ExpressionAttributeValues": {":version": {"N": str(profile.version)}},
    }


def _of(before: Mapping[str, Any]) -> Profile:
    """The state of before, under the id of whose it is."""
    return from_item({**before, "pk": {"S": _PROFILE + before["winner"]["S"]}})


def _update(table: str, key: dict[str, Any], values: Mapping[str, Any], version: int) -> dict[str, Any]:
    """Replace some attributes, if the item stands as it was read."""
    return {
        "TableName": table,
        "Key": {"pk": key},
        "UpdateExpression": "SET " + ", ".join(f"#{name} = :{name}" for name in values),
        "ConditionExpression": "#version = :read AND attribute_exists(merged_into)",
        "ExpressionAttributeNames": {f"#{name}": name for name in values},
        "ExpressionAttributeValues": {
            **{f":{name}": value for name, value in values.items()},
            ":read": {"N": str(version)},
        },
    }
