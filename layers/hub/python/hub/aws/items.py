"""Items of a DynamoDB table, read to the last one: by their keys, or a partition."""

from collections.abc import Iterator, Sequence
from typing import Any

Item = dict[str, Any]
_AT_ONCE = 100
"""Items that DynamoDB reads in one request."""


def by_keys(client: Any, table: str, keys: Sequence[Item], **how: Any) -> Iterator[Item]:
    """Strongly consistent, in any order, without those that do not exist. `how`: what of them to read."""
    todo = list(keys)
    while todo:
        request = {table: {"Keys": todo[:_AT_ONCE], "ConsistentRead": True, **how}}
        answer = client.batch_get_item(RequestItems=request)
        yield from answer["Responses"].get(table, ())
        # DynamoDB may leave keys unread under load; they go back into the line.
        unread = answer.get("UnprocessedKeys", {}).get(table, {}).get("Keys", [])
        todo = todo[_AT_ONCE:] + unread


def pages_of(client: Any, table: str, pk: str, prefix: str = "", **how: Any) -> Iterator[dict[str, Any]]:
    """Of a partition, as DynamoDB answers; `prefix`: only sort keys that begin so."""
    condition, values = "pk = :pk", {":pk": {"S": pk}}
    if prefix:
        condition, values = f"{condition} AND begins_with(sk, :prefix)", {**values, ":prefix": {"S": prefix}}
    yield from client.get_paginator("query").paginate(
        TableName=table, KeyConditionExpression=condition, ExpressionAttributeValues=values, **how
    )


def partition(client: Any, table: str, pk: str, prefix: str = "") -> Iterator[Item]:
    """Its items in order, strongly consistent."""
    for page in pages_of(client, table, pk, prefix, ConsistentRead=True):
        yield from page["Items"]
