"""The segment language from its description alone, over raw messages: slow, plain, no line of the hub's.

What the hub's back-test is held against. Instants and durations are whole seconds; a message is the
dictionary that its line of JSON was. `stays` asks again at every second at which an answer can change.
"""

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from functools import cache
from hashlib import blake2b
from typing import Any, NamedTuple

from tests.past.raw_carts import open_lines
from tests.past.raw_lifetimes import lifetime
from tests.past.raw_values import look, moments_around, number, passes, seconds

Written = Mapping[str, Any]
Stays = list[tuple[int, int | None]]
TOTALS = ("sum", "average", "minimum", "maximum", "first", "last")
_SPANS = ("within", "quiet_for", "within_last", "within_next", "anniversary_within")


class Act(NamedTuple):
    """One thing somebody did."""

    at: int
    tie: str
    """Which of two acts of one second is later, the language does not say: in the hub this digest does."""
    name: str
    message: Mapping[str, Any]

    @property
    def properties(self) -> Mapping[str, Any]:
        return self.message.get("properties", {})  # type: ignore[no-any-return]


def acts_of(messages: Sequence[Mapping[str, Any]]) -> list[Act]:
    """Each message once, in order of time; of two that bear one id the earlier is the message."""
    latest_first = sorted(map(_act, messages), key=lambda act: act[:2], reverse=True)
    once = {act.message["messageId"]: act for act in latest_first}
    return sorted(once.values(), key=lambda act: act[:2])


def stays(name: str, segments: Mapping[str, Written], acts: Sequence[Act], until: int) -> Stays:
    """[entered at, left at) of one customer, None for who is still in."""
    times = [act.at for act in acts]
    found: Stays = []
    for at in _seconds_that_matter(name, segments, acts, until):
        inside = bool(found) and found[-1][1] is None
        holds = _holds({"in_segment": name}, acts[: bisect_right(times, at)], at, segments)
        if holds and not inside:
            found.append((at, None))
        elif inside and not holds:
            found[-1] = (found[-1][0], at)
    return found


@cache
def instant(text: str) -> int:
    """ISO 8601 in UTC."""
    return round(datetime.fromisoformat(text.removesuffix("Z") + "+00:00").timestamp())


def _act(message: Mapping[str, Any]) -> Act:
    tie = blake2b(f"\x1f{message['messageId']}".encode(), digest_size=6).hexdigest()
    name = message["event"] if message["type"] == "track" else message["type"]
    return Act(instant(message["timestamp"]), tie, name, message)


def _seconds_that_matter(
    name: str, segments: Mapping[str, Written], acts: Sequence[Act], until: int
) -> list[int]:
    spans, traits = _asked({"in_segment": name}, segments)
    found = {act.at for act in acts} | {until}
    found |= {act.at + span for act in acts for span in spans}
    told = [look(act.message.get("traits", {}), trait) for trait in traits for act in acts]
    for value in {value for value in told if isinstance(value, str)}:
        found |= moments_around(value, spans, acts[0].at, until)
    return sorted(at for at in found if acts[0].at <= at <= until)


def _asked(part: Any, segments: Mapping[str, Written]) -> tuple[set[int], set[str]]:
    """Every duration and every trait that a condition speaks of, also by way of other segments."""
    spans: set[int] = set()
    traits: set[str] = set()
    todo = [part]
    while todo:
        part = todo.pop()
        if isinstance(part, list):
            todo += part
        elif isinstance(part, dict):
            todo += part.values()
            todo += [segments[part["in_segment"]]] if "in_segment" in part else []
            spans |= {seconds(part[word]) for word in _SPANS if word in part}
            traits |= {part["trait"]} if "trait" in part else set()
    return spans, traits


def _holds(condition: Written, done: Sequence[Act], at: int, segments: Mapping[str, Written]) -> bool:
    if "all" in condition:
        return all(_holds(part, done, at, segments) for part in condition["all"])
    if "any" in condition:
        return any(_holds(part, done, at, segments) for part in condition["any"])
    if "not" in condition:
        return not _holds(condition["not"], done, at, segments)
    if "in_segment" in condition:
        return _holds(segments[condition["in_segment"]], done, at, segments)
    word = next(word for word in LEAVES if word in condition)
    return LEAVES[word](condition, done, at)


