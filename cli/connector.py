"""`hub connector`: the vendors the hub can act through."""

from typing import Any

import click

from cli import listing
from hub.connector_kit import discover


@click.group()
def connector() -> None:
    """Connectors: the vendors the hub can act through."""


@connector.command("list")
@listing.json_option
def list_(*, as_json: bool) -> None:
    """All connectors with their actions, as journeys call them."""
    rows: list[dict[str, Any]] = [
        {
            "action": f"{one.slug}.{name}",
            "verb": action.verb,
            "inverse": action.inverse,
            "channel": action.channel,
            "paid": action.paid,
            "credentials": list(one.credentials.model_fields),
        }
        for one in discover()
        for name, action in one.actions.items()
    ]
    if not as_json:
        rows = [{name: value for name, value in row.items() if name != "credentials"} for row in rows]
    listing.print_rows(rows, as_json=as_json, empty="functions/connectors/ is empty")
