"""What the sandbox got, in order, fit to be shown: secrets masked, the rest as it came."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

from cli.sandbox.wire import Request
from hub.clock import Instant, format_instant

Record = dict[str, Any]
"""{at, connector, method, path, query, headers, body, status}; `at` is ISO text in hub time."""

MASK = "***"
_SECRET_HEADERS = frozenset(
    {"authorization", "x-api-key", "api-key", "access-token", "dy-api-key", "ttd-auth", "proxy-authorization"}
)
_SECRET_FIELDS = frozenset(
    {"access_token", "client_secret", "refresh_token", "assertion", "appsecret_proof", "password", "api_key"}
)


def record(connector: str, request: Request, *, status: int, at: Instant) -> Record:
    return {
        "at": format_instant(at),
        "connector": connector,
        "method": request.method,
        "path": request.path,
        "query": _mask_fields(request.query),
        "headers": {name: _mask_header(name, value) for name, value in request.headers.items()},
        "body": _mask_body(request),
        "status": status,
    }


def _mask_header(name: str, value: str) -> str:
    """The scheme stays ("Bearer ***"), so that the kind of authentication can be told."""
    if name.lower() not in _SECRET_HEADERS:
        return value
    scheme, space, _ = value.partition(" ")
    return f"{scheme} {MASK}" if space else MASK


def _mask_fields(fields: Mapping[str, str]) -> dict[str, str]:
    return {name: MASK if name.lower() in _SECRET_FIELDS else value for name, value in fields.items()}


def _mask_body(request: Request) -> Any:
    """Token requests carry their secrets in a form body, or in a JSON one."""
    body = request.body
    if isinstance(body, dict) and _SECRET_FIELDS.intersection(body):
        return {name: MASK if name in _SECRET_FIELDS else value for name, value in body.items()}
    if isinstance(body, str) and "x-www-form-urlencoded" in request.header("content-type"):
        return urlencode(_mask_fields(dict(parse_qsl(body))), safe="*:/")
    return body
