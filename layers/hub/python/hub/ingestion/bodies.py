"""A request's body, read whatever its Content-Type says: SDKs post JSON as text/plain and as forms."""

import base64
import binascii
import zlib
from dataclasses import dataclass
from typing import Any

from hub.errors import InvalidEvent
from hub.ingestion.answers import Refused
from hub.ingestion.requests import Request
from hub.json_values import decode

MAX_BODY = 512_000
"""Bytes, decompressed: 500 KB as Segment's clients count them."""

_GZIP = b"\x1f\x8b"
_GZIP_READ_AS_TEXT = "\x1f\ufffd".encode()
_ANY_GZIP = 31  # zlib's wbits for a gzip header and trailer around the largest window


@dataclass(frozen=True, slots=True)
class Body:
    value: dict[str, Any]
    """Its numbers are sound, its texts as they were sent."""
    size: int
    """Bytes, decompressed."""


def read_body(request: Request) -> Body:
    """The body as a JSON object, or Refused with 400."""
    data = _decompressed(_sent_bytes(request))
    if len(data) > MAX_BODY:
        raise _too_large()
    # One broken byte should not cost a whole batch: it becomes U+FFFD.
    return Body(_object(data.decode("utf-8-sig", "replace")), len(data))


def _sent_bytes(request: Request) -> bytes:
    if not request.is_base64:
        return request.body.encode("utf-8", "replace")
    try:
        return base64.b64decode(request.body)
    except binascii.Error:
        raise Refused(400, "invalid_base64", "The body's base64 cannot be read.") from None


def _decompressed(data: bytes) -> bytes:
    """Told by the first two bytes, not by Content-Encoding: a gateway may unpack and keep the header."""
    if data.startswith(_GZIP_READ_AS_TEXT):
        raise Refused(
            400, "invalid_gzip", "The compressed body was read as text on its way; send it uncompressed."
        )
    if not data.startswith(_GZIP):
        return data
    stream = zlib.decompressobj(_ANY_GZIP)
    try:
        unpacked = stream.decompress(data, MAX_BODY + 1)  # and no further: a bomb never unfolds
    except zlib.error:
        raise Refused(400, "invalid_gzip", "The compressed body cannot be unpacked.") from None
    if len(unpacked) <= MAX_BODY and not stream.eof:
        raise Refused(400, "invalid_gzip", "The compressed body is cut off.")
    return unpacked


def _object(text: str) -> dict[str, Any]:
    try:
        value = decode(text)
    except InvalidEvent as invalid:
        raise Refused(400, invalid.code, invalid.message) from None
    except ValueError as error:
        raise Refused(400, "invalid_json", f"The body is not JSON: {error}.") from None
    if not isinstance(value, dict):
        raise Refused(
            400, "invalid_request", 'The body must be a JSON object: a message, or {"batch": [messages]}.'
        )
    return value


def _too_large() -> Refused:
    return Refused(
        400, "payload_too_large", f"The body has more than {MAX_BODY:,} bytes; send smaller batches."
    )
