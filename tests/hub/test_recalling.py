"""Looks and recalls among the facts: what a back-fill says, and what becomes of the profile by it."""

import random
from dataclasses import replace

import pytest

from hub import absorbing, facts, timeline
from hub.absorbing import Fact
from hub.aggregates import BOUND
from hub.backfilling import Look
from hub.clock import DAY, HOUR, MINUTE
from hub.evaluators import explain
from hub.events import Event
from hub.profiles import Profile
from hub.recalling import Recall, remember_again
from hub.rules import Rules
from tests.builders import NOW, a_journey, a_profile, an_event, an_order, rules_of
from tests.fakes import FakeProfiles

BEFORE = rules_of(segments={"buyer": {"did": "Order Completed"}})
ASKS = {"did": "Product Viewed", "at_least": 2, "within": "30d"}
AFTER = rules_of(segments={"fan": ASKS})
[SPEC] = AFTER.specs


def absorb(store: FakeProfiles, *told: Fact, rules: Rules = AFTER, now: int = NOW) -> None:
    absorbing.absorb(told, store, rules, now)


def stored(store: FakeProfiles) -> Profile:
    found = store.get(store.owners["anonymous_id", "a-1"])
    assert found
    return found


@pytest.fixture
def store() -> FakeProfiles:
    """Who looked at three things, when nobody asked for it."""
    made = FakeProfiles()
    absorb(made, *VIEWS, rules=BEFORE, now=NOW - DAY)
    return made


VIEWS = [an_event(at=NOW - days * DAY) for days in (40, 20, 10)]
RECALLS = [Recall(event, (SPEC.key,)) for event in VIEWS]


@pytest.mark.parametrize("fact", [Look("p_1", NOW), RECALLS[0]], ids=["a look", "a recall"])
def test_it_travels_in_a_message(fact: Fact) -> None:
    assert facts.read(facts.write(fact)) == [fact]


def test_what_is_recalled_makes_her_a_member_since_it_was_true(store: FakeProfiles) -> None:
    absorb(store, *RECALLS)

    assert stored(store).memberships == {"fan": NOW - 10 * DAY}


def test_nothing_else_of_her_moves(store: FakeProfiles) -> None:
    before = stored(store)

    absorb(store, *RECALLS)

    after = stored(store)
    assert after.aggregates[SPEC.key]
    expected = replace(
        before,
        aggregates=after.aggregates,
        memberships=after.memberships,
        settled_at=after.settled_at,
        tick_at=after.tick_at,
        version=after.version,
    )
    assert after == expected


def test_recalling_in_any_order_and_again_ends_the_same(store: FakeProfiles) -> None:
    absorb(store, *RECALLS)
    once = stored(store)

    for one in (*reversed(RECALLS), *RECALLS):
        absorb(store, one)

    assert stored(store) == once


def test_only_aggregates_that_are_named_take_it_in(store: FakeProfiles) -> None:
    absorb(store, Recall(VIEWS[2], ("of another rule",)))

    assert SPEC.key not in stored(store).aggregates


def test_what_comes_with_live_events_is_remembered_before_a_rule_is_answered() -> None:
    """By what she did just now alone, she would be a stranger, and be greeted as one."""
    greeting = a_journey(entry={"segment": "stranger"})
    rules = rules_of(
        segments={"stranger": {"did_not": "Product Viewed", "within": "30d"}}, journeys=[greeting]
    )
    store = FakeProfiles()
    absorb(store, *VIEWS, rules=BEFORE, now=NOW - DAY)
    [spec] = [one for one in rules.specs if one.events == ("Product Viewed",)]

    absorb(store, Recall(VIEWS[2], (spec.key,)), an_order(NOW - HOUR), rules=rules)

    assert stored(store).memberships == {}
    assert stored(store).enrollments == {}


def test_an_event_of_the_past_founds_and_joins_nobody(store: FakeProfiles) -> None:
    both = an_event(at=NOW - 5 * DAY, anonymous_id="a-1", user_id="u-9")
    nobody = an_event(at=NOW - 5 * DAY, anonymous_id="a-9")

    absorb(store, Recall(both, (SPEC.key,)), Recall(nobody, (SPEC.key,)))

    assert list(store.owners) == [("anonymous_id", "a-1")]
    assert len(store.stored) == 1


