"""Segments: members in sharded keys, each with since and evidence, and a counter of them beside.

Items: {pk: segment#<name>#<shard>, sk: member#<profile id>, since, evidence, version} and
{pk: segment#<name>, sk: size, members, moves, reconciled_at}. To enter or leave costs one write unit, and
the counter one a segment and batch of changes. A crash between the two loses what was to be counted, so the
counter is held against the members now and then (`counted`, `put_right`).
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from zlib import crc32

from botocore.exceptions import ClientError

from hub.aws import failures, items
from hub.clock import Instant

SHARDS = 16
"""Writes of one segment spread over this many keys: 16 times 1,000 write units a second."""
_MEMBER = "member#"


@dataclass(frozen=True, kw_only=True)
class Member:
    profile_id: str
    since: Instant
    evidence: Mapping[str, Any]
    version: str = ""
    """Of the rule by which she entered."""


@dataclass(frozen=True, kw_only=True)
class Size:
    counter: int = 0
    moves: int = 0
    """How much it has been counted up and down since ever."""
    reconciled_at: Instant | None = None
    """When it was last held against the members."""

    @property
    def members(self) -> int:
        """A crash can lose the count of one who entered, and then she leaves."""
        return max(0, self.counter)


@dataclass(frozen=True)
class Counted:
    """A counter as it stood, and the members as they were counted right after."""

    segment: str
    counter: int
    moves: int
    counted: int

    @property
    def off(self) -> int:
        return self.counted - self.counter


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

    def grow(self, changes: Mapping[str, int]) -> None:
        for segment, change in changes.items():
            if change:
                self._add(segment, change)

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
        return Counted(segment, told.counter, told.moves, self.count(segment))

    def put_right(self, one: Counted, now: Instant, *, at_last: bool = False) -> int | None:
        """By how much the counter was off, and no longer is; None if it moved since, and nothing was done.

        Between counting and this, whoever was among the members and not in the counter yet must have come
        in. `at_last`: it never stands still; then only what it is off by beyond what it moved is put right.
        """
        if self._replace(one, now):
            return one.off
        if not at_last:
            return None
        moved = self.sizes([one.segment])[one.segment].moves - one.moves
        drift = one.off if abs(one.off) > moved else 0
        self._add(one.segment, drift, reconciled_at=now)
        return drift

    def members(self, segment: str) -> Iterator[Member]:
        for shard in range(SHARDS):
            yield from self._members_of(_shard(segment, shard))

    def member(self, segment: str, profile_id: str) -> Member | None:
        found = self._client.get_item(
            TableName=self._table, Key=_key(segment, profile_id), ConsistentRead=True
        )
        return _member(found["Item"]) if "Item" in found else None

    def _add(self, segment: str, change: int, *, reconciled_at: Instant | None = None) -> None:
        values = {":change": {"N": str(change)}, ":moves": {"N": str(abs(change))}}
        expression = "ADD members :change, moves :moves"
        if reconciled_at is not None:
            values[":at"] = {"N": str(reconciled_at)}
            expression = f"SET reconciled_at = :at {expression}"
        self._client.update_item(
            TableName=self._table,
            Key=_size_key(segment),
            UpdateExpression=expression,
            ExpressionAttributeValues=values,
        )

    def _replace(self, one: Counted, now: Instant) -> bool:
        """False if the counter moved since."""
        try:
            self._client.update_item(
                TableName=self._table,
                Key=_size_key(one.segment),
                UpdateExpression="SET members = :members, reconciled_at = :at, moves = :moves",
                ConditionExpression="moves = :moves OR (attribute_not_exists(moves) AND :moves = :none)",
                ExpressionAttributeValues={
                    ":members": {"N": str(one.counted)},
                    ":at": {"N": str(now)},
                    ":moves": {"N": str(one.moves)},
                    ":none": {"N": "0"},
                },
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
    shard = _shard(segment, crc32(profile_id.encode()) % SHARDS)
    return {"pk": {"S": shard}, "sk": {"S": _MEMBER + profile_id}}


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
