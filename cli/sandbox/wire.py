"""What travels between a connector and a played vendor."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit

from hub.clock import Instant

State = dict[str, Any]
"""What one vendor remembers between requests (contacts, audiences); lives as long as the sandbox."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    method: str
    path: str
    """As the vendor would see it: without the connector's name, at least "/"."""
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    """Names as the client wrote them; ask through `header`."""
    raw: bytes = b""
    received_at: Instant = 0
    """By the real clock: signatures and tokens age in real time, whatever speed the hub runs at."""

    @property
    def body(self) -> Any:
        """JSON where it is JSON, else text, None where there is none."""
        if not self.raw:
            return None
        try:
            return json.loads(self.raw)
        except ValueError:
            return self.raw.decode(errors="replace")

    def header(self, name: str) -> str:
        wanted = name.lower()
        return next((value for key, value in self.headers.items() if key.lower() == wanted), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    status: int = 200
    body: Any = None
    """Sent as JSON; None sends nothing."""
    headers: Mapping[str, str] = field(default_factory=dict)


class Refused(Exception):
    """The vendor says no; `code` and `headers` in the vendor's own terms."""

    def __init__(
        self, status: int, message: str, code: str = "", headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code
        self.headers = headers or {}


def plain_error(refused: Refused) -> Response:
    """Of a vendor that has no form of its own."""
    return Response(status=refused.status, body={"error": refused.message}, headers=refused.headers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """What one request meant for one customer, in words that all vendors share."""

    kind: Literal["message", "on", "off"]
    who: frozenset[str]
    """All that the request says of her: addresses, ids, hashes."""
    what: str
    """Subject, audience, or what is written on her."""
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Vendor:
    """How one vendor is played; each module of `cli.sandbox.vendors` declares one as `VENDOR`."""

    answer: Callable[[Request, State], Response]
    """Touches nothing but the state it is given; raises Refused."""
    error: Callable[[Refused], Response] = plain_error
    """The vendor's own form of an error."""
    auth: Refused
    """What it says to a dead credential."""
    throttled: Refused
    """What it says when asked too often."""
    partial: Callable[[Request, State], Response] | None = None
    """Takes all but the first item, where the vendor knows such a thing."""

    tell: Callable[[Request], list[Sighting]] = lambda _: []
    """What a request that was answered well has done to whom."""
    own_id: Callable[[str], str] = str
    """What the vendor itself calls somebody who came to it under this id."""

    def respond(self, request: Request, state: State) -> Response:
        try:
            return self.answer(request, state)
        except Refused as refused:
            return self.error(refused)
        except (AttributeError, KeyError, TypeError, ValueError) as odd:
            # A shape no check foresaw (a text where an object belongs): no vendor takes that.
            return self.error(Refused(400, f"malformed request: {odd}"))


def split_target(target: str) -> tuple[str, str, dict[str, str]]:
    """(connector, path, query) of a request line's target: "/intercom/contacts?page=2"."""
    parts = urlsplit(target)
    connector, _, rest = parts.path.lstrip("/").partition("/")
    return connector, f"/{rest}", dict(parse_qsl(parts.query, keep_blank_values=True))
