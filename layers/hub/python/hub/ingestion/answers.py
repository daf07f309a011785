"""What the hub answers: always JSON, always readable by a browser, a no with its code and message."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hub.errors import HubError
from hub.ingestion.requests import Request

RETRY_AFTER = 2
"""Whole seconds: SDKs parse it as an integer and ignore 0."""


class Refused(HubError):
    """The request as a whole is refused; nothing of it was taken in."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: int
    body: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    rejected: Mapping[str, int] = field(default_factory=dict)
    """Code -> how many messages (or requests) were refused for it."""

    def for_gateway(self, request: Request | None) -> dict[str, Any]:
        """The Lambda's result, payload format 2.0."""
        text = "" if self.body is None else json.dumps(self.body)
        headers = {"Content-Type": "application/json", **_cors(request), **self.headers}
        return {"statusCode": self.status, "headers": headers, "body": text}


SUCCESS = Answer(status=200, body={"success": True})
PREFLIGHT = Answer(status=204)


def refusal(refused: Refused) -> Answer:
    body = _no(refused.code, refused.message)
    return Answer(status=refused.status, body=body, rejected={refused.code: 1})


def unavailable() -> Answer:
    """Nothing was acknowledged; every SDK sends the same messages again."""
    return _come_back(
        503, "unavailable", "The hub cannot store events at the moment; send the same messages again."
    )


def broken() -> Answer:
    return _come_back(500, "internal_error", "The hub failed to take this in; send the same messages again.")


def _come_back(status: int, code: str, message: str) -> Answer:
    return Answer(
        status=status, body=_no(code, message), headers={"Retry-After": str(RETRY_AFTER)}, rejected={code: 1}
    )


def _no(code: str, message: str) -> dict[str, Any]:
    # Older Pythons' SDKs die on a body without `code` and retry for ever; analytics-ruby shows `error`.
    return {"success": False, "code": code, "message": message, "error": message}


def _cors(request: Request | None) -> dict[str, str]:
    """On every answer: an error without it looks like a network failure to a page, which then retries.

    Allow-Headers echoes what the page asks for, since `*` does not cover Authorization and users add headers
    of their own. Without Max-Age analytics-next asks before every event; without Expose it never sees
    Retry-After.
    """
    asked = request.headers.get("access-control-request-headers", "") if request else ""
    return {
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
        "Access-Control-Allow-Headers": asked or _KNOWN_HEADERS,
        "Access-Control-Expose-Headers": "Retry-After",
        "Access-Control-Max-Age": "7200",
    }


_KNOWN_HEADERS = (
    "Authorization, Content-Type, X-Retry-Count, AnonymousId, SentAt, Rsa-Retry-Attempt, Rsa-Retry-Reason, "
    "Rsa-Since-First-Attempt, Rsa-Since-Last-Attempt, X-Write-Key, X-Enable-Debug, X-IP-Policy"
)
