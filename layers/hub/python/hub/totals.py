"""sum, average, minimum, maximum, first and last of a property: one evaluator.

Where an aggregate has let values go and added them up by day, the days count as well (`hub.days`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Literal

from hub import days
from hub.aggregates import BOUND, Spec
from hub.clock import Instant
from hub.comparing import Test
from hub.evaluators import Answer, Span, earliest, shown
from hub.evidence import Evidence, brief
from hub.profiles import Profile
from hub.reading import MILLION, read_number

Dropping = Sequence[tuple[Any, ...]]
"""Of what drops out of a window one after the other, oldest first: (instant, …)."""


@dataclass(frozen=True, slots=True)
class Total:
    """One number or value, made of a property of all events that count, and its test."""

    kind: Literal["sum", "average", "minimum", "maximum", "first", "last"]
    spec: Spec
    span: Span
    test: Test

    def evaluate(self, profile: Profile, now: Instant, floor: Instant) -> Answer:
        counted: Dropping | None = self.span.count(self.spec, profile, now, floor)
        if counted is None:
            return False, None
        if profile.days and (older := self._older(profile, now, floor)):
            counted = _in_order(counted, older)
            values = self._values_of_days(counted)
        elif not counted:
            nothing = 0.0 if self.kind == "sum" else None
            return self.test.passes(nothing, now), self.test.next_change(nothing, now)
        else:
            values = self._values(counted)
        holds = self.test.passes(values[0], now)
        by_test = self.test.next_change(values[0], now)
        if self.span.within is None:
            return holds, by_test
        return holds, earliest(by_test, self._next_drop(counted, values, now, holds=holds))

    def evidence(self, profile: Profile, now: Instant, floor: Instant) -> Evidence:
        counted = self.span.count(self.spec, profile, now, floor) or []
        older = self._older(profile, now, floor)
        values = self._values_of_days(_in_order(counted, older)) if older else self._values(counted)
        approximate = older or (len(counted) >= BOUND and not self.spec.daily)
        return {
            self.kind: self.spec.property,
            "of": list(self.spec.events),
            **self.span.evidence(profile),
            "value": brief(values[0]),
            **({"approximate": True} if approximate else {}),
            "events": shown(counted),
        }

    def _older(self, profile: Profile, now: Instant, floor: Instant) -> list[tuple[Instant, days.Total]]:
        start = self.span.start(profile, now, floor)
        if start is None or self.kind not in _OF_DAYS:
            return []
        return list(days.counted(profile.days, self.spec.key, start, now))

    def _next_drop(
        self, counted: Dropping, values: Sequence[Any], now: Instant, *, holds: bool
    ) -> Instant | None:
        """When something drops out of the window and that makes a difference, or may by then."""
        within = self.span.within or 0
        drops = (
            entry[0] + within
            for entry, value in zip(counted, values[1:], strict=True)
            if self.test.windows or self.test.passes(value, now) != holds
        )
        return next(drops, None)

    def _values(self, counted: Dropping) -> list[Any]:
        """The answer now, and after each of the counted entries, oldest first, has dropped out."""
        if self.kind == "last":
            return [counted[-1][2]] * len(counted) + [None] if counted else [None]
        if self.kind == "first":
            return [*(entry[2] for entry in counted), None]
        return _OF_VALUES[self.kind]([read_number(entry[2]) for entry in counted])

    def _values_of_days(self, counted: Dropping) -> list[Any]:
        """The same where whole days are among what is counted."""
        left = accumulate((total for _, total in reversed(counted)), initial=days.Total())
        return [_OF_DAYS[self.kind](total) for total in left][::-1]


def _in_order(entries: Dropping, older: Sequence[tuple[Instant, days.Total]]) -> Dropping:
    singles = [(at, days.total_of(value)) for at, _, value in entries]
    return sorted([*older, *singles], key=lambda one: one[0])


def _sums(values: Sequence[float | None]) -> list[Any]:
    # Rounded, because 0.1 + 0.2 must not decide who is a customer of more than 0.3.
    left = list(accumulate((value or 0.0 for value in reversed(values)), initial=0.0))
    return [round(total, 6) for total in reversed(left)]


def _averages(values: Sequence[float | None]) -> list[Any]:
    counts = list(accumulate((value is not None for value in reversed(values)), initial=0))
    return [
        round(total / count, 6) if count else None
        for total, count in zip(_sums(values), reversed(counts), strict=True)
    ]


def _extremes(values: Sequence[float | None], better: Callable[[float, float], float]) -> list[Any]:
    def merge(best: float | None, value: float | None) -> float | None:
        return value if best is None else best if value is None else better(best, value)

    none: list[float | None] = [None]
    return list(accumulate(none + list(reversed(values)), merge))[::-1]


_OF_VALUES: dict[str, Callable[[Sequence[float | None]], list[Any]]] = {
    "sum": _sums,
    "average": _averages,
    "minimum": lambda values: _extremes(values, min),
    "maximum": lambda values: _extremes(values, max),
}

_OF_DAYS: dict[str, Callable[[days.Total], float | None]] = {
    "sum": lambda total: total.total / MILLION,
    "average": lambda total: round(total.total / total.count / MILLION, 6) if total.count else None,
    "minimum": lambda total: total.least / MILLION if total.count else None,
    "maximum": lambda total: total.greatest / MILLION if total.count else None,
}
