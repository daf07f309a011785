"""Who enters a journey, when, and how often."""

from copy import deepcopy
from typing import Any

import pytest

from hub import timeline
from hub.backfilling import is_outdated
from hub.clock import DAY, HOUR, MINUTE, Instant
from hub.enrollments import KEPT_CLOSED, Breakdown, Enrollment
from hub.journey_states import JourneyState
from hub.profiles import Profile
from hub.rules import Rules
from tests.builders import (
    NOW,
    Written,
    a_journey,
    a_line,
    a_profile,
    an_event,
    an_order,
    go_on,
    rules_of,
    runs,
)

QUIET = 30 * MINUTE


def journey_rules(**fields: Any) -> Rules:
    return rules_of(journeys=[a_journey(**fields)])


def ends(profile: Profile) -> list[tuple[str | None, Instant | None]]:
    return [(one.outcome, one.closed_at) for one in runs(profile)]


def test_entering_the_segment_begins_the_journey_with_its_end_and_key() -> None:
    rules = journey_rules(entry={"segment": "abandoner", "key": "cart.cart_id"})

    profile = a_profile(a_line(cart_id="c1"), rules=rules, until=NOW + HOUR)

    (one,) = runs(profile)
    assert (one.journey, one.key, one.entered_at) == ("recovery", "c1", NOW + QUIET)
    assert one.ends_at == NOW + QUIET + 3 * DAY
    assert one.closed_at is None


@pytest.mark.parametrize(("cart", "entries"), [("c1", 1), ("c2", 2)])
def test_another_key_is_another_run_and_the_same_key_is_not(cart: str, entries: int) -> None:
    rules = journey_rules(entry={"segment": "abandoner", "key": "cart.cart_id"})
    profile = a_profile(a_line(NOW, cart_id="c1"), rules=rules, until=NOW + HOUR)

    go_on(
        profile,
        rules,
        an_event(at=NOW + 2 * HOUR),
        a_line(NOW + 2 * HOUR, "cup", cart_id=cart),
        until=NOW + DAY,
    )

    assert len(runs(profile)) == entries


@pytest.mark.parametrize(("again_after", "entries"), [(None, 1), ("5d", 2), ("6d", 1)])
def test_she_enters_again_only_after_as_long_as_the_journey_says(
    again_after: str | None, entries: int
) -> None:
    entry = {"segment": "abandoner"} | ({"again_after": again_after} if again_after else {})
    rules = journey_rules(entry=entry)
    profile = a_profile(a_line(NOW), rules=rules, until=NOW + 4 * DAY)

    go_on(profile, rules, an_event(at=NOW + 5 * DAY), until=NOW + 6 * DAY - 1)

    assert len(runs(profile)) == entries


def test_she_does_not_enter_again_while_she_is_still_in_it() -> None:
    rules = journey_rules(entry={"segment": "abandoner", "again_after": "1h"})

    profile = a_profile(a_line(NOW), an_event(at=NOW + 5 * HOUR), rules=rules, until=NOW + DAY)

    assert len(runs(profile)) == 1


def test_leaving_the_segment_does_not_end_the_journey() -> None:
    profile = a_profile(a_line(NOW), an_event(at=NOW + HOUR), rules=journey_rules())

    assert profile.memberships == {}
    assert ends(profile) == [(None, None)]


def test_her_arm_stays_when_she_enters_again() -> None:
    rules = journey_rules(entry={"segment": "abandoner", "again_after": "1d"}, holdout="100%")
    profile = a_profile(a_line(NOW), rules=rules, until=NOW + 4 * DAY)
    never_held_out = journey_rules(entry={"segment": "abandoner", "again_after": "1d"})

    go_on(profile, never_held_out, an_event(at=NOW + 5 * DAY), until=NOW + 6 * DAY)

    assert [one.arm for one in runs(profile)] == ["holdout", "holdout"]


def test_the_last_run_of_each_journey_is_remembered_however_many_others_there_were() -> None:
    once = a_journey("once")
    often = a_journey("often", entry={"segment": "abandoner", "key": "cart.cart_id"}, ends_after="2h")
    rules = rules_of(journeys=[once, often])
    profile = a_profile(a_line(NOW), rules=rules)

    for day in range(1, 30):
        at = NOW + day * DAY
        go_on(profile, rules, an_order(at), a_line(at + 1, cart_id=f"c{day}"), until=at + 23 * HOUR)

    (first,) = [one for one in runs(profile) if one.journey == "once"]
    assert first.entered_at == NOW + QUIET
    assert len([one for one in runs(profile) if one.closed_at is not None]) <= KEPT_CLOSED + 2


