"""The folder functions/connectors is the registry: each module declares one `connector`."""

import pkgutil
from importlib import import_module
from types import ModuleType

from hub.connector_kit.declaration import Connector


def discover() -> list[Connector]:
    """Every connector there is, by slug; in a Lambda's asset, the one it holds."""
    package = import_module("connectors")
    names = sorted(module.name for module in pkgutil.iter_modules(package.__path__))
    return [_connector(import_module(f"connectors.{name}")) for name in names]


def _connector(module: ModuleType) -> Connector:
    connector = getattr(module, "connector", None)
    if not isinstance(connector, Connector):
        raise TypeError(f"{module.__name__} declares no `connector = Connector(…)`")
    return connector
