"""One small evaluator a condition of the strategy language: does it hold, and until when at least?

`evaluate(profile, now, floor)` -> (holds, next change): the next change is the first instant after
`now` at which the answer *can* become another one with no new event (never too late; early is
harmless), None if it cannot. `floor`: events of that instant or earlier do not count (a journey's
goal looks at what came after entry). `evidence` says what made it so, in plain values.

At time t an event counts for `within: W` when t - W < event time <= t.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

from hub.aggregates import Entry, Spec
from hub.clock import Duration, Instant, format_instant
from hub.evidence import MOST, Evidence, brief
from hub.profiles import Profile

Answer = tuple[bool, Instant | None]
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
        last_deciding: Instant | None = None
        first_other: Instant | None = None
        for part in self.parts:
            holds, change = part.evaluate(profile, now, floor)
            if holds == self.decisive:
                if change is None:
                    return holds, None
                last_deciding = change if last_deciding is None else max(last_deciding, change)
            elif change is not None:
                first_other = change if first_other is None else min(first_other, change)
        if last_deciding is not None:
            return self.decisive, last_deciding
        return not self.decisive, first_other

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

    def start(self, profile: Profile, now: Instant, floor: Instant) -> Instant | None:
        """What counts is later than this; None while the event of `since` never happened."""
        start = floor if self.within is None else max(floor, now - self.within)
        if not self.since:
            return start
        marks = profile.aggregates.get(self.since)
        return max(start, marks[-1][0]) if marks else None

    def evidence(self, profile: Profile) -> Evidence:
        """When the event of `since` was last; None: never, and so nothing counts."""
        if not self.since:
            return {}
        marks = profile.aggregates.get(self.since)
        return {"since_last": format_instant(marks[-1][0]) if marks else None}

    def count(self, spec: Spec, profile: Profile, now: Instant, floor: Instant) -> list[Entry] | None:
        """Oldest first; None while the event of `since` never happened."""
        # As `start`, and not by asking it: this is called for every event and rule.
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
        if self.span.within is None or not counted:
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
        return {
            "did": list(self.spec.events),
            **wanted,
            **self.span.evidence(profile),
            "counted": len(counted),
            "events": shown(counted),
        }


def explain(part: Evaluator, profile: Profile, now: Instant, floor: Instant = NO_FLOOR) -> Evidence:
    """The evidence with the answer and the time at which it can end by itself."""
    holds, change = part.evaluate(profile, now, floor)
    until = {"until": format_instant(change)} if change is not None else {}
    return {"holds": holds, **until, **part.evidence(profile, now, floor)}


def earliest(*instants: Instant | None) -> Instant | None:
    known = [at for at in instants if at is not None]
    return min(known) if known else None


def shown(counted: Sequence[Entry]) -> list[Evidence]:
    """The newest, oldest of them first."""
    return [
        {"at": format_instant(at), "message": mark} | ({} if value is None else {"value": brief(value)})
        for at, mark, value in counted[-MOST:]
    ]