def twice(*, after: Written, **before: Any) -> list[Enrollment]:
    """Her run, and the one she enters after another strategy was deployed."""
    entry = {"segment": "abandoner", "again_after": "1d"}
    profile = a_profile(a_line(NOW), rules=journey_rules(entry=entry, **before), until=NOW + 4 * DAY)
    go_on(
        profile,
        journey_rules(entry=entry, **after),
        an_event(at=NOW + 5 * DAY),
        until=NOW + 6 * DAY,
    )
    return runs(profile)


def test_another_version_draws_the_arm_and_the_variants_anew() -> None:
    first, second = twice(holdout="100%", version=1, after={"holdout": "0%", "version": 2})

    assert (first.arm, second.arm) == ("holdout", "treated")
    assert first.draw != second.draw


def test_within_a_version_the_variants_stay_as_the_arm_does() -> None:
    first, second = twice(holdout="0%", after={"holdout": "100%"})

    assert (first.arm, second.arm) == ("treated", "treated")
    assert first.draw == second.draw


@pytest.mark.parametrize("state", ["paused", "draining"])
def test_a_journey_that_takes_nobody_in_is_not_entered_and_others_are(state: JourneyState) -> None:
    rules = rules_of(journeys=[a_journey("one"), a_journey("two")]).under({"one": state})

    profile = a_profile(a_line(NOW), rules=rules, until=NOW + HOUR)

    assert [one.journey for one in runs(profile)] == ["two"]


def test_who_is_on_a_journey_that_takes_nobody_in_goes_on() -> None:
    rules = journey_rules()
    profile = a_profile(a_line(NOW), rules=rules, until=NOW + HOUR)

    go_on(profile, rules.under({"recovery": "paused"}), an_order(NOW + 2 * HOUR), until=NOW + 3 * HOUR)

    assert ends(profile) == [("goal", NOW + 2 * HOUR)]


def test_rules_under_states_leave_the_rules_they_came_from_alone() -> None:
    rules = journey_rules()

    paused = rules.under({"recovery": "paused"})

    assert (paused.state_of("recovery"), rules.state_of("recovery")) == ("paused", "running")
    assert paused.under({}).state_of("recovery") == "running"
    assert rules.under({}) is rules


def stored(profile: Profile) -> Profile:
    """As it is read from its table."""
    profile.changes = None
    return profile


def test_who_is_on_a_journey_that_is_gone_is_out_of_it_at_the_next_look_and_not_before() -> None:
    profile = stored(a_profile(a_line(), rules=journey_rules(), until=NOW + HOUR))
    rules = rules_of(journeys=[a_journey("other", entry={"segment": "abandoner"})])

    go_on(profile, rules, until=NOW + 5 * HOUR)

    assert [(one.journey, one.outcome, one.closed_at) for one in runs(profile)] == [
        ("recovery", "ended", NOW + 5 * HOUR)
    ]
    assert profile.conversions == ()


def test_a_back_fill_sees_who_is_on_a_journey_that_is_gone() -> None:
    rules = journey_rules()
    profile = stored(a_profile(a_line(), rules=rules, until=NOW + HOUR))
    timeline.arm_tick(profile, NOW + HOUR)

    assert not is_outdated(deepcopy(profile), rules, NOW + 2 * HOUR)
    assert is_outdated(profile, rules_of(), NOW + 2 * HOUR)


def test_a_run_that_broke_has_failed_unless_time_had_ended_it_before() -> None:
    rules = journey_rules(exit={"quiet_for": "2h"})
    broke, was_out = (a_profile(a_line(), rules=rules, until=NOW + HOUR) for _ in range(2))
    (one,) = runs(broke)

    early, late = (Breakdown("p_1", one.enrollment_id, NOW + hours * HOUR) for hours in (1, 3))

    assert timeline.break_off(broke, early, rules)
    assert not timeline.break_off(broke, late, rules)
    assert not timeline.break_off(was_out, late, rules)
    assert ends(broke) == [("failed", NOW + HOUR)]
    assert ends(was_out) == [("exit", NOW + 2 * HOUR)]
