"""The vendors the sandbox plays: a module each, found by being in this folder."""

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules

from cli.sandbox import checks
from cli.sandbox.wire import Refused, Request, Response, State, Vendor


def discover() -> dict[str, Vendor]:
    """Connector slug -> how its vendor is played."""
    names = [module.name for module in iter_modules(__path__) if not module.name.startswith("_")]
    return {name: _vendor(name) for name in names}


def _vendor(name: str) -> Vendor:
    found = import_module(f"{__name__}.{name}").VENDOR
    if not isinstance(found, Vendor):
        raise TypeError(f"cli/sandbox/vendors/{name}.py: VENDOR is no Vendor")
    return found


def _anything_goes(request: Request, _state: State) -> Response:
    return checks.token(request) or Response(body={"success": True, "id": "sandbox"})


_RETRY_AFTER: Mapping[str, str] = {"Retry-After": "1"}

ANYBODY = Vendor(
    answer=_anything_goes,
    auth=Refused(401, "unauthorized"),
    throttled=Refused(429, "too many requests", headers=_RETRY_AFTER),
)
"""A vendor whose rules the sandbox does not know: says yes to everything."""
