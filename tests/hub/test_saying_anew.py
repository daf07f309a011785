"""Whatever changes were lost: once everybody is said anew, what stands is what profiles say."""

from collections.abc import Callable, Sequence
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub import pipeline
from hub.clock import HOUR, MINUTE, Instant
from hub.events import Event
from hub.profiles import Profile
from hub.reacting import Hands
from hub.reactions import ArmTimer, Enter, Start
from hub.saying_anew import Anew, Belong, StayOver, anew
from hub.timers import Tick
from tests.builders import (
    ABANDONER,
    NOW,
    a_journey,
    a_level,
    a_line,
    a_message,
    a_profile,
    an_enrollment,
    an_event,
    an_identify,
    an_order,
    rules_of,
    runs,
)
from tests.fakes import FakeMachines, FakeMembers, FakeOutbox, FakeProfiles, FakeRuns, FakeTimers
from tests.fakes_delivery import FakeEffects

BUYER = {"did": "Order Completed", "within": "1h"}
RULES = rules_of(
    segments={"abandoner": ABANDONER, "buyer": BUYER},
    journeys=[a_journey(ends_after="2h", steps=[{"after": "0s", "do": [a_level()]}])],
    policy={"purposes": {"ads": "ads"}},
)
NO = {"consent": {"categoryPreferences": {"ads": False}}}
HAPPENS: list[Callable[[Instant], Event] | None] = [
    a_line,
    an_order,
    lambda at: a_line(at, anonymous_id="a-2"),
    lambda at: an_identify(at, anonymous_id="a-1", user_id="u-1"),
    lambda at: an_identify(at, anonymous_id="a-2", user_id="u-1"),
    lambda at: an_event(at=at, context=NO),
    None,
]
"""None: time passes."""


class Hub:
    """What stands beside the profiles; a run that starts turns its level on at once."""

    def __init__(self) -> None:
        self.profiles, self.members, self.runs = FakeProfiles(), FakeMembers(), FakeRuns()
        self.effects, self.timers = FakeEffects(), FakeTimers()
        self.hands = Hands(
            members=self.members,
            runs=self.runs,
            machines=FakeMachines(),
            timers=self.timers,
            effects=self.effects,
            outbox=FakeOutbox(),
            policy=RULES.policy,
        )

    def act(self, follows: Sequence[Anew]) -> None:
        pipeline.act(follows, self.hands)
        for one in follows:
            if isinstance(one, Start):
                self._turn_on(one.enrollment.enrollment_id, one.profile_id)

    def happen(self, event: Event | None, at: Instant) -> list[list[Anew]]:
        """What follows from each change that it makes; without an event, time passes for everybody."""
        begun = len(self.profiles.changes)
        ticks = [Tick(profile_id=one, at=at) for one in list(self.profiles.stored)]
        pipeline.absorb([event] if event else ticks, self.profiles, RULES, at)
        return [
            list(
                pipeline.reactions(one.before, one.after, RULES, merged=one.merged, was_merged=one.was_merged)
            )
            for one in self.profiles.changes[begun:]
        ]

    def say_anew(self) -> None:
        for one in self.profiles.stored.values():
            self.act(anew(one.profile(), RULES, merged=bool(one.merged_into)))

    def listed(self) -> dict[str, dict[str, Instant]]:
        names = RULES.segment_names
        return {name: {one.profile_id: one.since for one in self.members.members(name)} for name in names}

    def check(self) -> None:
        living = [one.profile() for one in self.profiles.stored.values() if not one.merged_into]
        assert self.listed() == {
            name: {one.profile_id: one.memberships[name] for one in living if name in one.memberships}
            for name in RULES.segment_names
        }
        assert {name: self.members.size(name) for name in self.listed()} == {
            name: len(members) for name, members in self.listed().items()
        }
        is_open = {key for one in living for key, run in one.enrollments.items() if run.closed_at is None}
        assert {key for key, run in self.runs.runs.items() if run.closed_at is None} == is_open
        assert self._wanting() <= is_open
        for one in living:
            assert one.tick_at is None or (one.tick_at, one.profile_id) in self.timers.armed

    def _wanting(self) -> set[str]:
        owners = {run.profile_id for run in self.runs.runs.values()}
        return {by for owner in owners for one in self.effects.of_profile(owner) for by in one.wanted_by}

    def _turn_on(self, enrollment_id: str, profile_id: str) -> None:
        level = a_message(
            enrollment_id=enrollment_id,
            profile_id=profile_id,
            connector="ads",
            target="shoppers",
            verb="join",
        )
        if self.runs.begin_step(enrollment_id, 0, "", [level]):
            self.effects.want(level)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from((MINUTE, HOUR)), st.sampled_from(HAPPENS)), max_size=12),
    st.randoms(use_true_random=False),
)
def test_whatever_was_lost_all_is_as_profiles_say(
    story: list[tuple[int, Callable[[Instant], Event] | None]], chance: Random
) -> None:
    hub, at = Hub(), NOW
    for later, make in story:
        at += later
        for follows in hub.happen(make(at) if make else None, at):
            if chance.random() < 0.5:
                hub.act(follows)

    hub.say_anew()
    hub.check()
    hub.say_anew()

    hub.check()


def test_who_is_in_no_segment_is_said_to_be_in_none() -> None:
    [said] = anew(Profile("p_1"), RULES, merged=False)

    assert said == Belong("p_1", (), ("abandoner", "buyer"))


def test_a_pointer_is_in_no_segment_and_its_timer_and_runs_are_anothers() -> None:
    one = an_enrollment()
    pointer = a_profile(memberships={"vip": 1}, enrollments={one.enrollment_id: one}, tick_at=NOW)

    assert anew(pointer, RULES, merged=True) == [Belong("p_1", (), ("abandoner", "buyer", "vip"))]


def test_all_that_she_is_is_said() -> None:
    profile = a_profile(a_line(NOW), rules=RULES, until=NOW + 30 * MINUTE)
    profile.tick_at = NOW + HOUR
    [run] = runs(profile)

    armed, *_ = follows = [one for one in anew(profile, RULES, merged=False) if not isinstance(one, Belong)]
    [belong] = [one for one in anew(profile, RULES, merged=False) if isinstance(one, Belong)]

    assert armed == ArmTimer(profile.profile_id, NOW + HOUR)
    assert [one.enrollment for one in follows if isinstance(one, Start)] == [run]
    assert [type(one) for one in belong.entered] == [Enter]
    assert belong.others == ("buyer",)


@pytest.mark.parametrize(("closed_at", "said"), [(None, []), (NOW, ["goal"])])
def test_a_run_that_is_over_is_said_to_stay_over(closed_at: Instant | None, said: list[str]) -> None:
    one = an_enrollment(closed_at=closed_at, outcome="goal" if closed_at else None)

    follows = anew(Profile("p_1", enrollments={one.enrollment_id: one}), RULES, merged=False)

    assert [over.finish.outcome for over in follows if isinstance(over, StayOver)] == said
