"""What an aggregate no longer keeps value by value: added up by day, for sums, averages and extremes.

Past its bound an aggregate lets its oldest values go; here they are added to their day, in whole
millionths, so that the order of arrival does not matter. A day counts in a window as long as all of it
lies inside: what it tells is approximate. Each profile adds up its own: two states of one profile's are
the same sum, one later than the other; those of two profiles are two sums.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from hub.aggregates import Aggregates, Entry, Spec
from hub.clock import DAY, Instant
from hub.reading import read_millionths

MAX_DAYS = 400
"""Where no window lets days go, what is older is added to the oldest of the newest 400 days."""


@dataclass(frozen=True, slots=True)
class Total:
    """Values added up, in millionths; the extremes mean nothing where there are none."""

    count: int = 0
    total: int = 0
    least: int = 0
    greatest: int = 0

    def __add__(self, other: "Total") -> "Total":
        if not self.count or not other.count:
            return self if self.count else other
        return Total(
            self.count + other.count,
            self.total + other.total,
            min(self.least, other.least),
            max(self.greatest, other.greatest),
        )


@dataclass(slots=True)
class Sums:
    """What one profile added up of one aggregate."""

    ever: int = 0
    """How many values; it only grows, also when days are let go."""
    by_day: dict[int, Total] = field(default_factory=dict)
    """Days since 1970 -> the values of that day."""


Days = dict[str, dict[str, Sums]]
"""Key of the aggregate's spec -> id of the profile -> its sums."""


def keep(days: Days, spec: Spec, founder: str, let_go: Sequence[Entry], newest: Instant) -> None:
    """Add up what an aggregate let go; `newest`: the time of its latest value."""
    if let_go:
        sums = days.setdefault(spec.key, {}).setdefault(founder, Sums())
        for at, _, value in let_go:
            _add(sums, at, value)
    for sums in days.get(spec.key, {}).values():
        _bound(sums, spec, newest)


def join(left: Days, right: Days, specs: Iterable[Spec], joined: Aggregates) -> Days:
    """`joined`: the aggregates of both, as they stand now."""
    return {
        spec.key: _both(left.get(spec.key, {}), right.get(spec.key, {}), spec, joined)
        for spec in specs
        if spec.daily and (spec.key in left or spec.key in right)
    }


def counted(days: Days, key: str, start: Instant, now: Instant) -> Iterator[tuple[Instant, Total]]:
    """(its first instant, its values) of each day that lies inside a window that begins after `start`."""
    for sums in days.get(key, {}).values():
        for day, total in sums.by_day.items():
            if start < day * DAY <= now:
                yield day * DAY, total


def total_of(value: object) -> Total:
    amount = read_millionths(value)
    return Total() if amount is None else Total(1, amount, amount, amount)


def _add(sums: Sums, at: Instant, value: object) -> None:
    sums.ever += 1
    day = at // DAY
    sums.by_day[day] = sums.by_day.get(day, Total()) + total_of(value)


def _bound(sums: Sums, spec: Spec, newest: Instant) -> None:
    by_day = sums.by_day
    if spec.horizon is not None:
        for day in [day for day in by_day if day * DAY <= newest - spec.horizon]:
            del by_day[day]
    elif len(by_day) > MAX_DAYS:
        oldest, *others = sorted(by_day)
        for day in others[: len(by_day) - MAX_DAYS]:
            by_day[day] = by_day.pop(oldest) + by_day[day]
            oldest = day


def _both(left: dict[str, Sums], right: dict[str, Sums], spec: Spec, joined: Aggregates) -> dict[str, Sums]:
    founders: dict[str, Sums] = {}
    for founder in {**left, **right}:
        later = max((side[founder] for side in (left, right) if founder in side), key=lambda sums: sums.ever)
        founders[founder] = Sums(later.ever, dict(later.by_day))
        if entries := joined.get(spec.key):
            _bound(founders[founder], spec, entries[-1][0])
    return founders
