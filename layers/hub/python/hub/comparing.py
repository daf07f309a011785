"""The TEST of the strategy language, compiled: does a value pass, and when can that change by itself.

Values compare as numbers when both sides read as numbers, else as text; a missing value fails
every test but `exists: false`.
"""

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from hub.clock import DAY, Duration, Instant
from hub.reading import pick, read_number, read_time
from hub.strategy.comparisons import Comparison
from hub.strategy.patterns import finder

Check = Callable[[Any], bool]
Tests = tuple[tuple[str, "Test"], ...]
"""(path, test) of several values of one document."""


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
        for check in self.checks:
            if not check(value):
                return False
        return not self.windows or all(window.holds(value, now) for window in self.windows)

    def ends(self, value: Any) -> float:
        """The instant from which on it passes never again; infinite where none is known."""
        if value is None or self.wants_missing:
            return math.inf if value is None and self.wants_missing else -math.inf
        if not all(check(value) for check in self.checks):
            return -math.inf
        return min((window.ends(value) for window in self.windows), default=math.inf)

    def next_change(self, value: Any, now: Instant) -> Instant | None:
        """The first instant after `now` at which the answer can become another one; None if it cannot."""
        if not self.windows or value is None:
            return None
        instants = sorted({at for window in self.windows for at in window.edges(value, now) if at > now})
        if len(self.windows) > 1:  # one window's edges do not tell when another opens: look again
            return instants[0] if instants else None
        before = self.passes(value, now)
        return next((at for at in instants if self.passes(value, at) != before), None)


@dataclass(frozen=True, slots=True)
class Window:
    """A test against the time: true on [start, end) around the instant that the value is."""

    span: Duration
    kind: str

    def holds(self, value: Any, now: Instant) -> bool:
        return any(start <= now < end for start, end in self._intervals(value, now))

    def ends(self, value: Any) -> float:
        at = read_time(value)
        if at is None:
            return -math.inf
        return {"within_last": at + self.span, "within_next": at}.get(self.kind, math.inf)

    def edges(self, value: Any, now: Instant) -> list[Instant]:
        return [edge for interval in self._intervals(value, now) for edge in interval]

    def _intervals(self, value: Any, now: Instant) -> list[tuple[Instant, Instant]]:
        at = read_time(value)
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


def compile_tests(tests: Mapping[str, Comparison]) -> Tests:
    return tuple((path, compile_test(comparison)) for path, comparison in tests.items())


def matcher(tests: Tests) -> Callable[[Mapping[str, Any]], bool] | None:
    """All of several tests on an event's properties, whenever asked; None where there are none."""
    if not tests:
        return None
    return lambda properties: all(test.passes(pick(properties, path), 0) for path, test in tests)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value)


def _compared(decide: Callable[[Any, Any], bool]) -> Callable[[Any], Check]:
    """As numbers when both sides read as numbers, else as text."""

    def build(operand: Any) -> Check:
        number, text = read_number(operand), _text(operand)

        def check(value: Any) -> bool:
            read = None if number is None else read_number(value)
            return decide(_text(value), text) if read is None else decide(read, number)

        return check

    return build


_is = _compared(operator.eq)


def _any_of(operands: Sequence[Any]) -> Check:
    checks = [_is(operand) for operand in operands]
    return lambda value: any(check(value) for check in checks)


def _none_of(operands: Sequence[Any]) -> Check:
    one_of = _any_of(operands)
    return lambda value: not one_of(value)


def _contains(operand: Any) -> Check:
    is_it, text = _is(operand), _text(operand)

    def check(value: Any) -> bool:
        if isinstance(value, (list, tuple)):
            return any(element is not None and is_it(element) for element in value)
        return text in _text(value)

    return check


def _matches(pattern: str) -> Check:
    is_found = finder(pattern)
    return lambda value: is_found(_text(value))


_CHECKS: dict[str, Callable[[Any], Check]] = {
    "is_": _is,
    "is_not": _compared(operator.ne),
    "in_": _any_of,
    "not_in": _none_of,
    "contains": _contains,
    "starts_with": lambda operand: lambda value: _text(value).startswith(_text(operand)),
    "matches": _matches,
    "more_than": _compared(operator.gt),
    "less_than": _compared(operator.lt),
    "at_least": _compared(operator.ge),
    "at_most": _compared(operator.le),
}
_WINDOWS = ("within_last", "within_next", "anniversary_within")


def _anniversaries(at: Instant, now: Instant) -> list[Instant]:
    """From last year's to that of the year after next; 29 February falls on the 28th in common years."""
    born = datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=at)
    this_year = datetime.fromtimestamp(now / 1_000, UTC).year
    return [round(_in_year(born, year).timestamp() * 1_000) for year in range(this_year - 1, this_year + 3)]


def _in_year(born: datetime, year: int) -> datetime:
    try:
        return born.replace(year=year)
    except ValueError:
        return born.replace(year=year, day=28)
