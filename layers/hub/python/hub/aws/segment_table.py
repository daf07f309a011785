"""Segments: members in sharded keys, each with since and evidence.

Item: {pk: segment#<name>#<shard>, sk: member#<profile id>, since, evidence}. A size is counted when it is
asked for: it cannot drift, and to enter or leave costs one write unit and not the four of a transaction.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from zlib import crc32

from hub.clock import Instant

SHARDS = 16
"""Writes of one segment spread over this many keys: 16 times 1,000 write units a second."""
_MEMBER = "member#"


@dataclass(frozen=True, kw_only=True)
class Member:
    profile_id: str
    since: Instant
    evidence: Mapping[str, Any]


class SegmentTable:
    """`hub.ports.Members` on DynamoDB, and what the command line reads."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def enter(self, segment: str, profile_id: str, since: Instant, evidence: Mapping[str, object]) -> None:
        told = {"since": {"N": str(since)}, "evidence": {"S": json.dumps(evidence)}}
        self._client.put_item(TableName=self._table, Item={**_key(segment, profile_id), **told})

    def leave(self, segment: str, profile_id: str) -> None:
        self._client.delete_item(TableName=self._table, Key=_key(segment, profile_id))

    def size(self, segment: str) -> int:
        """Reads every member's item: half a read unit for some 20 of them."""
        pages = (
            page for shard in range(SHARDS) for page in self._pages(_shard(segment, shard), Select="COUNT")
        )
        return sum(page["Count"] for page in pages)

    def members(self, segment: str) -> Iterator[Member]:
        for shard in range(SHARDS):
            yield from self._members_of(_shard(segment, shard))

    def member(self, segment: str, profile_id: str) -> Member | None:
        found = self._client.get_item(
            TableName=self._table, Key=_key(segment, profile_id), ConsistentRead=True
        )
        return _member(found["Item"]) if "Item" in found else None

    def _members_of(self, shard: str) -> Iterator[Member]:
        for page in self._pages(shard):
            yield from map(_member, page["Items"])

    def _pages(self, shard: str, **how: str) -> Iterator[dict[str, Any]]:
        yield from self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="pk = :shard AND begins_with(sk, :member)",
            ExpressionAttributeValues={":shard": {"S": shard}, ":member": {"S": _MEMBER}},
            **how,
        )


def _key(segment: str, profile_id: str) -> dict[str, Any]:
    shard = _shard(segment, crc32(profile_id.encode()) % SHARDS)
    return {"pk": {"S": shard}, "sk": {"S": _MEMBER + profile_id}}


def _shard(segment: str, number: int) -> str:
    return f"segment#{segment}#{number:02d}"


def _member(item: Mapping[str, Any]) -> Member:
    return Member(
        profile_id=item["sk"]["S"].removeprefix(_MEMBER),
        since=int(item["since"]["N"]),
        evidence=json.loads(item["evidence"]["S"]),
    )
