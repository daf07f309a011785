"""A rule tried before it goes live: who would enter and who would leave, now and in what has been.

Both versions are settled on copies of the same profile at the same instant, or fed the same past, so what
differs between them is the rule's doing and nothing else's.
"""

from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from hub import profile_codec
from hub.backtest import Backtest, Membership
from hub.clock import DAY, Instant
from hub.enrolling import open_enrollments
from hub.events import Event
from hub.profiles import Profile
from hub.timeline import settle
from hub.trials import Trial


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
        self._stays = {"live": Stays(one.segment), "new": Stays(one.segment)}
        self._tests = {
            which: Backtest(rules, on_membership=self._stays[which].keep)
            for which, rules in (("live", one.live), ("new", one.new))
        }

    def take(self, event: Event) -> None:
        """The next event, by event time."""
        for test in self._tests.values():
            test.take(event)

    def finish(self, until: Instant, since: Instant) -> "Past":
        for test in self._tests.values():
            test.finish(until)
        return Past(since, until, **self._stays)


class Stays:
    """Stays in one segment, sixteen bytes each: there may be millions in a past."""

    def __init__(self, segment: str) -> None:
        self._segment = segment
        self._entered, self._left = array("q"), array("q")
        self.members: set[str] = set()
        """Who is in at the end, by profile id."""

    def keep(self, stay: Membership) -> None:
        if stay.segment != self._segment:
            return
        self._entered.append(stay.entered_at)
        if stay.left_at is None:
            self.members.add(stay.profile_id)
        else:
            self._left.append(stay.left_at)

    def entered(self, since: Instant, until: Instant) -> int:
        return sum(since <= at <= until for at in self._entered)

    def left(self, since: Instant, until: Instant) -> int:
        return sum(since <= at <= until for at in self._left)

    def size(self, at: Instant) -> int:
        """A stay is [entered_at, left_at)."""
        return self.entered(0, at) - self.left(0, at)


@dataclass(frozen=True)
class Past:
    """Stays in the segment under each of the two rules."""

    since: Instant
    until: Instant
    live: Stays
    new: Stays

    def moves(self, stays: Stays) -> dict[str, int]:
        return {
            "entered": stays.entered(self.since, self.until),
            "left": stays.left(self.since, self.until),
        }

    def sizes(self) -> Iterator[tuple[Instant, int, int]]:
        """(instant, members under the live rule, under the new one), day by day back from the end."""
        for at in reversed(range(self.until, max(self.since, self.until - 400 * DAY) - 1, -DAY)):
            yield at, self.live.size(at), self.new.size(at)

    def entering(self) -> set[str]:
        return self.new.members - self.live.members

    def leaving(self) -> set[str]:
        return self.live.members - self.new.members
