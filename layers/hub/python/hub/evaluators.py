"""One small evaluator a condition of the strategy language: does it hold, and until when at least?

`evaluate(profile, now, floor)` -> (holds, next change): the next change is the first instant after
`now` at which the answer *can* become another one with no new event (never too late; early is
harmless), None if it cannot. `floor`: events of that instant or earlier do not count (a journey's
goal looks at what came after entry). `evidence` says what made it so, in plain values.

At time t an event counts for `within: W` when t - W < event time <= t.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, ClassVar, Literal, Protocol

from hub.aggregates import BOUND, Entry, Spec
from hub.clock import Duration, Instant, format_instant
from hub.comparing import Test
from hub.profiles import Profile
from hub.reading import read_number

Answer = tuple[bool, Instant | None]
Evidence = dict[str, Any]
NO_FLOOR: Instant = -1
FOREVER = 1 << 62


class Evaluator(Protocol):
    def evaluate(self, profile: Profile, now: Instant, floor: Instant) -> Answer: ...

    def evidence(self, profile: Profile, now: Instant, floor: Instant) -> Evidence: ...


@dataclass(frozen=True, slots=True)
class _Several:
    """All and any are one thing seen from two sides: one part that is `decisive` decides.

    While some part decides, the answer can change only once every deciding part may have changed;
    otherwise as soon as one part does.
    """

    parts: tuple[Evaluator, ...]
    word: ClassVar[str]
    decisive: ClassVar[bool]

    def evaluate(self, profile: Profile, now: Instant, floor: Instant) -> Answer:
        deciding: list[Instant] = []
        others: list[Instant | None] = []
        for part in self.parts:
            holds, change = part.evaluate(profile, now, floor)
            if holds != self.decisive:
                others.append(change)
            elif change is None:
                return holds, None
            else:
                deciding.append(change)
        return (self.decisive, max(deciding)) if deciding else (not self.decisive, earliest(*others))

    def evidence(self, profile: Profile, now: Instant, floor: Instant) -> Evidence:
        return {self.word: [explain(part, profile, now, floor) for part in self.parts]}


class All(_Several):
    __slots__ = ()
    word, decisive = "all", False


class Any_(_Several):  # noqa: N801 - `Any` is typing's word
    __slots__ = ()
    word, decisive = "any", True


@dataclass(frozen=True, slots=True)
class Not:
    part: Evaluator

    def evaluate(self, profile: Profile, now: Instant, floor: Instant) -> Answer:
        holds, change = self.part.evaluate(profile, now, floor)
        return not holds, change

    def evidence(self, profile: Profile, now: Instant, floor: Instant) -> Evidence:
        return {"not": explain(self.part, profile, now, floor)}


@dataclass(frozen=True, slots=True)
class Span:
    """Which entries of an aggregate count at an instant."""

    within: Duration | None = None
    since: str = ""
    """Key of the aggregate that knows the last such event; "" when the filter has no `since`."""

    def count(self, spec: Spec, profile: Profile, now: Instant, floor: Instant) -> list[Entry] | None:
        """Oldest first; None while the event of `since` never happened."""
        start = floor if self.within is None else max(floor, now - self.within)
        if self.since:
            marks = profile.aggregates.get(self.since)
            if not marks:
                return None
            start = max(start, marks[-1][0])
        entries = profile.aggregates.get(spec.key)
        if not entries or (start < entries[0][0] and entries[-1][0] <= now):
            return entries or []
        return [entry for entry in entries if start < entry[0] <= now]


@dataclass(frozen=True, slots=True)
class Did:
    spec: Spec
    span: Span
    low: int = 1
    high: int = FOREVER

    def evaluate(self, profile: Profile, now: Instant, floor: Instant) -> Answer:
        counted = self.span.count(self.spec, profile, now, floor)
        if counted is None:
            return False, None
        holds = self.low <= len(counted) <= self.high
        if self.span.within is None:
            return holds, None
        left = len(counted)
        for entry in counted:
            left -= 1
            if (self.low <= left <= self.high) != holds:
                return holds, entry[0] + self.span.within
        return holds, None

    def evidence(self, profile: Profile, now: Instant, floor: Instant) -> Evidence:
        counted = self.span.count(self.spec, profile, now, floor) or []
        wanted = {"at_least": self.low} | ({} if self.high == FOREVER else {"at_most": self.high})
        return {"did": list(self.spec.events), **wanted, "counted": len(counted), "events": _shown(counted)}


@dataclass(frozen=True, slots=True)
class Total:
    """sum, average, minimum, maximum, first and last of a property."""

    kind: Literal["sum", "average", "minimum", "maximum", "first", "last"]
    spec: Spec
    span: Span
    test: Test

    def evaluate(self, profile: Profile, now: Instant, floor: Instant) -> Answer:
        counted = self.span.count(self.spec, profile, now, floor)
        if counted is None:
            return False, None
        if not counted:
            nothing = 0.0 if self.kind == "sum" else None
            return self.test.passes(nothing, now), self.test.next_change(nothing, now)
        values = self._values(counted)
        holds = self.test.passes(values[0], now)
        by_test = self.test.next_change(values[0], now)
        if self.span.within is None:
            return holds, by_test
        return holds, earliest(by_test, self._next_drop(counted, values, now, holds=holds))

    def evidence(self, profile: Profile, now: Instant, floor: Instant) -> Evidence:
        counted = self.span.count(self.spec, profile, now, floor) or []
        return {
            self.kind: self.spec.property,
            "of": list(self.spec.events),
            "value": self._values(counted)[0],
            **({"approximate": True} if len(counted) >= BOUND else {}),
            "events": _shown(counted),
        }

    def _next_drop(
        self, counted: Sequence[Entry], values: Sequence[Any], now: Instant, *, holds: bool
    ) -> Instant | None:
        """When an entry drops out of the window and that makes a difference, or may by then."""
        within = self.span.within or 0
        drops = (
            entry[0] + within
            for entry, value in zip(counted, values[1:], strict=True)
            if self.test.windows or self.test.passes(value, now) != holds
        )
        return next(drops, None)

    def _values(self, counted: Sequence[Entry]) -> list[Any]:
        """The answer now, and after each of the counted entries, oldest first, has dropped out."""
        if self.kind == "last":
            return [counted[-1][2]] * len(counted) + [None] if counted else [None]
        if self.kind == "first":
            return [*(entry[2] for entry in counted), None]
        return _TOTALS[self.kind]([read_number(entry[2]) for entry in counted])


def explain(part: Evaluator, profile: Profile, now: Instant, floor: Instant = NO_FLOOR) -> Evidence:
    """The evidence with the answer and the time at which it can end by itself."""
    holds, change = part.evaluate(profile, now, floor)
    until = {"until": format_instant(change)} if change is not None else {}
    return {"holds": holds, **until, **part.evidence(profile, now, floor)}


def earliest(*instants: Instant | None) -> Instant | None:
    known = [at for at in instants if at is not None]
    return min(known) if known else None


def _shown(counted: Sequence[Entry], most: int = 10) -> list[Evidence]:
    return [
        {"at": format_instant(at), "message": mark} | ({} if value is None else {"value": value})
        for at, mark, value in counted[-most:]
    ]


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


_TOTALS: dict[str, Callable[[Sequence[float | None]], list[Any]]] = {
    "sum": _sums,
    "average": _averages,
    "minimum": lambda values: _extremes(values, min),
    "maximum": lambda values: _extremes(values, max),
}