def test_a_look_brings_her_up_to_todays_rules_and_a_look_at_nobody_nothing(store: FakeProfiles) -> None:
    rules = rules_of(segments={"quiet": {"quiet_for": "3d"}})

    absorb(store, Look(stored(store).profile_id, NOW), Look("p_none", NOW), rules=rules)

    assert stored(store).memberships == {"quiet": NOW - 7 * DAY}
    assert len(store.stored) == 1


SPENT = {"sum": "revenue", "of": "Order Completed", "within": "365d", "more_than": BOUND + 250}
ORDERS = [an_order(NOW - 300 * DAY + n * 8 * HOUR, revenue=1) for n in range(BOUND + 300)]


def arrivals() -> list[list[Event]]:
    """The orders as several readers of the archive may bring them, at the last some of them twice."""
    dice = random.Random(3)
    mixed, again = (dice.sample(ORDERS, len(ORDERS)) for _ in range(2))
    return [ORDERS, ORDERS[::-1], mixed, [*mixed, *again]]


@pytest.mark.parametrize(
    "told", arrivals(), ids=["in order", "backwards", "mixed", "mixed, and all of it twice"]
)
def test_more_than_a_sum_keeps_one_by_one_is_recalled_to_the_same_sum_in_any_order(told: list[Event]) -> None:
    rules = rules_of(segments={"vip": SPENT})
    [spec] = rules.specs
    lived = a_profile(*ORDERS, rules=rules, until=NOW)
    profile = a_profile(an_event(at=NOW - 300 * DAY), until=NOW)

    for event in told:
        timeline.recall(profile, Recall(event, (spec.key,)), rules)
    timeline.settle(profile, NOW, rules)

    evidence = explain(rules.segments[0].evaluator, profile, NOW)
    assert (evidence["value"], evidence["approximate"]) == (len(ORDERS), True)
    assert profile.memberships.keys() == lived.memberships.keys() == {"vip"}
    assert profile.aggregates == lived.aggregates


def test_what_is_recalled_past_the_bound_survives_being_stored_between() -> None:
    rules = rules_of(segments={"vip": SPENT})
    [spec] = rules.specs
    store = FakeProfiles()
    absorb(store, an_event(at=NOW - 300 * DAY), rules=BEFORE, now=NOW - DAY)

    for start in range(0, len(ORDERS), 100):
        batch = [Recall(event, (spec.key,)) for event in ORDERS[start : start + 100]]
        absorb(store, *batch, rules=rules)
        absorb(store, *batch, rules=rules)

    evidence = explain(rules.segments[0].evaluator, stored(store), NOW)
    assert evidence["value"] == len(ORDERS)


def test_what_is_recalled_stands_beside_what_live_events_added_up() -> None:
    """The days from which on she is known live have counted all of theirs; those before are recalled."""
    rules = rules_of(segments={"vip": SPENT})
    [spec] = rules.specs
    profile = a_profile(*ORDERS[100:], rules=rules, until=NOW)

    for event in reversed(ORDERS):
        timeline.recall(profile, Recall(event, (spec.key,)), rules)

    first_day = ORDERS[100].at // DAY
    unsure = [event for event in ORDERS[:100] if event.at // DAY == first_day]
    evidence = explain(rules.segments[0].evaluator, profile, NOW)
    assert evidence["value"] == len(ORDERS) - len(unsure)


def test_of_a_full_sum_nothing_is_added_up_twice() -> None:
    """What it let go stands among the days, where no event is known by itself."""
    rules = rules_of(
        segments={"vip": {"sum": "revenue", "of": "Order Completed", "within": "90d", "more_than": 5}}
    )
    orders = [an_order(NOW - DAY + n * MINUTE, revenue=1) for n in range(BOUND + 20)]
    profile = a_profile(*orders, rules=rules, until=NOW)
    [spec] = rules.specs
    days = {key: {founder: sums.ever for founder, sums in kept.items()} for key, kept in profile.days.items()}

    again = [remember_again(profile, Recall(one, (spec.key,)), rules) for one in orders]

    assert not any(again)
    assert len(profile.aggregates[spec.key]) == BOUND
    assert {
        key: {founder: sums.ever for founder, sums in kept.items()} for key, kept in profile.days.items()
    } == days
