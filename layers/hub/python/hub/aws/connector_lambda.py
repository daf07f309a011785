"""The Lambda of every connector: a batch of its queue, given to the kit's flows."""

from collections.abc import Callable
from typing import Any

from hub.connector_kit.declaration import Connector

Handler = Callable[[dict[str, Any], object], dict[str, Any]]


def connector_handler(connector: Connector) -> Handler:
    def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
        raise NotImplementedError(connector.slug, event)

    return handler
