"""Who should have been in which segment when, and how far from it a hub was found that is running."""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from hub.clock import Duration, Instant, parse_instant

Pair = tuple[str, str]
"""(customer, segment)."""
WAYS = ("entered", "left")


class Stay(NamedTuple):
    who: str
    segment: str
    entered: Instant
    left: Instant | None

    @property
    def pair(self) -> Pair:
        return self.who, self.segment

    @property
    def lasted(self) -> Duration:
        """0 as long as she stays."""
        return 0 if self.left is None else self.left - self.entered

    @classmethod
    def told(cls, line: Mapping[str, Any]) -> "Stay":
        """A line of `hub backtest --memberships`."""
        left = line["left_at"]
        entered = parse_instant(line["entered_at"])
        return cls(line["user_id"], line["segment"], entered, left and parse_instant(left))


@dataclass(frozen=True)
class Reading:
    """The members that a hub told of, each since when; asked for between two instants."""

    begun: Instant
    ended: Instant
    members: Mapping[Pair, Instant]


@dataclass(frozen=True)
class Judged:
    stood: int
    """Memberships that should have been."""
    fresh: int
    """Other than they should be, where something fell due within the grace."""
    wrong: Mapping[Pair, tuple[Instant | None, Instant | None]]
    """And where nothing did: since when it should have been, and since when it was said to be."""

    @property
    def numbers(self) -> tuple[int, int, int]:
        return self.stood, self.fresh, len(self.wrong)


@dataclass
class Truth:
    """The stays, and when each customer did something."""

    stays: Mapping[Pair, Sequence[Stay]]
    acts: Mapping[str, Sequence[Instant]]

    def members(self, at: Instant) -> dict[Pair, Instant]:
        found = (self._stay(stays, at) for stays in self.stays.values())
        return {one.pair: one.entered for one in found if one is not None}

    def judge(self, one: Reading, grace: Duration) -> Judged:
        """Held against the instant at which the reading began, also to the millisecond of `since`."""
        wanted = self.members(one.begun)
        pairs = wanted.keys() | one.members.keys()
        differ = {pair for pair in pairs if wanted.get(pair) != one.members.get(pair)}
        wrong = {pair for pair in differ if not self._is_fresh(pair, one.begun - grace, one.ended)}
        said = {pair: (wanted.get(pair), one.members.get(pair)) for pair in sorted(wrong)}
        return Judged(len(wanted), len(differ) - len(wrong), said)

    def by_time_alone(self) -> Iterator[tuple[str, Stay]]:
        """(way, stay), where she did nothing at that instant."""
        for stay in (stay for stays in self.stays.values() for stay in stays):
            if not self.acted(stay.who, stay.entered, stay.entered):
                yield WAYS[0], stay
            if stay.left is not None and not self.acted(stay.who, stay.left, stay.left):
                yield WAYS[1], stay

    def both_by_time_alone(self, segment: str) -> list[Stay]:
        ways = Counter(stay for _, stay in self.by_time_alone() if stay.segment == segment)
        return sorted(stay for stay, number in ways.items() if number == len(WAYS))

    def acted(self, who: str, after: Instant, until: Instant) -> bool:
        """Both ends included."""
        acts = self.acts.get(who, ())
        return bisect_left(acts, after) < bisect_right(acts, until)

    def _is_fresh(self, pair: Pair, after: Instant, until: Instant) -> bool:
        turns = (
            at for stay in self.stays.get(pair, ()) for at in (stay.entered, stay.left) if at is not None
        )
        return self.acted(pair[0], after, until) or any(after <= at <= until for at in turns)

    @staticmethod
    def _stay(stays: Sequence[Stay], at: Instant) -> Stay | None:
        return next((one for one in stays if one.entered <= at and (one.left is None or at < one.left)), None)


def truth_of(stays: Iterable[Stay], acts: Iterable[tuple[str, Instant]]) -> Truth:
    by_pair: dict[Pair, list[Stay]] = defaultdict(list)
    for stay in stays:
        by_pair[stay.pair].append(stay)
    by_customer: dict[str, list[Instant]] = defaultdict(list)
    for who, at in sorted(acts):
        by_customer[who].append(at)
    return Truth(by_pair, by_customer)
