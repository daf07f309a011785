"""The language of segments once more, told from raw events and nothing else: slow, plain, independent.

`holds(written, events, at)` looks at every event again; no state, no aggregates, no clever window.
It is what the hub's evaluators are held against. Conditions are as YAML gives them.
"""

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hub.clock import DAY, Instant, parse_instant
from hub.events import Event
from hub.profiles import mark_of
from hub.strategy.durations import parse_duration

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
SPANS = ("within", "quiet_for", "within_last", "within_next", "anniversary_within")


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


def instants(conditions: Iterable[Written], events: Events, until: Instant) -> list[Instant]:
    """Every instant at which anything can change, with the moments next to it, up to `until`."""
    begun = min((event.at for event in events), default=until)
    spans = {span for condition in conditions for span in _spans(condition)}
    marks = {event.at for event in events}
    marks |= {event.at + span for event in events for span in spans}
    for value in (value for event in events for value in _values(event)):
        marks |= _marks_of(value, spans, begun, until)
    near = {at + step for at in marks for step in (-1, 0, 1)}
    return sorted(at for at in near | {begun, until} if begun <= at <= until)


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
    kind = next(word for word in ("sum", "average", "minimum", "maximum", "first", "last") if word in condition)
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
    for event in done:
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


def cart_lines(done: Events) -> Iterator[tuple[float, Mapping[str, Any]]]:
    """(quantity, product) of what lies in any cart: told event by event, in order of time."""
    carts: dict[str, dict[str, tuple[Instant, float, Mapping[str, Any]]]] = {}
    for event in sorted(done, key=lambda event: (event.at, event.message_id)):
        cart = carts.setdefault(str(event.properties.get("cart_id", "")), {})
        if event.name in ("Product Added", "Product Removed"):
            _put(cart, event, event.properties)
        elif event.name == "Cart Viewed":
            _forget(cart, event.at)
            for product in event.properties["products"]:
                _put(cart, event, product)
        elif event.name in ("Order Completed", "Cart Cleared"):
            for one in [cart] if "cart_id" in event.properties else carts.values():
                _forget(one, event.at + 1)
    # An order also takes what a later message of the same instant put in.
    for event in done:
        if event.name in ("Order Completed", "Cart Cleared"):
            which = event.properties.get("cart_id")
            for name, one in carts.items():
                if which is None or str(which) == name:
                    _forget(one, event.at + 1)
    for cart in carts.values():
        yield from ((quantity, product) for _, quantity, product in cart.values() if quantity > 0)


def _put(cart: dict[str, Any], event: Event, product: Mapping[str, Any]) -> None:
    key = str(product.get("product_id") or product.get("sku") or product.get("name") or "")
    quantity = 0.0 if event.name == "Product Removed" else max(0.0, as_number(product.get("quantity", 1)) or 0.0)
    standing = cart.get(key)
    if key and (standing is None or standing[0] <= event.at):
        cart[key] = (event.at, quantity, product)


def _forget(cart: dict[str, Any], before: Instant) -> None:
    for key in [key for key, (at, _, _) in cart.items() if at < before]:
        del cart[key]


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


# ---- tests of values


def passes(test: Any, value: Any, at: Instant) -> bool:
    tests = test if isinstance(test, dict) else {"is": test}
    if value is None:
        return tests.get("exists") is False
    return all(_passes(word, operand, value, at) for word, operand in tests.items())


