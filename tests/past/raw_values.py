"""Tests of values from their description alone; seconds and exact fractions."""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from functools import cache
from typing import Any

DAY = 86_400
_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": DAY, "W": 7 * DAY}


def look(document: Any, path: str) -> Any:
    for part in path.split("."):
        if isinstance(document, list):
            document = document[int(part)] if int(part) < len(document) else None
        elif isinstance(document, dict):
            document = document.get(part)
        else:
            return None
    return document


def number(value: Any) -> Fraction | None:
    """As numbers when they read as numbers: exactly what was written, not the nearest double."""
    if isinstance(value, Fraction):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    return _read(str(value))


@cache
def _read(text: str) -> Fraction | None:
    return Fraction(text) if re.fullmatch(r"[+-]?\d+(\.\d+)?(e[+-]?\d+)?", text) else None


def passes(test: Any, value: Any, at: int) -> bool:
    tests = test if isinstance(test, dict) else {"is": test}
    if value is None:
        return tests.get("exists") is False
    return all(_passes(word, operand, value, at) for word, operand in tests.items())


def _passes(word: str, operand: Any, value: Any, at: int) -> bool:  # noqa: C901, PLR0912 - a table of words
    match word:
        case "exists":
            return bool(operand)
        case "is" | "exactly":
            return _order(value, operand) == 0
        case "is_not":
            return _order(value, operand) != 0
        case "in":
            return any(_order(value, one) == 0 for one in operand)
        case "not_in":
            return all(_order(value, one) != 0 for one in operand)
        case "contains":
            return str(operand) in (value if isinstance(value, list) else str(value))
        case "starts_with":
            return str(value).startswith(str(operand))
        case "matches":
            return re.search(operand, str(value)) is not None
        case "more_than":
            return _order(value, operand) > 0
        case "less_than":
            return _order(value, operand) < 0
        case "at_least":
            return _order(value, operand) >= 0
        case "at_most":
            return _order(value, operand) <= 0
        case "within_last":
            return at - seconds(operand) < _moment(value) <= at
        case "within_next":
            return at < _moment(value) <= at + seconds(operand)
        case "anniversary_within":
            return _next_anniversary(value, at) - at <= seconds(operand)
    raise ValueError(word)


def moments_around(value: str, spans: Iterable[int], first: int, last: int) -> set[int]:
    """When a test of a time against the clock can change its answer."""
    if not re.match(r"\d{4}-\d\d-\d\d", value):
        return set()
    days = {_moment(value), *(day for at in (first, last) for day in _anniversaries(value, at))}
    ends = {day + DAY for day in days}
    return days | ends | {day + sign * span for day in days for span in spans for sign in (1, -1)}


def _order(one: Any, other: Any) -> int:
    left, right = number(one), number(other)
    if left is not None and right is not None:
        return (left > right) - (left < right)
    return (str(one) > str(other)) - (str(one) < str(other))


@cache
def seconds(duration: str) -> int:
    """30s, 10m, 4h, 7d; of ISO 8601 only weeks: P8W."""
    amount, unit = re.fullmatch(r"P?(\d+)([smhdW])", duration).groups()  # type: ignore[union-attr]
    return int(amount) * _SECONDS[unit]


@cache
def _moment(value: str) -> int:
    read = datetime.fromisoformat(value.removesuffix("Z"))
    return round((read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp())


def _next_anniversary(born: str, at: int) -> int:
    """Of a day; the day itself is not over before midnight."""
    return min(day for day in _anniversaries(born, at) if day + DAY > at)


@cache
def _in_years(born: str, year: int) -> tuple[int, ...]:
    day = date.fromisoformat(born)
    return tuple(_midnight(_on(day, other)) for other in (year - 1, year, year + 1, year + 2))


def _anniversaries(born: str, at: int) -> tuple[int, ...]:
    return _in_years(born, (datetime.fromtimestamp(0, UTC) + timedelta(seconds=at)).year)


def _on(day: date, year: int) -> date:
    """Born on 29 February, she celebrates on the 28th in common years."""
    leaps = (date(year, 3, 1) - timedelta(days=1)).day == 29
    return day.replace(year=year) if leaps or (day.month, day.day) != (2, 29) else date(year, 2, 28)


def _midnight(day: date) -> int:
    return (day - date(1970, 1, 1)).days * DAY
