"""Tests of values, told once more and plainly: the values' part of `tests.oracle`."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hub.clock import DAY, Instant, parse_instant
from hub.strategy.durations import parse_duration


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
    ahead = [day - at for day in anniversaries(moment, at) if day + lasts > at]
    return min(ahead) <= span


def anniversaries(moment: Instant, at: Instant) -> list[Instant]:
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


def _is_a_day(value: Any) -> bool:
    return isinstance(value, str) and bool(re.fullmatch(r"\d{4}-\d\d-\d\d", value))


def _datetime(at: Instant) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at)


def _instant(moment: datetime) -> Instant:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
