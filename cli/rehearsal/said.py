"""What customers do in a rehearsal: messages of the tracking spec, short to write."""

from collections.abc import Mapping
from typing import Any

from hub.authoring.moments import in_calendar
from hub.clock import Duration, Instant, format_instant
from hub.strategy.durations import parse_duration
from hub.strategy.model import Mistake

Said = Mapping[str, Any]
"""A message of the tracking spec; `ago` ("10m") where it happened earlier and is heard of only now."""


def track(event: str, **properties: Any) -> Said:
    """track("Product Added", product_id="tea", price=12.5)."""
    return {"type": "track", "event": event, "properties": properties}


def identify(**traits: Any) -> Said:
    """identify(email="anna@example.com", first_name="Anna")."""
    return {"type": "identify", "traits": traits}


def page(name: str = "", **properties: Any) -> Said:
    return {"type": "page", "name": name, "properties": properties}


def consents(**purposes: bool) -> Said:
    """consents(email=True, advertising=False): her word on purposes of the policy."""
    for purpose, given in purposes.items():
        if not isinstance(given, bool):
            raise Mistake(f"{purpose}: {given!r} is neither yes nor no", "write True or False")
    context = {"consent": {"categoryPreferences": purposes}}
    return {"type": "track", "event": "Segment Consent Preference Updated", "context": context}


def by(user_id: str, said: Said) -> Said:
    """The same, done by another customer."""
    return {**said, "userId": user_id}


def ago(duration: str, said: Said) -> Said:
    """The same, so long ago: it is heard of late."""
    return {**said, "ago": duration}


def message_of(said: Said, customer: str, now: Instant) -> dict[str, Any]:
    """As her client posts it now."""
    if not isinstance(said, Mapping):
        raise Mistake(f"{said!r} is no message", f"write track({said!r}), identify(…), or a dict of the spec")
    message = {name: value for name, value in said.items() if name != "ago"}
    if not {"userId", "anonymousId"} & message.keys():
        message["userId"] = customer
    if "ago" in said:
        message["timestamp"] = format_instant(in_calendar(now - in_milliseconds(said["ago"])))
    return message


def in_milliseconds(duration: str | Duration) -> Duration:
    return parse_duration(duration) if isinstance(duration, str) else duration
