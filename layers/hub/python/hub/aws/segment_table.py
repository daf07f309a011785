"""Segments: members in sharded keys, each with since and evidence, and a counter of them beside.

Items: {pk: segment#<name>#<shard>, sk: member#<profile id>, since, evidence, version} and
{pk: segment#<name>, sk: size, members, moves, reconciled_at}. To enter or leave costs one write unit, and
the counter one a segment and batch of changes. A crash between the two loses what was to be counted, so the
counter is held against the members now and then (`counted`, `put_right`).
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from zlib import crc32

from botocore.exceptions import ClientError

from hub.aws import failures, items
from hub.clock import Instant
from hub.counting import Counted, Member, Size

SHARDS = 16
"""Writes of one segment spread over this many keys: 16 times 1,000 write units a second."""
_MEMBER = "member#"


class SegmentTable:
    """`hub.ports.Members` on DynamoDB, and what the command line reads."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def enter(
        self, segment: str, profile_id: str, since: Instant, evidence: Mapping[str, object], version: str = ""
    ) -> bool:
        told = {
            "since": {"N": str(since)},
            "evidence": {"S": json.dumps(evidence)},
            "version": {"S": version},
        }
        item = {**_key(segment, profile_id), **told}
        before = self._client.put_item(TableName=self._table, Item=item, ReturnValues="ALL_OLD")
        return "Attributes" not in before

    def leave(self, segment: str, profile_id: str) -> bool:
        key = _key(segment, profile_id)
        before = self._client.delete_item(TableName=self._table, Key=key, ReturnValues="ALL_OLD")
        return "Attributes" in before

    def listed(self, profile_id: str, segments: Iterable[str]) -> dict[str, Instant]:
        """A read unit a segment; a hundred of them are one request."""
        of_key = {_shard_of(name, profile_id): name for name in segments}
        keys = [_key(name, profile_id) for name in of_key.values()]
        found = items.by_keys(self._client, self._table, keys, ProjectionExpression="pk, since")
        return {of_key[item["pk"]["S"]]: int(item["since"]["N"]) for item in found}

    def grow(self, changes: Mapping[str, int]) -> None:
        for segment, change in changes.items():
            if change:
                self._client.update_item(
                    TableName=self._table,
                    Key=_size_key(segment),
                    UpdateExpression="ADD members :change, moves :moves",
                    ExpressionAttributeValues={
                        ":change": {"N": str(change)},
                        ":moves": {"N": str(abs(change))},
                    },
                )

    def size(self, segment: str) -> int:
        return self.sizes([segment])[segment].members

    def sizes(self, segments: Iterable[str]) -> dict[str, Size]:
        """By the counters: one read for a hundred segments, however many members they have."""
        found = dict.fromkeys(segments, Size())
        for item in items.by_keys(self._client, self._table, [_size_key(name) for name in found]):
            found[item["pk"]["S"].removeprefix(_size_pk(""))] = _size(item)
        return found

    def count(self, segment: str) -> int:
        """Reads every member's item, strongly consistent: a read unit for some 14 of them."""
        pages = (
            page
            for shard in range(SHARDS)
            for page in self._pages(_shard(segment, shard), Select="COUNT", ConsistentRead=True)
        )
        return sum(page["Count"] for page in pages)

    def counted(self, segment: str) -> Counted:
        """The counter, and the members right after it; to be held against each other a while later."""
        told = self.sizes([segment])[segment]
        return Counted(segment, told.counter, told.moves, self.count(segment), told.reconciled_at)

    def put_right(self, one: Counted, now: Instant) -> int | None:
        """By how much the counter was off, and no longer is; None if it moved since, and nothing was done.

        Between counting and this, whoever was among the members and not in the counter yet must have come
        in: as much time as a Lambda that writes members may take.
        """
        replaced = self._update(
            one.segment,
            "SET members = :members, reconciled_at = :at, moves = :moves",
            {":members": one.counted, ":at": now, ":moves": one.moves},
            "moves = :moves OR (attribute_not_exists(moves) AND :moves = :none)",
        )
        return one.off if replaced else None

    def shift(self, one: Counted, change: int, now: Instant) -> None:
        """Put right by so much a counter that never stands still, unless somebody else just did."""
        self._update(
            one.segment,
            "SET reconciled_at = :at ADD members :change, moves :moves",
            {":change": change, ":moves": abs(change), ":at": now, ":before": one.reconciled_at or 0},
            "reconciled_at = :before OR (attribute_not_exists(reconciled_at) AND :before = :none)",
        )

    def members(self, segment: str) -> Iterator[Member]:
        for shard in range(SHARDS):
            yield from self._members_of(_shard(segment, shard))

    def member(self, segment: str, profile_id: str) -> Member | None:
        found = self._client.get_item(
            TableName=self._table, Key=_key(segment, profile_id), ConsistentRead=True
        )
        return _member(found["Item"]) if "Item" in found else None

    def _update(self, segment: str, expression: str, values: Mapping[str, int], condition: str) -> bool:
        """Whether the condition held."""
        try:
            self._client.update_item(
                TableName=self._table,
                Key=_size_key(segment),
                UpdateExpression=expression,
                ConditionExpression=condition,
                ExpressionAttributeValues={k: {"N": str(v)} for k, v in {**values, ":none": 0}.items()},
            )
        except ClientError as error:
            if failures.condition_failed(error):
                return False
            raise
        return True

    def _members_of(self, shard: str) -> Iterator[Member]:
        for page in self._pages(shard):
            yield from map(_member, page["Items"])

    def _pages(self, shard: str, **how: Any) -> Iterator[dict[str, Any]]:
        yield from items.pages_of(self._client, self._table, shard, _MEMBER, **how)


def _key(segment: str, profile_id: str) -> dict[str, Any]:
    return {"pk": {"S": _shard_of(segment, profile_id)}, "sk": {"S": _MEMBER + profile_id}}


def _shard_of(segment: str, profile_id: str) -> str:
    return _shard(segment, crc32(profile_id.encode()) % SHARDS)


def _shard(segment: str, number: int) -> str:
    return f"segment#{segment}#{number:02d}"


def _size_key(segment: str) -> dict[str, Any]:
    return {"pk": {"S": _size_pk(segment)}, "sk": {"S": "size"}}


def _size_pk(segment: str) -> str:
    return f"segment#{segment}"


def _size(item: Mapping[str, Any]) -> Size:
    at = item.get("reconciled_at")
    return Size(
        counter=int(item["members"]["N"]),
        moves=int(item["moves"]["N"]),
        reconciled_at=int(at["N"]) if at else None,
    )


def _member(item: Mapping[str, Any]) -> Member:
    return Member(
        profile_id=item["sk"]["S"].removeprefix(_MEMBER),
        since=int(item["since"]["N"]),
        evidence=json.loads(item["evidence"]["S"]),
        version=item["version"]["S"] if "version" in item else "",
    )
