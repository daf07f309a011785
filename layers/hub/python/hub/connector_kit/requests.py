"""Requests as values: what to send and nothing of how, and the answers that come back.

Whoever makes one is pure; whoever sends it knows of no vendor.
"""

import json
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from hub.clock import Duration
from hub.connector_kit.outcomes import Outcome


@dataclass(frozen=True, kw_only=True)
class HttpRequest:
    """An HTTP request to the vendor's own address; at most one of `json`, `form` and `body`."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    json: Any = None
    form: Mapping[str, str] | None = None
    body: bytes | None = None
    public_only: bool = False
    """The address comes from outside: refuse to connect to anything but the public internet (SSRF)."""
    expect: frozenset[int] = frozenset()
    """Error statuses that the plan wants to see itself instead of ending with them."""

    def at(self, base_url: str) -> "HttpRequest":
        """The same request with the vendor's host replaced, its path kept under the base's own."""
        if not base_url:
            return self
        base, own = urlsplit(base_url), urlsplit(self.url)
        moved = urlunsplit((base.scheme, base.netloc, base.path.rstrip("/") + own.path, own.query, ""))
        return replace(self, url=moved, public_only=False)

    def with_header(self, name: str, value: str) -> "HttpRequest":
        return replace(self, headers={**self.headers, name: value})

    @property
    def full_url(self) -> str:
        return f"{self.url}?{urlencode(self.query)}" if self.query else self.url

    @property
    def full_headers(self) -> dict[str, str]:
        kind = "application/json" if self.json is not None else "application/x-www-form-urlencoded"
        if self.json is None and self.form is None:
            return dict(self.headers)
        return {"content-type": kind, **self.headers}

    def to_bytes(self) -> bytes | None:
        if self.json is not None:
            return json.dumps(self.json, ensure_ascii=False, separators=(",", ":")).encode()
        if self.form is not None:
            return urlencode(self.form).encode()
        return self.body


@dataclass(frozen=True, kw_only=True)
class AwsRequest:
    """A call of an AWS service, in boto3's words: client, method and its arguments."""

    service: str
    operation: str
    params: Mapping[str, Any]
    endpoint_url: str = ""
    region: str = ""
    """"" is the Lambda's own."""
    expect: frozenset[int] = frozenset()

    def at(self, base_url: str) -> "AwsRequest":
        return replace(self, endpoint_url=base_url) if base_url else self


Request = HttpRequest | AwsRequest


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back; header names are lower-case."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @cached_property
    def json(self) -> Any:
        """The body as JSON, or None where it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    def at(self, path: str) -> Any:
        """The value at a dotted path of the body ("error.code", "errors.0.code"), or None."""
        found = self.json
        for step in path.split("."):
            found = _step(found, step)
        return found

    @classmethod
    def of(cls, status: int, body: object = None, **headers: str) -> "Answer":
        """An answer with a JSON body, as a vendor's documentation prints it."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return cls(status=status, headers=named, body=b"" if body is None else json.dumps(body).encode())


def _step(value: Any, step: str) -> Any:
    if isinstance(value, Mapping):
        return value.get(step)
    if isinstance(value, list) and step.isdigit() and int(step) < len(value):
        return value[int(step)]
    return None


Plan = Generator[Request, Answer, Outcome | None]
"""Several requests, each decided by the answers before it: `found = yield HttpRequest(…)`.
What it returns is the outcome; None: that of its last answer."""

Transport = Callable[[Request], Answer]
"""Sends one request; raises NeverLeft or LostAnswer."""


class NeverLeft(Exception):
    """No connection came about: the vendor cannot have done anything."""


class LostAnswer(Exception):
    """The request may have arrived; no answer came back."""


class CircuitOpen(Exception):
    """The vendor failed too often in a row; nothing was tried. `after`: real milliseconds until it may be."""

    def __init__(self, message: str, after: Duration) -> None:
        super().__init__(message)
        self.after = after


def as_plan(asked: Request | Plan) -> Plan:
    """One request is a plan of one."""
    if isinstance(asked, Generator):
        return (yield from asked)
    yield asked
    return None
