"""The TEST of the strategy language, compiled: does a value pass, and when can that change by itself.

Values compare as numbers when both sides read as numbers, else as text; a missing value fails
every test but `exists: false`.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from hub.aggregates import pick
from hub.clock import DAY, Duration, Instant, parse_instant
from hub.strategy.comparisons import Comparison

Check = Callable[[Any], bool]
Flips = Callable[[Instant, Instant], Iterable[Instant]]
"""(value, now) -> the instants after now at which a time-bound test may change its answer."""


@dataclass(frozen=True, slots=True)
class Test:
    """`checks` look at the value alone, `windows` at the value and the time."""

    checks: tuple[Check, ...]
    windows: tuple["Window", ...]
    wants_missing: bool | None
    """True: passes only without a value. False or None: a value must be there."""

    def passes(self, value: Any, now: Instant) -> bool:
        if value is None or self.wants_missing:
            return value is None and bool(self.wants_missing)
        return all(check(value) for check in self.checks) and all(
            window.holds(value, now) for window in self.windows
        )

    def next_change(self, value: Any, now: Instant) -> Instant | None:
        """The first instant after `now` at which the answer is another one; None if never."""
        if not self.windows or value is None:
            return None
        before = self.passes(value, now)
        instants = sorted({at for window in self.windows for at in window.edges(value, now) if at > now})
        return next((at for at in instants if self.passes(value, at) != before), None)


@dataclass(frozen=True, slots=True)
class Window:
    """A test against the time: true on [start, end) around the instant that the value is."""

    span: Duration
    kind: str

    def holds(self, value: Any, now: Instant) -> bool:
        return any(start <= now < end for start, end in self._intervals(value, now))

    def edges(self, value: Any, now: Instant) -> list[Instant]:
        return [edge for interval in self._intervals(value, now) for edge in interval]

    def _intervals(self, value: Any, now: Instant) -> list[tuple[Instant, Instant]]:
        at = instant_of(value)
        if at is None:
            return []
        if self.kind == "within_last":
            return [(at, at + self.span)]
        if self.kind == "within_next":
            return [(at - self.span, at)]
        # A date without a time is a whole day: a birthday is still within reach on the day itself.
        length = DAY if isinstance(value, str) and len(value.strip()) == len("1990-05-17") else 0
        return [(day - self.span, day + length) for day in _anniversaries(at, now)]


def compile_test(comparison: Comparison) -> Test:
    checks = [
        build(operand)
        for name, build in _CHECKS.items()
        if (operand := getattr(comparison, name)) is not None
    ]
    windows = [Window(span, name) for name in _WINDOWS if (span := getattr(comparison, name)) is not None]
    missing = None if comparison.exists is None else not comparison.exists
    return Test(tuple(checks), tuple(windows), missing)


def compile_where(where: Mapping[str, Comparison]) -> Callable[[Mapping[str, Any]], bool] | None:
    """All of several tests on an event's or a product's properties; None where there are none."""
    if not where:
        return None
    tests = [(path, compile_test(comparison)) for path, comparison in where.items()]
    return lambda properties: all(test.passes(pick(properties, path), 0) for path, test in tests)


def read_number(value: Any) -> float | None:
    """The number a value reads as, or None: "12.50" does, true and "NaN" do not."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, str) or not value.strip()[:1] in _NUMBER_STARTS:
        return None
    try:
        return float(value)
    except ValueError:
        return None


def instant_of(value: Any) -> Instant | None:
    """A time as clients send it: ISO 8601, or seconds or milliseconds since 1970."""
    seconds = read_number(value)
    if seconds is not None and not isinstance(value, str):
        return round(seconds * 1_000) if abs(seconds) < _MILLISECONDS_FROM else round(seconds)
    try:
        return parse_instant(value.strip()) if isinstance(value, str) else None
    except (ValueError, OverflowError):
        return None


_NUMBER_STARTS = tuple("0123456789+-.")
_MILLISECONDS_FROM = 100_000_000_000
"""Seconds would be the year 5138, milliseconds 1973: what is larger is milliseconds."""


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value)


def _equal(left: Any, right: Any) -> bool:
    numbers = (read_number(left), read_number(right))
    if None not in numbers:
        return numbers[0] == numbers[1]
    return _text(left) == _text(right)


def _compare(left: Any, right: Any) -> int:
    numbers = (read_number(left), read_number(right))
    first, second = numbers if None not in numbers else (_text(left), _text(right))
    return int(first > second) - int(first < second)  # type: ignore[operator]


def _contains(value: Any, operand: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return any(_equal(element, operand) for element in value)
    return _text(operand) in _text(value)


def _matcher(pattern: str) -> Check:
    expression = re.compile(pattern)
    return lambda value: expression.search(_text(value)) is not None


_CHECKS: dict[str, Callable[[Any], Check]] = {
    "is_": lambda operand: lambda value: _equal(value, operand),
    "is_not": lambda operand: lambda value: not _equal(value, operand),
    "in_": lambda operand: lambda value: any(_equal(value, one) for one in operand),
    "not_in": lambda operand: lambda value: not any(_equal(value, one) for one in operand),
    "contains": lambda operand: lambda value: _contains(value, operand),
    "starts_with": lambda operand: lambda value: _text(value).startswith(_text(operand)),
    "matches": _matcher,
    "more_than": lambda operand: lambda value: _compare(value, operand) > 0,
    "less_than": lambda operand: lambda value: _compare(value, operand) < 0,
    "at_least": lambda operand: lambda value: _compare(value, operand) >= 0,
    "at_most": lambda operand: lambda value: _compare(value, operand) <= 0,
}
_WINDOWS = ("within_last", "within_next", "anniversary_within")


def _anniversaries(at: Instant, now: Instant) -> list[Instant]:
    """The anniversaries from last year to the year after next; 29 February falls on the 28th in common years."""
    born = datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=at)
    this_year = datetime.fromtimestamp(now / 1_000, UTC).year
    return [round(_in_year(born, year).timestamp() * 1_000) for year in range(this_year - 1, this_year + 3)]


def _in_year(born: datetime, year: int) -> datetime:
    try:
        return born.replace(year=year)
    except ValueError:
        return born.replace(year=year, day=28)
