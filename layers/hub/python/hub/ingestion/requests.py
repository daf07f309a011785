"""An HTTP request as API Gateway's HTTP API hands it over (payload format 2.0)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    method: str
    path: str
    """Without a trailing slash."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Names in lower case."""
    query: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    is_base64: bool = False
    """Whether the body is base64 of what was sent; the gateway decides it by Content-Type."""
    ip: str = ""


def read_request(event: Mapping[str, Any]) -> Request:
    http = event["requestContext"]["http"]
    return Request(
        method=http["method"],
        path=event["rawPath"].rstrip("/") or "/",
        headers={name.lower(): value for name, value in (event.get("headers") or {}).items()},
        query=event.get("queryStringParameters") or {},
        body=event.get("body") or "",
        is_base64=bool(event.get("isBase64Encoded")),
        ip=http.get("sourceIp", ""),
    )
