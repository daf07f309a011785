"""Events: facts that clients report about a customer (the tracking spec's messages, taken in).

Standard library only: the Lambda that faces the web and the back-test both live on this module.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from hub.clock import Duration, Instant
from hub.errors import InvalidEvent
from hub.json_values import clean
from hub.reading import id_text
from hub.skew import MAX_SKEW, event_time, read_instant

TYPES = frozenset({"track", "identify", "page", "screen", "group", "alias"})
MAX_MESSAGE_ID = 100
MAX_ID = 256
"""Characters; an e-mail address, the longest id people use, has at most 254 (RFC 5321)."""


@dataclass(slots=True, kw_only=True)
class Event:
    """Nobody changes one; but to have it frozen takes as long as to read its line of JSON."""

    type: str
    message_id: str
    """Unique per source: two events with the same source and message id are one event that came twice."""
    at: Instant
    """When it happened, corrected for the client's clock, never later than received_at."""
    received_at: Instant
    source: str = ""
    """Name of the source its write key stands for."""
    name: str = ""
    """track: the event's name; page and screen: theirs, if any; else empty."""
    user_id: str = ""
    anonymous_id: str = ""
    previous_id: str = ""
    group_id: str = ""
    properties: Mapping[str, Any] = field(default_factory=dict)
    """A page's name and category are among them; a group's are the group's traits."""
    traits: Mapping[str, Any] = field(default_factory=dict)
    """The customer's: identify's own, or else those the client keeps in context.traits."""
    context: Mapping[str, Any] = field(default_factory=dict)
    """As sent, without traits."""
    original_at: Instant | None = None
    """What the client called timestamp."""
    sent_at: Instant | None = None


_FIELDS = tuple(part.name for part in fields(Event))


def to_json(event: Event) -> dict[str, Any]:
    """What travels in the events queue: field -> value, instants in milliseconds, empty fields left out."""
    named = ((name, getattr(event, name)) for name in _FIELDS)
    return {name: value for name, value in named if value or value == 0}


def from_json(record: Mapping[str, Any]) -> Event:
    """The inverse of to_json."""
    return Event(**record)


def accept(
    message: object,
    *,
    received_at: Instant,
    sent_at: Instant | None = None,
    source: str = "",
    envelope_context: Mapping[str, Any] | None = None,
    max_skew: Duration = MAX_SKEW,
) -> Event:
    """Take in one parsed message of the tracking spec, or raise InvalidEvent.

    `sent_at` and `envelope_context` are the batch's; where the message has its own, its own win.
    """
    message = checked(message)
    if envelope_context:
        message = with_context(message, clean(envelope_context))
    return accept_clean(message, received_at=received_at, sent_at=sent_at, source=source, max_skew=max_skew)


def checked(message: object) -> dict[str, Any]:
    """The message, cleaned, if it is an object at all."""
    if not isinstance(message, dict):
        raise InvalidEvent("invalid_message", f"A message must be a JSON object, not {_kind(message)}.")
    cleaned: dict[str, Any] = clean(message)
    return cleaned


def with_context(message: dict[str, Any], outer: Mapping[str, Any]) -> dict[str, Any]:
    """The message with what its context lacks taken from the batch's."""
    return {**message, "context": {**outer, **_object(message, "context")}} if outer else message


