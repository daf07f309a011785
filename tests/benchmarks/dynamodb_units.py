"""Read and write units of DynamoDB calls, by the sizes of the items as they stand."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from math import ceil
from typing import Any

Item = Mapping[str, Any]
Key = tuple[str, ...]
"""(table, pk, sk if the table has one)."""

WRITE_BYTES, READ_BYTES = 1_024, 4_096
_KEYS = ("pk", "sk")
_IN_TRANSACTION = 2


def item_size(item: Item) -> int:
    """Bytes, as the developer guide counts them: names, and values by type."""
    return sum(len(name.encode()) + _size(value) for name, value in item.items())


def _size(value: Mapping[str, Any]) -> int:
    ((kind, held),) = value.items()
    match kind:
        case "S":
            return len(held.encode())
        case "N":
            return len(str(held).strip("-0.")) // 2 + 1
        case "B":
            return len(held)
        case "SS":
            return sum(len(one.encode()) for one in held)
        case "L":
            return 3 + sum(1 + _size(one) for one in held)
        case "M":
            return 3 + sum(1 + len(name.encode()) + _size(one) for name, one in held.items())
    return 1  # NULL and BOOL


@dataclass(frozen=True)
class Change:
    """An item before and after a write; None where it was not or is no more."""

    table: str
    before: Item | None
    after: Item | None


@dataclass
class Tables:
    """What stands in the tables, told by the writes: a write is billed by the larger of before and after."""

    look: Callable[[str, Item], Item | None]
    """(table, key) -> the item as it stands now; asked where a call's answer does not say."""
    changed: Callable[[Change], None] = lambda _: None
    items: dict[Key, Item] = field(default_factory=dict)

    def writes(self, operation: str, params: Item, answer: Item, *, failed: bool) -> float:
        """Write units; a refused write costs as much as the item it left alone."""
        if operation == "TransactWriteItems":
            parts = [part for one in params["TransactItems"] for part in one.items()]
            return _IN_TRANSACTION * sum(self._write(kind, what, {}, failed=failed) for kind, what in parts)
        kind = {"PutItem": "Put", "UpdateItem": "Update", "DeleteItem": "Delete"}[operation]
        return self._write(kind, params, answer, failed=failed)

    def _write(self, kind: str, params: Item, answer: Item, *, failed: bool) -> float:
        key = _key(params["TableName"], params.get("Item") or params["Key"])
        before = self.items.get(key)
        after = before if failed or kind == "ConditionCheck" else self._after(kind, params, answer)
        if after is None:
            self.items.pop(key, None)
        else:
            self.items[key] = after
        if not failed and after != before:
            self.changed(Change(params["TableName"], before, after))
        return max(units(before, WRITE_BYTES), units(after, WRITE_BYTES))

    def _after(self, kind: str, params: Item, answer: Item) -> Item | None:
        if kind == "Delete":
            return None
        if kind == "Put":
            found: Item = params["Item"]
            return found
        whole = params.get("ReturnValues") == "ALL_NEW" and answer.get("Attributes")
        return whole or self.look(params["TableName"], params["Key"])


def reads(operation: str, params: Item, answer: Item) -> float:
    """Read units; what is not there costs one as well."""
    if operation == "GetItem":
        return _strength(params) * units(answer.get("Item"), READ_BYTES)
    if operation == "BatchGetItem":
        return sum(_batch_reads(params["RequestItems"], answer))
    together = sum(item_size(item) for item in answer.get("Items", ()))
    return _strength(params) * max(1, ceil(together / READ_BYTES))


def _batch_reads(asked: Item, answer: Item) -> Iterator[float]:
    for table, request in asked.items():
        found = answer.get("Responses", {}).get(table, ())
        missing = len(request["Keys"]) - len(found)
        yield _strength(request) * (missing + sum(units(item, READ_BYTES) for item in found))


def _strength(request: Item) -> float:
    return 1 if request.get("ConsistentRead") else 0.5


def units(item: Item | None, each: int) -> int:
    return max(1, ceil(item_size(item) / each)) if item else 1


def _key(table: str, named: Item) -> Key:
    return (table, *(named[name]["S"] for name in _KEYS if name in named))
