"""What stands in a message of the events queue: events, deliveries, ticks, breakdowns, back-fills' asking."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from hub.absorbing import Fact
from hub.backfilling import Look
from hub.deliveries import Delivery
from hub.enrollments import Breakdown
from hub.events import Event, from_json, to_json
from hub.recalling import Recall
from hub.timers import Tick

_KINDS: dict[type, tuple[str, ...]] = {
    str: ("type", "message_id", "source", "name", "user_id", "anonymous_id", "previous_id", "group_id"),
    int: ("at", "received_at"),
    dict: ("properties", "traits", "context"),
}
UNREADABLE = (ValueError, KeyError, TypeError, RecursionError)
"""What reading raises on a text that is none of ours; none of it gets better by itself."""


@dataclass(slots=True)
class Letter:
    """A queue message, read as far as it can be read."""

    facts: list[Fact] = field(default_factory=list)
    unread: list[tuple[str, Exception]] = field(default_factory=list)
    """Bodies of messages of their own, of what is in it and cannot be read, with the reason."""


def read(body: str) -> list[Fact]:
    """The facts of one queue message; one of UNREADABLE if any of it is none of ours."""
    letter = unfold(body)
    if letter.unread:
        raise letter.unread[0][1]
    return letter.facts


def unfold(body: str) -> Letter:
    """Whatever stands in a message, one unreadable event costing no other."""
    letter = Letter()
    try:
        name, records, read_one = _contents(json.loads(body))
    except UNREADABLE as error:
        return Letter(unread=[(body, error)])
    for record in records:
        try:
            letter.facts.append(read_one(record))
        except UNREADABLE as error:
            letter.unread.append((_body(name, record), error))
    return letter


def write(fact: Fact, *others: Fact) -> str:
    """The body of a message with these facts, all of one kind; a tick stands alone."""
    name, record = _record(fact)
    return _body(name, record, *(_record(other)[1] for other in others))


def _record(fact: Fact) -> tuple[str, Any]:
    """What facts of its kind are called, and it."""
    if isinstance(fact, Event):
        return "events", to_json(fact)
    if isinstance(fact, Delivery):
        return "deliveries", fact.model_dump(mode="json", exclude_defaults=True)
    if isinstance(fact, Look):
        return "looks", {"profile_id": fact.profile_id, "at": fact.at}
    if isinstance(fact, Breakdown):
        return "breakdowns", asdict(fact)
    if isinstance(fact, Recall):
        return "recalls", {"event": to_json(fact.event), "keys": fact.keys}
    return "tick", fact.model_dump()


def _contents(record: dict[str, Any]) -> tuple[str, list[Any], Callable[[Any], Fact]]:
    """What they are called, they, and how one is read."""
    if "events" in record:
        return "events", _list(record["events"]), _event
    for name, read_one in _OTHERS.items():
        if name in record:
            return name, _list(record[name]), read_one
    return "tick", [record["tick"]], Tick.model_validate


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError("a list is expected")
    return value


def _event(record: Any) -> Event:
    event = from_json(record)
    for kind, names in _KINDS.items():
        if not all(type(getattr(event, name)) is kind for name in names):
            raise TypeError(f"of {', '.join(names)} something is no {kind.__name__}")
    return event


def _look(record: Any) -> Look:
    return Look(profile_id=record["profile_id"], at=record["at"])


def _breakdown(record: Any) -> Breakdown:
    return Breakdown(profile_id=record["profile_id"], enrollment_id=record["enrollment_id"], at=record["at"])


def _recall(record: Any) -> Recall:
    return Recall(event=_event(record["event"]), keys=tuple(record["keys"]))


_OTHERS: dict[str, Callable[[Any], Fact]] = {
    "deliveries": Delivery.model_validate,
    "looks": _look,
    "breakdowns": _breakdown,
    "recalls": _recall,
}


def _body(name: str, *records: Any) -> str:
    return json.dumps({name: records[0] if name == "tick" else records})