def accept_clean(
    message: dict[str, Any],
    *,
    received_at: Instant,
    sent_at: Instant | None = None,
    source: str = "",
    max_skew: Duration = MAX_SKEW,
) -> Event:
    """accept() for an object that `clean` or `parse` of hub.json_values gave: half the time of accept()."""
    kind = _type(message)
    name = _name(message, kind)
    user_id = _id(message, "userId")
    anonymous_id = _id(message, "anonymousId")
    previous_id = _id(message, "previousId")
    _require_identity(kind, user_id, anonymous_id, previous_id)
    context = _object(message, "context")
    if "sentAt" in message and (own_sent_at := read_instant(message["sentAt"])) is not None:
        sent_at = own_sent_at
    original_at = read_instant(message.get("timestamp"))
    if original_at is None:  # Rudder's clients call it so
        original_at = read_instant(message.get("originalTimestamp"))
    return Event(
        type=kind,
        message_id=_id(message, "messageId", MAX_MESSAGE_ID) or f"hub-{os.urandom(16).hex()}",
        at=event_time(original_at, sent_at, received_at, max_skew),
        received_at=received_at,
        source=source,
        name=name,
        user_id=user_id,
        anonymous_id=anonymous_id,
        previous_id=previous_id,
        group_id=_id(message, "groupId"),
        properties=_properties(message, kind),
        traits=_traits(message, kind, context),
        context=_without_traits(context),
        original_at=original_at,
        sent_at=sent_at,
    )


def _type(message: dict[str, Any]) -> str:
    kind = message.get("type")
    if type(kind) is str and kind in TYPES:
        return kind
    raise InvalidEvent("unknown_type", f"type must be one of {', '.join(sorted(TYPES))}; this one is not.")


def _name(message: dict[str, Any], kind: str) -> str:
    if kind == "track":
        return _text(message, "event") or _missing(
            "missing_event", "track needs an event: the name of what was done"
        )
    return _text(message, "name") if kind in ("page", "screen") else ""


def _require_identity(kind: str, user_id: str, anonymous_id: str, previous_id: str) -> None:
    if not user_id and not anonymous_id:
        _missing("no_user_anon_id", "it needs a userId or an anonymousId that is not empty")
    if kind != "alias":
        return
    if not user_id:
        _missing("no_user_anon_id", "alias needs a userId: the id that stays")
    if not previous_id:
        _missing("missing_previous_id", "alias needs a previousId: the id that the customer had before")


def _id(message: dict[str, Any], key: str, limit: int = MAX_ID) -> str:
    value = message.get(key)
    if value is None:
        return ""
    text = value.strip() if type(value) is str else _text(message, key)
    if len(text) > limit:
        raise _invalid(key, f"has {len(text)} characters; at most {limit} are allowed")
    return text


def _text(message: dict[str, Any], key: str) -> str:
    """Trimmed; numbers become text."""
    value = message.get(key)
    if (text := "" if value is None else id_text(value)) is None:
        raise _invalid(key, f"must be text or a number, not {_kind(value)}")
    return text


def _object(parent: Mapping[str, Any], key: str) -> dict[str, Any]:
    value = parent.get(key)
    if type(value) is dict:
        return value
    if value is None or value == []:  # PHP writes an empty object as []
        return {}
    raise _invalid(key, f"must be an object, not {_kind(value)}")


def _properties(message: dict[str, Any], kind: str) -> dict[str, Any]:
    if kind == "group":
        return _object(message, "traits")
    properties = _object(message, "properties")
    if kind not in ("page", "screen"):
        return properties
    # analytics.js copies both into properties, the servers' clients do not: make them alike.
    return {key: message[key] for key in ("name", "category") if message.get(key)} | properties


def _traits(message: dict[str, Any], kind: str, context: dict[str, Any]) -> dict[str, Any]:
    own = _object(message, "traits") if kind == "identify" else None
    return own or _object(context, "traits")


def _without_traits(context: dict[str, Any]) -> dict[str, Any]:
    return (
        {key: value for key, value in context.items() if key != "traits"} if "traits" in context else context
    )


def _missing(code: str, sentence: str) -> str:
    raise InvalidEvent(code, f"The message is incomplete: {sentence}.")


def _invalid(key: str, sentence: str) -> InvalidEvent:
    snake = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in key)
    return InvalidEvent(f"invalid_{snake}", f"{key} {sentence}.")


def _kind(value: object) -> str:
    names = {dict: "an object", list: "a list", str: "text", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")
