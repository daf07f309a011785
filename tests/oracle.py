"""The language of segments once more, told from raw events and nothing else: slow, plain, independent.

`holds(written, events, at)` looks at every event again; no state, no aggregates, no clever window.
It is what the hub's evaluators are held against. Conditions are as YAML gives them.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hub.clock import Instant, parse_instant
from hub.events import Event
from hub.profiles import mark_of
from hub.strategy.durations import parse_duration
from tests.oracle_carts import cart_lines
from tests.oracle_instants import instants
from tests.oracle_values import as_number, look, passes

Written = Mapping[str, Any]
Events = Sequence[Event]

KINDS = (
    "all", "any", "not", "did", "did_not", "sum", "average", "minimum", "maximum", "first", "last",
    "trait", "cart", "quiet_for", "in_segment", "identified_by", "consents_to",
)  # fmt: skip
TESTS = (
    "is", "is_not", "in", "not_in", "contains", "starts_with", "matches", "exists", "more_than",
    "less_than", "at_least", "at_most", "within_last", "within_next", "anniversary_within",
)  # fmt: skip


def holds(
    condition: Written, events: Events, at: Instant, segments: Mapping[str, Written] | None = None
) -> bool:
    """Whether a condition holds at an instant, for who did all this up to then."""
    done = happened(events, at)
    return _holds(condition, done, at, segments or {})


def stays(
    condition: Written, events: Events, until: Instant, segments: Mapping[str, Written] | None = None
) -> list[tuple[Instant, Instant | None]]:
    """[entered at, left at) of the segment, from the first event to `until`; None: still in."""
    others = segments or {}
    found: list[tuple[Instant, Instant | None]] = []
    inside = False
    for at in instants([condition, *others.values()], events, until):
        now = holds(condition, events, at, others)
        if now and not inside:
            found.append((at, None))
        elif inside and not now:
            found[-1] = (found[-1][0], at)
        inside = now
    return found


def happened(events: Events, at: Instant) -> list[Event]:
    """Each message once, in order."""
    once = {(event.source, event.message_id): event for event in events if event.at <= at}
    return sorted(once.values(), key=_order)


def _order(event: Event) -> tuple[Instant, str]:
    return event.at, mark_of(event.source, event.message_id)


def _holds(condition: Written, done: Events, at: Instant, segments: Mapping[str, Written]) -> bool:
    kind = next(word for word in KINDS if word in condition)
    match kind:
        case "all":
            return all(_holds(part, done, at, segments) for part in condition["all"])
        case "any":
            return any(_holds(part, done, at, segments) for part in condition["any"])
        case "not":
            return not _holds(condition["not"], done, at, segments)
        case "in_segment":
            return _holds(segments[condition["in_segment"]], done, at, segments)
        case _:
            return LEAVES[kind](condition, done, at)


def _did(condition: Written, done: Events, at: Instant) -> bool:
    counted = _counted(condition, condition["did"], done, at)
    if counted is None:
        return False
    if "exactly" in condition:
        return len(counted) == condition["exactly"]
    if "at_most" in condition:
        return len(counted) <= condition["at_most"]
    return len(counted) >= condition.get("at_least", 1)


def _did_not(condition: Written, done: Events, at: Instant) -> bool:
    return not _counted(condition, condition["did_not"], done, at)


def _total(condition: Written, done: Events, at: Instant) -> bool:
    kind = next(
        word for word in ("sum", "average", "minimum", "maximum", "first", "last") if word in condition
    )
    counted = _counted(condition, condition["of"], done, at)
    if counted is None:
        return False
    values = [value for event in counted if (value := look(event.properties, condition[kind])) is not None]
    return passes({word: condition[word] for word in TESTS if word in condition}, _result(kind, values), at)


def _result(kind: str, values: list[Any]) -> Any:
    if kind in ("first", "last"):
        return None if not values else values[0] if kind == "first" else values[-1]
    numbers = [number for value in values if (number := as_number(value)) is not None]
    if kind == "sum":
        return round(math.fsum(numbers), 6)
    if not numbers:
        return None
    if kind == "average":
        return round(math.fsum(numbers) / len(numbers), 6)
    return min(numbers) if kind == "minimum" else max(numbers)


def _counted(condition: Written, names: str | list[str], done: Events, at: Instant) -> list[Event] | None:
    """The events that pass the filter; None while the event of `since` never happened."""
    wanted = [names] if isinstance(names, str) else names
    found = [event for event in done if name_of(event) in wanted]
    for path, test in condition.get("where", {}).items():
        found = [event for event in found if passes(test, look(event.properties, path), at)]
    if "within" in condition:
        return [event for event in found if at - parse_duration(condition["within"]) < event.at <= at]
    if "after" in condition:
        return [event for event in found if event.at > parse_instant(condition["after"])]
    if "before" in condition:
        return [event for event in found if event.at < parse_instant(condition["before"])]
    if "since" in condition:
        marks = [event.at for event in done if name_of(event) == condition["since"]["last"]]
        return [event for event in found if event.at > max(marks)] if marks else None
    return found


def _trait(condition: Written, done: Events, at: Instant) -> bool:
    known: dict[str, Any] = {}
    for event in sorted(done, key=lambda event: (event.at, event.message_id)):
        known |= event.traits
    tests = {word: condition[word] for word in TESTS if word in condition}
    return passes(tests, look(known, condition["trait"]), at)


def _cart(condition: Written, done: Events, at: Instant) -> bool:
    lines = list(cart_lines(done))
    asked = condition["cart"]
    items = sum(quantity for quantity, _ in lines)
    value = round(sum(quantity * (as_number(product.get("price")) or 0) for quantity, product in lines), 2)
    return (
        ("items" not in asked or passes(_as_is(asked["items"]), items, at))
        and ("value" not in asked or passes(asked["value"], value, at))
        and ("contains" not in asked or any(_fits(asked["contains"], line, at) for _, line in lines))
    )


def _as_is(test: Any) -> Any:
    return {"is": test["exactly"]} if isinstance(test, dict) and "exactly" in test else test


def _fits(tests: Mapping[str, Any], line: Mapping[str, Any], at: Instant) -> bool:
    return all(passes(test, look(line, path), at) for path, test in tests.items())


def _quiet(condition: Written, done: Events, at: Instant) -> bool:
    return at >= max(event.at for event in done) + parse_duration(condition["quiet_for"])


def _identified(condition: Written, done: Events, _at: Instant) -> bool:
    kind = condition["identified_by"]
    if kind in ("user_id", "anonymous_id"):
        return any(getattr(event, kind) for event in done)
    return any(event.traits.get(kind) for event in done)


def _consents(condition: Written, done: Events, _at: Instant) -> bool:
    said = [
        (event.at, not given)
        for event in done
        for purpose, given in event.context.get("consent", {}).get("categoryPreferences", {}).items()
        if purpose == condition["consents_to"]
    ]
    return bool(said) and not max(said)[1]


LEAVES: dict[str, Callable[[Written, Events, Instant], bool]] = {
    "did": _did,
    "did_not": _did_not,
    **dict.fromkeys(("sum", "average", "minimum", "maximum", "first", "last"), _total),
    "trait": _trait,
    "cart": _cart,
    "quiet_for": _quiet,
    "identified_by": _identified,
    "consents_to": _consents,
}


def name_of(event: Event) -> str:
    return event.name if event.type == "track" else event.type
