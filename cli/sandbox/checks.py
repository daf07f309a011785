"""Checks that several vendors make of a request."""

import re
from collections.abc import Mapping
from typing import Any

from cli.sandbox.wire import Refused, Request, Response

_SHA256_HEX = re.compile(r"[0-9a-f]{64}")


def bearer(request: Request, refused: Refused) -> None:
    scheme, _, token = request.header("authorization").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise refused


def json_object(request: Request, *, code: str = "") -> Mapping[str, Any]:
    if not isinstance(request.body, dict):
        raise Refused(400, "the body is not a JSON object", code)
    return request.body


def is_sha256_hex(value: object) -> bool:
    """Lower-case only: what vendors publish as check values, and what their matching expects."""
    return isinstance(value, str) and _SHA256_HEX.fullmatch(value) is not None


def token(request: Request) -> Response | None:
    """An OAuth token endpoint under the connector's base_url (RFC 6749 §5.1); None when it is not asked."""
    if request.method != "POST" or not request.path.endswith("/token"):
        return None
    return Response(body={"access_token": "sandbox-access-token", "token_type": "Bearer", "expires_in": 3599})
