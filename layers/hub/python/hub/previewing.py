"""A rule tried before it goes live: who would enter and who would leave, now and in what has been.

Both versions are settled on copies of the same profile at the same instant, or fed the same past, so what
differs between them is the rule's doing and nothing else's.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from hub import profile_codec
from hub.aggregates import Spec
from hub.backtest import Backtest, Membership
from hub.clock import DAY, Duration, Instant
from hub.definitions import Definition, Key
from hub.enrolling import open_enrollments
from hub.events import Event
from hub.profiles import Profile
from hub.recalling import Memory, lacking, memory_of
from hub.rules import Rules
from hub.strategy.conditions import Condition, InSegment, walk
from hub.strategy.journeys import Journey
from hub.strategy.segments import Segment
from hub.strategy.strategy import Strategy
from hub.timeline import settle


@dataclass(frozen=True)
class Trial:
    """A segment's rule on trial beside the one that is live."""

    segment: str
    live: Rules
    new: Rules

    def forgotten(self, memory: Memory | None) -> list[Spec]:
        """What the new rule asks of profiles that they have not been told to remember: they answer about."""
        known = memory_of(self.live.specs) if memory is None else memory
        return lacking(self.new.specs, known)

    @property
    def reach(self) -> Duration | None:
        """How far back the new rule looks; None: without end."""
        found = [spec.horizon for spec in self.new.specs]
        return None if None in found else max((one for one in found if one), default=0)


def trial(strategy: Strategy, segment: str, definitions: Mapping[Key, Definition]) -> Trial:
    """`strategy` says the new rule; `definitions` are those that are live, as far as they differ from it."""
    live = {name: one for (kind, name), one in definitions.items() if kind == "segment"}
    others = [_as_live(one, live) if one.name != segment else one for one in strategy.segments]
    new = strategy.model_copy(update={"segments": tuple(others)})
    if segment not in live:
        return Trial(segment, Rules(_without(new, segment)), Rules(new))
    before = tuple(_as_live(one, live) for one in strategy.segments)
    return Trial(segment, Rules(new.model_copy(update={"segments": before})), Rules(new))


def _as_live(segment: Segment, live: Mapping[str, Definition]) -> Segment:
    if segment.name not in live:
        return segment
    return segment.model_copy(update={"when": Segment.model_validate_json(_written(live[segment.name])).when})


def _written(one: Definition) -> str:
    return f'{{"name": "{one.name}", "when": {one.rule}}}'


def _without(strategy: Strategy, gone: str) -> Strategy:
    """The strategy as if there had never been such a segment, nor what hangs on it."""
    names = {gone}
    while more := {one.name for one in strategy.segments if one.refers_to & names} - names:
        names |= more
    segments = tuple(one for one in strategy.segments if one.name not in names)
    journeys = tuple(one for one in strategy.journeys if not _looked_at(one) & names)
    return strategy.model_copy(update={"segments": segments, "journeys": journeys})


def _looked_at(journey: Journey) -> set[str]:
    conditions: list[Condition] = [journey.goal.condition]
    conditions += [journey.exit] if journey.exit else []
    conditions += [step.only_if for step in journey.steps if step.only_if]
    parts = (part for condition in conditions for _, part in walk(condition))
    return {journey.entry.segment, *(part.segment for part in parts if isinstance(part, InSegment))}


@dataclass
class Difference:
    """What a trial finds among the profiles there are."""

    profiles: int = 0
    live: int = 0
    new: int = 0
    """Members under each of the two rules."""
    entering: list[str] = field(default_factory=list)
    leaving: list[str] = field(default_factory=list)
    """Profile ids."""
    begun: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    ended: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """Journey -> ids of profiles whose run would begin, or end."""

    def take(self, profile: Profile, one: Trial, now: Instant) -> None:
        """A profile as it is stored; a copy of the caller's own."""
        before, after = profile, _copy(profile)
        settle(before, now, one.live)
        settle(after, now, one.new)
        was, would = one.segment in before.memberships, one.segment in after.memberships
        self.profiles += 1
        self.live += was
        self.new += would
        if would and not was:
            self.entering.append(profile.profile_id)
        if was and not would:
            self.leaving.append(profile.profile_id)
        self._compare_runs(before, after)

    def _compare_runs(self, before: Profile, after: Profile) -> None:
        running, would_run = (
            {one.enrollment_id: one.journey for one in open_enrollments(profile)}
            for profile in (before, after)
        )
        for enrollment_id in would_run.keys() - running.keys():
            self.begun[would_run[enrollment_id]].append(after.profile_id)
        for enrollment_id in running.keys() - would_run.keys():
            self.ended[running[enrollment_id]].append(after.profile_id)


def together(parts: Iterable[Difference]) -> Difference:
    whole = Difference()
    for part in parts:
        whole.profiles += part.profiles
        whole.live += part.live
        whole.new += part.new
        whole.entering += part.entering
        whole.leaving += part.leaving
        for runs, more in ((whole.begun, part.begun), (whole.ended, part.ended)):
            for journey, ids in more.items():
                runs[journey] += ids
    return whole


def _copy(profile: Profile) -> Profile:
    return profile_codec.decode(
        profile_codec.encode(profile),
        profile_id=profile.profile_id,
        version=profile.version,
        ring=profile_codec.encode_ring(profile),
    )


class Replay:
    """The same past under both rules, side by side."""

    def __init__(self, one: Trial) -> None:
        self._segment = one.segment
        self._stays: dict[str, list[Membership]] = {"live": [], "new": []}
        self._tests = {
            which: Backtest(rules, on_membership=self._keep(which))
            for which, rules in (("live", one.live), ("new", one.new))
        }

    def take(self, event: Event) -> None:
        """The next event, by event time."""
        for test in self._tests.values():
            test.take(event)

    def finish(self, until: Instant, since: Instant) -> "Past":
        for test in self._tests.values():
            test.finish(until)
        return Past(since, until, live=tuple(self._stays["live"]), new=tuple(self._stays["new"]))

    def _keep(self, which: str) -> Callable[[Membership], None]:
        def keep(stay: Membership) -> None:
            if stay.segment == self._segment:
                self._stays[which].append(stay)

        return keep


@dataclass(frozen=True)
class Past:
    """Stays in the segment under each of the two rules."""

    since: Instant
    until: Instant
    live: tuple[Membership, ...]
    new: tuple[Membership, ...]

    def entered(self, stays: Iterable[Membership]) -> int:
        return sum(self.since <= stay.entered_at <= self.until for stay in stays)

    def left(self, stays: Iterable[Membership]) -> int:
        return sum(stay.left_at is not None and self.since <= stay.left_at <= self.until for stay in stays)

    def sizes(self) -> Iterator[tuple[Instant, int, int]]:
        """(instant, members under the live rule, under the new one), day by day back from the end."""
        for at in reversed(range(self.until, max(self.since, self.until - 400 * DAY) - 1, -DAY)):
            yield at, len(_members_at(self.live, at)), len(_members_at(self.new, at))

    def entering(self) -> set[str]:
        return _members_at(self.new, self.until) - _members_at(self.live, self.until)

    def leaving(self) -> set[str]:
        return _members_at(self.live, self.until) - _members_at(self.new, self.until)


def _members_at(stays: Iterable[Membership], at: Instant) -> set[str]:
    return {
        stay.profile_id
        for stay in stays
        if stay.entered_at <= at and (stay.left_at is None or at < stay.left_at)
    }
