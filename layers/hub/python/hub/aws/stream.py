"""A DynamoDB stream's record, read: Lambda gets binary values as base64 text."""

from base64 import b64decode
from collections.abc import Mapping
from typing import Any


def image(record: Mapping[str, Any], name: str) -> dict[str, Any] | None:
    """The item as it was ("OldImage") or is ("NewImage"), in the client's own form; None if there is none."""
    found = record["dynamodb"].get(name)
    return {key: _plain(value) for key, value in found.items()} if found else None


def _plain(value: Mapping[str, Any]) -> dict[str, Any]:
    return {
        kind: b64decode(held) if kind == "B" and isinstance(held, str) else held
        for kind, held in value.items()
    }
