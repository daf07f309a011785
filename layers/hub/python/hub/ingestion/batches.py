"""The messages of one request: the good ones taken in, the bad ones listed by index with a reason."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hub.archive_lines import write_line
from hub.clock import Duration, Instant
from hub.errors import InvalidEvent
from hub.events import Event, accept_clean, checked, with_context

MAX_MESSAGE = 32_768
"""Bytes of a message as compact JSON: 32 KB as Segment's clients count them."""
MAX_MESSAGES = 2_500
MAX_LISTED = 10_000
"""Rejections listed in an answer; a Lambda's answer ends at 6 MB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """What all messages of one request have in common."""

    source: str
    received_at: Instant
    max_skew: Duration
    sent_at: Instant | None = None
    context: Mapping[str, Any] = field(default_factory=dict)
    """The batch's, cleaned, and what the connection says."""
    device_context: Mapping[str, Any] = field(default_factory=dict)
    """The same, for messages that come from a browser or an app."""
    is_small: bool = False
    """The body is no larger than one message may be, so none of them can be too large."""


@dataclass(slots=True)
class Intake:
    events: list[Event] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    errors: list[dict[str, Any]] = field(default_factory=list)
    """{index, code, message} of each message that was refused."""

    @property
    def rejected(self) -> Mapping[str, int]:
        return Counter(error["code"] for error in self.errors)


def take_batch(messages: Sequence[object], arrival: Arrival) -> Intake:
    """The first 2,500 messages one by one, the surplus refused."""
    intake = Intake()
    for index, message in enumerate(messages):
        try:
            _limit(index)
            event, line = take(message, arrival)
        except InvalidEvent as invalid:
            intake.errors.append({"index": index, "code": invalid.code, "message": invalid.message})
        else:
            intake.events.append(event)
            intake.lines.append(line)
    return intake


def take(message: object, arrival: Arrival) -> tuple[Event, str]:
    """One message as an event and as a line of the archive, or InvalidEvent."""
    cleaned = checked(message)
    if not arrival.is_small:
        _measure(cleaned)
    full = with_context(cleaned, _outer_context(cleaned, arrival))
    event = accept_clean(
        full,
        received_at=arrival.received_at,
        sent_at=arrival.sent_at,
        source=arrival.source,
        max_skew=arrival.max_skew,
    )
    return event, write_line(full, event)


def _limit(index: int) -> None:
    if index >= MAX_MESSAGES:
        raise InvalidEvent(
            "too_many_messages", f"A batch may have {MAX_MESSAGES:,} messages; put this one into another."
        )


def _measure(message: dict[str, Any]) -> None:
    size = len(json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode())
    if size > MAX_MESSAGE:
        raise InvalidEvent(
            "message_too_large", f"The message has {size:,} bytes; at most {MAX_MESSAGE:,} are allowed."
        )


def _outer_context(message: dict[str, Any], arrival: Arrival) -> Mapping[str, Any]:
    """The connection's address is the customer's if a browser or an app sent it, or the caller says so."""
    if message.get("channel") in ("browser", "web", "mobile"):
        return arrival.device_context
    context = message.get("context")
    if isinstance(context, dict) and context.get("direct") is True:
        return arrival.device_context
    return arrival.context