def _passes(word: str, operand: Any, value: Any, at: Instant) -> bool:  # noqa: C901, PLR0912 - a table of words
    match word:
        case "exists":
            return bool(operand)
        case "is":
            return same(value, operand)
        case "is_not":
            return not same(value, operand)
        case "in":
            return any(same(value, one) for one in operand)
        case "not_in":
            return not any(same(value, one) for one in operand)
        case "contains" if isinstance(value, list):
            return any(same(one, operand) for one in value)
        case "contains":
            return operand in as_text(value)
        case "starts_with":
            return as_text(value)[: len(operand)] == operand
        case "matches":
            return bool(re.search(operand, as_text(value)))
        case "more_than":
            return not same(value, operand) and not is_less(value, operand)
        case "less_than":
            return is_less(value, operand)
        case "at_least":
            return not is_less(value, operand)
        case "at_most":
            return is_less(value, operand) or same(value, operand)
    moment = as_time(value)
    if moment is None:
        return False
    span = parse_duration(operand)
    if word == "within_last":
        return at - span < moment <= at
    if word == "within_next":
        return at < moment <= at + span
    return _anniversary_is_near(moment, span, at, lasts=DAY if _is_a_day(value) else 0)


def _anniversary_is_near(moment: Instant, span: int, at: Instant, *, lasts: int) -> bool:
    """The next anniversary that is not over is at most a span ahead."""
    ahead = [day - at for day in _anniversaries(moment, at) if day + lasts > at]
    return min(ahead) <= span


def _anniversaries(moment: Instant, at: Instant) -> list[Instant]:
    born = _datetime(moment)
    days = []
    for year in range(_datetime(at).year - 2, _datetime(at).year + 3):
        leap = born.month == 2 and born.day == 29 and not _is_leap(year)
        days.append(_instant(born.replace(year=year, day=28 if leap else born.day)))
    return days


def _is_leap(year: int) -> bool:
    return (date(year, 3, 1) - timedelta(days=1)).day == 29


def same(one: Any, other: Any) -> bool:
    numbers = as_number(one), as_number(other)
    return numbers[0] == numbers[1] if None not in numbers else as_text(one) == as_text(other)


def is_less(one: Any, other: Any) -> bool:
    left, right = as_number(one), as_number(other)
    if left is not None and right is not None:
        return left < right
    return as_text(one) < as_text(other)


def as_number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    if isinstance(value, str) and not re.fullmatch(r"[-+]?\d+(\.\d*)?", value.strip(), re.ASCII):
        return None
    return float(value)


def as_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def as_time(value: Any) -> Instant | None:
    if isinstance(value, str):
        try:
            return parse_instant(value)
        except ValueError:
            return None
    number = as_number(value)
    return None if number is None else round(number * 1_000 if abs(number) < 1e11 else number)


def look(document: Any, path: str) -> Any:
    for part in path.split("."):
        if isinstance(document, list):
            document = document[int(part)] if part.isdigit() and int(part) < len(document) else None
        elif isinstance(document, Mapping):
            document = document.get(part)
        else:
            return None
    return document


def name_of(event: Event) -> str:
    return event.name if event.type == "track" else event.type


# ---- where something can change


def _spans(condition: Any) -> Iterator[int]:
    if isinstance(condition, Mapping):
        for word, value in condition.items():
            if word in SPANS and isinstance(value, str):
                yield parse_duration(value)
            yield from _spans(value)
    elif isinstance(condition, list):
        for part in condition:
            yield from _spans(part)


def _values(event: Event) -> Iterator[Any]:
    todo: list[Any] = [event.properties, event.traits]
    while todo:
        value = todo.pop()
        if isinstance(value, Mapping):
            todo += value.values()
        elif isinstance(value, list):
            todo += value
        else:
            yield value


def _marks_of(value: Any, spans: set[int], begun: Instant, until: Instant) -> set[Instant]:
    moment = as_time(value)
    if moment is None:
        return set()
    days = {moment, *(day for at in (begun, until) for day in _anniversaries(moment, at))}
    return days | {day + DAY for day in days} | {day + sign * span for day in days for span in spans for sign in (-1, 1)}


def _is_a_day(value: Any) -> bool:
    return isinstance(value, str) and bool(re.fullmatch(r"\d{4}-\d\d-\d\d", value))


def _datetime(at: Instant) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at)


def _instant(moment: datetime) -> Instant:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
