"""What segments mean and what is remembered for them, in the segments table.

Items: {pk: definitions, sk: <kind>#<name>, version, since, rule, description, former, filled_at} and
{pk: definitions, sk: memory, specs}.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any, cast

from botocore.exceptions import ClientError

from hub.aws import failures, items
from hub.clock import Instant
from hub.definitions import Definition, Key, Kind
from hub.recalling import Memory, Remembered

_PK = {"S": "definitions"}
_MEMORY = "memory"


class DefinitionTable:
    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def all(self) -> dict[Key, Definition]:
        found = items.partition(self._client, self._table, _PK["S"])
        known = (item for item in found if item["sk"]["S"] != _MEMORY)
        return {one.key: one for one in map(_definition, known)}

    def put(self, definition: Definition) -> None:
        self._client.put_item(TableName=self._table, Item=_item(definition))

    def fill(self, key: Key, version: str, at: Instant) -> None:
        """Every profile has been held against that version; nothing if it is no longer the live one."""
        try:
            self._client.update_item(
                TableName=self._table,
                Key=_key(key),
                UpdateExpression="SET filled_at = :at",
                ConditionExpression="version = :version",
                ExpressionAttributeValues={":at": {"N": str(at)}, ":version": {"S": version}},
            )
        except ClientError as error:
            if not failures.condition_failed(error):
                raise

    def forget(self, keys: Iterable[Key]) -> None:
        for key in keys:
            self._client.delete_item(TableName=self._table, Key=_key(key))

    def memory(self) -> Memory | None:
        """What has been remembered of every customer since ever; None: nobody has written it down yet."""
        found = self._client.get_item(
            TableName=self._table, Key={"pk": _PK, "sk": {"S": _MEMORY}}, ConsistentRead=True
        )
        if "Item" not in found:
            return None
        return {key: Remembered(*told) for key, told in json.loads(found["Item"]["specs"]["S"]).items()}

    def remember(self, memory: Memory) -> None:
        specs = json.dumps({key: [one.count, one.horizon] for key, one in sorted(memory.items())})
        item = {"pk": _PK, "sk": {"S": _MEMORY}, "specs": {"S": specs}}
        self._client.put_item(TableName=self._table, Item=item)


def _key(key: Key) -> dict[str, Any]:
    return {"pk": _PK, "sk": {"S": "#".join(key)}}


def _item(one: Definition) -> dict[str, Any]:
    filled = {} if one.filled_at is None else {"filled_at": {"N": str(one.filled_at)}}
    return {
        **_key(one.key),
        "version": {"S": one.version},
        "since": {"N": str(one.since)},
        "rule": {"S": one.rule},
        "description": {"S": one.description},
        "former": {"S": json.dumps(one.former)},
        **filled,
    }


def _definition(item: Mapping[str, Any]) -> Definition:
    kind, _, name = item["sk"]["S"].partition("#")
    return Definition(
        kind=cast("Kind", kind),
        name=name,
        version=item["version"]["S"],
        since=int(item["since"]["N"]),
        rule=item["rule"]["S"],
        description=item["description"]["S"],
        filled_at=int(item["filled_at"]["N"]) if "filled_at" in item else None,
        former=tuple((version, since) for version, since in json.loads(item["former"]["S"])),
    )
