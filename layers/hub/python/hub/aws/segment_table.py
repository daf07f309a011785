"""Segments: members in sharded keys, each with since and evidence, and sizes that cannot drift.

Items: {pk: segment#<name>#<shard>, sk: member#<profile id>, since, evidence} and, beside them,
{pk: segment#<name>#<shard>, sk: size, members}. A member and its shard's size change in one transaction.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from zlib import crc32

from botocore.exceptions import ClientError

from hub.aws import failures
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
        put = {
            "TableName": self._table,
            "Item": {
                **_key(segment, profile_id),
                "since": {"N": str(since)},
                "evidence": {"S": json.dumps(evidence)},
            },
            "ConditionExpression": "attribute_not_exists(pk)",
        }
        if not self._transact({"Put": put}, segment, profile_id, change=1):
            self._client.put_item(TableName=self._table, Item=put["Item"])

    def leave(self, segment: str, profile_id: str) -> None:
        delete = {
            "TableName": self._table,
            "Key": _key(segment, profile_id),
            "ConditionExpression": "attribute_exists(pk)",
        }
        self._transact({"Delete": delete}, segment, profile_id, change=-1)

    def size(self, segment: str) -> int:
        keys = [{"pk": {"S": _shard(segment, shard)}, "sk": {"S": "size"}} for shard in range(SHARDS)]
        answer = self._client.batch_get_item(
            RequestItems={self._table: {"Keys": keys, "ConsistentRead": True}}
        )
        return sum(int(item["members"]["N"]) for item in answer["Responses"].get(self._table, ()))

    def members(self, segment: str) -> Iterator[Member]:
        for shard in range(SHARDS):
            yield from self._members_of(_shard(segment, shard))

    def member(self, segment: str, profile_id: str) -> Member | None:
        found = self._client.get_item(
            TableName=self._table, Key=_key(segment, profile_id), ConsistentRead=True
        )
        return _member(found["Item"]) if "Item" in found else None

    def _members_of(self, shard: str) -> Iterator[Member]:
        for page in self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="pk = :shard AND begins_with(sk, :member)",
            ExpressionAttributeValues={":shard": {"S": shard}, ":member": {"S": _MEMBER}},
        ):
            yield from map(_member, page["Items"])

    def _transact(self, write: dict[str, Any], segment: str, profile_id: str, *, change: int) -> bool:
        """False if the member was there (or gone) already, and nothing was counted."""
        count = {
            "TableName": self._table,
            "Key": {"pk": _key(segment, profile_id)["pk"], "sk": {"S": "size"}},
            "UpdateExpression": "ADD members :change",
            "ExpressionAttributeValues": {":change": {"N": str(change)}},
        }
        try:
            self._client.transact_write_items(TransactItems=[write, {"Update": count}])
        except ClientError as error:
            if failures.condition_failed(error):
                return False
            raise
        return True


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
