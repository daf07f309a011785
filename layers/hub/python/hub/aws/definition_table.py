"""What segments mean and what is remembered for them, in the segments table.

Items: {pk: definitions, sk: <kind>#<name>, version, since, rule, description, former, filled_at} and
{pk: definitions, sk: memory, specs, run, then}: what is remembered; and by the last run that began, what
will be once that is through.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, cast

from botocore.exceptions import ClientError

from hub.aws import failures, items
from hub.clock import Instant
from hub.definitions import GONE, Definition, Key, Kind
from hub.recalling import Memory, Remembered

_PK = {"S": "definitions"}
_MEMORY = "memory"
_MEMORY_KEY = {"pk": _PK, "sk": {"S": _MEMORY}}


class DefinitionTable:
    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def all(self) -> dict[Key, Definition]:
        """Those that are live."""
        return {key: one for key, one in self.known().items() if one.version != GONE}

    def known(self) -> dict[Key, Definition]:
        """And those of what is gone, while it may have members or runs."""
        found = items.partition(self._client, self._table, _PK["S"])
        known = (item for item in found if item["sk"]["S"] != _MEMORY)
        return {one.key: one for one in map(_definition, known)}

    def put(self, definition: Definition) -> None:
        self._client.put_item(TableName=self._table, Item=_item(definition))

    def fill(self, key: Key, version: str, at: Instant) -> None:
        """Every profile has been held against that version; nothing if it is no longer the live one."""
        self._if(
            self._client.update_item,
            Key=_key(key),
            UpdateExpression="SET filled_at = :at",
            ConditionExpression="version = :version",
            ExpressionAttributeValues={":at": {"N": str(at)}, ":version": {"S": version}},
        )

    def forget_gone(self, key: Key) -> None:
        """Nothing if it has come back."""
        self._if(
            self._client.delete_item,
            Key=_key(key),
            ConditionExpression="version = :gone",
            ExpressionAttributeValues={":gone": {"S": GONE}},
        )

    def memory(self) -> Memory | None:
        """What has been remembered of every customer since ever; None: nobody has written it down yet."""
        found = self._client.get_item(TableName=self._table, Key=_MEMORY_KEY, ConsistentRead=True)
        if "Item" not in found:
            return None
        return {key: Remembered(*told) for key, told in json.loads(found["Item"]["specs"]["S"]).items()}

    def begin(self, run: str, memory: Memory, then: Memory) -> None:
        """What is remembered as the run begins, and `then`, when it ends; no earlier run ends any more."""
        told = {"specs": {"S": _specs(memory)}, "then": {"S": _specs(then)}, "run": {"S": run}}
        self._client.put_item(TableName=self._table, Item={**_MEMORY_KEY, **told})

    def end(self, run: str) -> bool:
        """What the run was to see to is remembered; False, and nothing, if another has begun since."""
        return self._if(
            self._client.update_item,
            Key=_MEMORY_KEY,
            UpdateExpression="SET specs = #then",
            ConditionExpression="#run = :run",
            ExpressionAttributeNames={"#run": "run", "#then": "then"},
            ExpressionAttributeValues={":run": {"S": run}},
        )

    def _if(self, write: Callable[..., Any], **asked: Any) -> bool:
        """Whether its condition held."""
        try:
            write(TableName=self._table, **asked)
        except ClientError as error:
            if not failures.condition_failed(error):
                raise
            return False
        return True


def _specs(memory: Memory) -> str:
    return json.dumps({key: [one.count, one.horizon] for key, one in sorted(memory.items())})


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
