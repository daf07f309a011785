"""Write keys: which source is speaking. SDKs put the key in up to five places, often in several at once."""

import base64
import binascii
from collections.abc import Iterator, Mapping
from typing import Any

from hub.ingestion.answers import Refused
from hub.ingestion.requests import Request


def source_of(request: Request, body: Mapping[str, Any], sources: Mapping[str, str]) -> str:
    """The name of the source whose key the request or its body carries, or Refused with 401.

    401 and nothing else: SDKs report it at once, while they retry 404, 408 or 410.
    """
    keys = [key for key in _keys(request, body) if key]
    for key in keys:
        if key in sources:
            return sources[key]
    if keys:
        raise Refused(
            401, "unknown_write_key", "The write key is not known here; check it against the hub's sources."
        )
    raise Refused(
        401, "missing_write_key", "A write key is needed: as Basic user name, or as writeKey in the body."
    )


def _keys(request: Request, body: Mapping[str, Any]) -> Iterator[str]:
    yield from _with_and_without_secret(_basic(request.headers.get("authorization", "")))
    yield from _with_and_without_secret(request.headers.get("x-write-key", ""))
    yield request.query.get("writeKey", "")
    yield _text(body.get("writeKey"))
    batch = body.get("batch")
    first = batch[0] if isinstance(batch, list) and batch else None
    if isinstance(first, dict):
        yield _text(first.get("writeKey"))


def _with_and_without_secret(key: str) -> Iterator[str]:
    """Jitsu's keys read `key:secret`, Basic's user name ends at the colon."""
    yield key
    yield key.partition(":")[0]


def _basic(authorization: str) -> str:
    scheme, _, credentials = authorization.partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(credentials + "==").decode("utf-8", "replace")
    except binascii.Error:
        return ""


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
