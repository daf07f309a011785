"""Inbound: what a vendor calls us with, who may say it, and what it means in our words."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl

from hub.clock import Instant
from hub.connector_kit.rendering import look_up
from hub.deliveries import Delivery, Status
from hub.events import Event

News = Delivery | Event


@dataclass(frozen=True, kw_only=True)
class Hook:
    """One call, as it arrived: signatures are made over the raw bytes. Header names are lower-case."""

    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    received_at: Instant
    """Hub time: what the news is stamped with."""
    real_at: Instant
    """Real time: what a signature's timestamp is checked against."""

    def at(self, path: str) -> Any:
        """The value at a dotted path of the JSON body, "" where there is none."""
        return look_up({"body": self._json}, f"body.{path}")

    @cached_property
    def form(self) -> dict[str, str]:
        """The body as a form."""
        return dict(parse_qsl(self.body.decode(errors="replace")))

    @cached_property
    def _json(self) -> Any:
        try:
            return json.loads(self.body)
        except ValueError:
            return None


@dataclass(frozen=True, kw_only=True)
class Callbacks:
    """A connector's inbound side. Both get the connector's own credentials."""

    verify: Callable[[Hook, Any], bool]
    """Is this the vendor speaking?"""
    read: Callable[[Hook, Any], Iterable[News]]
    """What it means; nothing for topics that do not concern us."""
    page: Callable[[Hook, Any], str] | None = None
    """HTML for a person who opens the same address in a browser (GET)."""
    event_source: str = ""
    """`source` of the EventBridge events it reads: IAM vouches for those, not a signature."""
    read_event: Callable[[Hook, Any], Iterable[News]] | None = None
    """What such an event means; its body is the whole EventBridge envelope."""


def withdrawal(
    purposes: Iterable[str], hook: Hook, source: str, message_id: str, ids: Mapping[str, Any]
) -> Event:
    """The customer told a vendor no: the event a consent banner sends. `ids`: user_id and/or email."""
    email = ids.get("email")
    return Event(
        type="identify",
        message_id=message_id,
        at=hook.received_at,
        received_at=hook.received_at,
        source=source,
        user_id=str(ids.get("user_id") or ""),
        traits={"email": email} if email else {},
        context={"consent": {"categoryPreferences": dict.fromkeys(purposes, False)}},
    )


@dataclass(frozen=True, kw_only=True)
class Sender:
    """Whose message it was that a vendor speaks of."""

    connector: str
    action: str
    channel: str

    def report(self, ids: Mapping[str, Any], status: Status, at: Instant, reason: str = "") -> Delivery:
        """`ids` travelled with the message to the vendor and back: message_id, profile_id, enrollment_id,
        journey, step, as text or as a list of one, as tags come."""
        read = {
            name: _one(ids.get(name)) for name in ("message_id", "profile_id", "enrollment_id", "journey")
        }
        return Delivery(
            **read,
            step=int(_one(ids.get("step")) or 0),
            connector=self.connector,
            action=self.action,
            channel=self.channel,
            status=status,
            at=at,
            reason=reason,
        )


def _one(value: Any) -> str:
    first = value[0] if isinstance(value, list) and value else value
    return "" if first is None else str(first)