def _counted(condition: Written, names: str | list[str], done: Sequence[Act], at: int) -> list[Act] | None:
    """What passes the filter; None while the event of `since` never happened."""
    wanted = [names] if isinstance(names, str) else names
    after, before = -1, at
    if "within" in condition:
        after = at - seconds(condition["within"])
    elif "after" in condition:
        after = instant(condition["after"])
    elif "before" in condition:
        before = instant(condition["before"]) - 1
    elif "since" in condition:
        marks = [act.at for act in done if act.name == condition["since"]["last"]]
        if not marks:
            return None
        after = max(marks)
    tests = condition.get("where", {})
    return [
        act
        for act in done
        if act.name in wanted
        and after < act.at <= before
        and all(passes(test, look(act.properties, path), at) for path, test in tests.items())
    ]


def _did(condition: Written, done: Sequence[Act], at: int) -> bool:
    counted = _counted(condition, condition["did"], done, at)
    if counted is None:
        return False
    number_of_times = len(counted)
    if "exactly" in condition:
        return bool(number_of_times == condition["exactly"])
    if "at_most" in condition:
        return bool(number_of_times <= condition["at_most"])
    return bool(number_of_times >= condition.get("at_least", 1))


def _did_not(condition: Written, done: Sequence[Act], at: int) -> bool:
    return not _counted(condition, condition["did_not"], done, at)


def _total(condition: Written, done: Sequence[Act], at: int) -> bool:
    word = next(word for word in TOTALS if word in condition)
    counted = _counted(condition, condition["of"], done, at)
    if counted is None:
        return False
    told = [value for act in counted if (value := look(act.properties, condition[word])) is not None]
    return passes(_test_beside(condition), _result(word, told), at)


def _result(word: str, told: list[Any]) -> Any:
    if word in ("first", "last"):
        return (told[0] if word == "first" else told[-1]) if told else None
    numbers = [exact for value in told if (exact := number(value)) is not None]
    if word == "sum":
        return sum(numbers, start=Fraction(0))
    if not numbers:
        return None
    if word == "average":
        return sum(numbers) / len(numbers)
    return min(numbers) if word == "minimum" else max(numbers)


def _trait(condition: Written, done: Sequence[Act], at: int) -> bool:
    if condition["trait"].startswith("lifetime."):
        return passes(_test_beside(condition), lifetime(done)[condition["trait"][9:]], at)
    told = [act.message["traits"] for act in done if condition["trait"] in act.message.get("traits", {})]
    return passes(_test_beside(condition), told[-1][condition["trait"]] if told else None, at)


def _cart(condition: Written, done: Sequence[Act], at: int) -> bool:
    lines, asked = open_lines(done), condition["cart"]
    items = sum(line["quantity"] for line in lines)
    value = sum((number(line["price"]) or 0) * line["quantity"] for line in lines)
    return (
        passes(asked.get("items", {}), items, at)
        and passes(asked.get("value", {}), value, at)
        and ("contains" not in asked or any(_fits(asked["contains"], line, at) for line in lines))
    )


def _fits(tests: Mapping[str, Any], line: Mapping[str, Any], at: int) -> bool:
    return all(passes(test, look(line, path), at) for path, test in tests.items())


def _quiet(condition: Written, done: Sequence[Act], at: int) -> bool:
    return at >= done[-1].at + seconds(condition["quiet_for"])


def _identified(condition: Written, done: Sequence[Act], _at: int) -> bool:
    key = {"user_id": "userId", "anonymous_id": "anonymousId"}.get(condition["identified_by"])
    if key:
        return any(act.message.get(key) for act in done)
    return any(act.message.get("traits", {}).get(condition["identified_by"]) for act in done)


def _consents(condition: Written, done: Sequence[Act], _at: int) -> bool:
    path = f"context.consent.categoryPreferences.{condition['consents_to']}"
    told = [said for act in done if (said := look(act.message, path)) is not None]
    return bool(told) and bool(told[-1])


def _test_beside(condition: Written) -> dict[str, Any]:
    beside = {"of", "where", "within", "since", "after", "before", "trait", *TOTALS}
    return {word: operand for word, operand in condition.items() if word not in beside}


LEAVES: dict[str, Callable[[Written, Sequence[Act], int], bool]] = {
    "did": _did,
    "did_not": _did_not,
    **dict.fromkeys(TOTALS, _total),
    "trait": _trait,
    "cart": _cart,
    "quiet_for": _quiet,
    "identified_by": _identified,
    "consents_to": _consents,
}
