"""Identifiers as items of the profiles table."""

import json
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

from hub.identities import Identifier
from hub.leads import Lead, Switch

_PREFIX = "identifier#"


def key_of(identifier: Identifier) -> str:
    kind, value = identifier
    return f"{_PREFIX}{kind}#{blake2b(value.encode(), digest_size=16).hexdigest()}"


def claim(identifier: Identifier, profile_id: str) -> dict[str, Any]:
    """A put of a new item, or of the same again; not of one that says more by now."""
    return {
        "Item": {"pk": {"S": key_of(identifier)}, "profile_id": {"S": profile_id}},
        "ConditionExpression": "attribute_not_exists(pk) OR "
        "(profile_id = :id AND attribute_not_exists(version))",
        "ExpressionAttributeValues": {":id": {"S": profile_id}},
    }


def write(identifier: Identifier, lead: Lead) -> dict[str, Any]:
    """A put of the item, if it stands as it was read."""
    condition: dict[str, Any] = {
        "ConditionExpression": "attribute_exists(pk) AND attribute_not_exists(version)"
    }
    if lead.version:
        values = {":version": {"N": str(lead.version)}}
        condition = {"ConditionExpression": "version = :version", "ExpressionAttributeValues": values}
    return {"Item": _item(identifier, lead), **condition}


def from_item(item: Mapping[str, Any]) -> Lead:
    return Lead(
        profile_id=item["profile_id"]["S"],
        switches=_switches(item, "switches"),
        joined=_switches(item, "joined"),
        former=tuple(json.loads(item["former"]["S"])) if "former" in item else (),
        quarantined_at=int(item["quarantined_at"]["N"]) if "quarantined_at" in item else None,
        version=int(item["version"]["N"]) if "version" in item else 0,
    )


def _item(identifier: Identifier, lead: Lead) -> dict[str, Any]:
    item = {
        "pk": {"S": key_of(identifier)},
        "profile_id": {"S": lead.profile_id},
        "version": {"N": str(lead.version + 1)},
    }
    for name, told in (("switches", lead.switches), ("joined", lead.joined), ("former", lead.former)):
        if told:
            item[name] = {"S": json.dumps(told, separators=(",", ":"))}
    if lead.quarantined_at is not None:
        item["quarantined_at"] = {"N": str(lead.quarantined_at)}
    return item


def _switches(item: Mapping[str, Any], name: str) -> tuple[Switch, ...]:
    stored = json.loads(item[name]["S"]) if name in item else ()
    return tuple((at, profile_id) for at, profile_id in stored)
