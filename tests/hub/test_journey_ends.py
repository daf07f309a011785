"""What ends a run through a journey, at the exact instant: its goal, its exit, or its time."""

from typing import Any

import pytest

from hub import attribution
from hub.clock import DAY, HOUR, MINUTE, Instant
from hub.enrollments import TrailTouch
from hub.events import Event
from hub.profiles import Profile, note
from hub.rules import Rules
from hub.strategy.policy import Policy
from tests.builders import (
    ABANDONER,
    NOW,
    a_delivery,
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


def test_the_goal_ends_it_with_what_it_was_worth_and_what_led_to_it() -> None:
    rules = journey_rules()
    profile = a_profile(a_line(), rules=rules, until=NOW + HOUR)
    (one,) = runs(profile)
    note(profile, a_delivery(enrollment_id=one.enrollment_id, at=NOW + HOUR), Policy())

    go_on(profile, rules, an_order(NOW + 2 * HOUR, revenue="49.90", order_id="o-1"), until=NOW + 3 * HOUR)

    (conversion,) = profile.conversions
    assert ends(profile) == [("goal", NOW + 2 * HOUR)]
    assert (conversion.at, conversion.order_id, conversion.value) == (NOW + 2 * HOUR, "o-1", 49.9)
    sent = TrailTouch("mailer", "send_email", "email", 0, NOW + HOUR, "sent", journey="recovery")
    assert conversion.trail == (sent,)


def test_its_trail_is_what_reached_her_in_any_journey_paid_or_not_and_nothing_else() -> None:
    rules = journey_rules()
    profile = a_profile(a_line(), rules=rules, until=NOW + HOUR)
    for fields in (
        {"message_id": "m1", "journey": "welcome", "variant": "B", "at": NOW},
        {"message_id": "m2", "connector": "ads", "status": "on", "paid": True, "at": NOW + HOUR},
        {"message_id": "m3", "status": "withheld", "at": NOW + HOUR},
        {"message_id": "m4", "status": "queued", "at": NOW + HOUR},
        {"message_id": "m5", "status": "sent", "at": NOW + 3 * HOUR},
    ):
        note(profile, a_delivery(**fields), Policy())

    go_on(profile, rules, an_order(NOW + 2 * HOUR), until=NOW + 3 * HOUR)

    (conversion,) = profile.conversions
    assert [(one.connector, one.journey, one.variant, one.paid) for one in conversion.trail] == [
        ("mailer", "welcome", "B", False),
        ("ads", "recovery", "", True),
    ]


@pytest.mark.parametrize("properties", [{"order_id": "o-1"}, {}], ids=["an order id", "none"])
def test_two_journeys_that_one_order_ends_have_a_conversion_each_and_one_attribution(
    properties: dict[str, Any],
) -> None:
    rules = rules_of(journeys=[a_journey("one"), a_journey("two", goal={"did": "Order Completed"})])
    profile = a_profile(a_line(), rules=rules, until=NOW + HOUR)
    note(profile, a_delivery(at=NOW + HOUR), Policy())

    go_on(profile, rules, an_order(NOW + 2 * HOUR, revenue=80, **properties), until=NOW + 3 * HOUR)

    [record] = attribution.records(profile.conversions)
    assert {one.journey: one.value for one in profile.conversions} == {"one": 80, "two": None}
    assert sum(len(one.trail) for one in profile.conversions) == 1
    assert (record.journeys, record.value, len(record.trail)) == (("one", "two"), 80, 1)


def test_two_orders_without_an_id_are_two() -> None:
    rules = rules_of(journeys=[a_journey(entry={"segment": "abandoner", "key": "cart.cart_id"})])
    profile = a_profile(a_line(cart_id="c1"), rules=rules, until=NOW + HOUR)
    go_on(profile, rules, an_order(NOW + 2 * HOUR), until=NOW + 3 * HOUR)
    go_on(profile, rules, a_line(NOW + 4 * HOUR, cart_id="c2"), until=NOW + 5 * HOUR)
    go_on(profile, rules, an_order(NOW + 6 * HOUR), until=NOW + 7 * HOUR)

    assert [one.at for one in attribution.records(profile.conversions)] == [NOW + 2 * HOUR, NOW + 6 * HOUR]


def test_what_happened_up_to_the_entry_does_not_reach_the_goal() -> None:
    rules = rules_of(
        segments={"viewer": {"did": "Product Viewed"}},
        journeys=[a_journey(entry={"segment": "viewer"}, goal={"did": "Order Completed"})],
    )

    profile = a_profile(an_order(NOW - 1), an_order(NOW), an_event(at=NOW), rules=rules, until=NOW + HOUR)

    assert ends(profile) == [(None, None)]
    go_on(profile, rules, an_order(NOW + HOUR + 1), until=NOW + HOUR + 1)
    assert ends(profile) == [("goal", NOW + HOUR + 1)]


@pytest.mark.parametrize(
    "goal",
    [
        {"first": "price", "of": "Product Viewed", "is": 7},
        {"minimum": "price", "of": "Product Viewed", "is": 7},
        {"maximum": "price", "of": "Product Viewed", "is": 7},
        {"last": "price", "of": "Product Viewed", "is": 7},
        {"sum": "price", "of": "Product Viewed", "is": 7},
        {"did": "Product Viewed", "exactly": 1},
        {"did": "Product Viewed", "where": {"price": 7}, "within": "1d"},
    ],
)
def test_a_goal_of_any_kind_looks_only_at_what_came_after_the_entry(goal: dict[str, Any]) -> None:
    def look(at: Instant, price: int) -> Event:
        return an_event(at=at, message_id=f"{price}", properties={"price": price})

    rules = journey_rules(goal=goal)
    profile = a_profile(look(NOW - 1, 1), look(NOW - 1, 99), a_line(NOW), rules=rules, until=NOW + HOUR)
    assert ends(profile) == [(None, None)]

    go_on(profile, rules, look(NOW + 2 * HOUR, 7), until=NOW + 2 * HOUR)

    assert ends(profile) == [("goal", NOW + 2 * HOUR)]


def test_the_exit_ends_it() -> None:
    rules = journey_rules(exit={"cart": {"items": {"exactly": 0}}})

    profile = a_profile(a_line(NOW), a_line(NOW + HOUR, name="Product Removed"), rules=rules)

    assert ends(profile) == [("exit", NOW + HOUR)]


def test_any_condition_may_be_the_exit_and_one_that_holds_already_ends_it_at_once() -> None:
    """Unlike the goal it looks at the whole past: it is a condition like any other."""
    lost_interest = {"did_not": "Product Viewed", "within": "1d"}
    views = [an_event(at=NOW - 1)]

    still_looking = a_profile(
        *views, a_line(NOW), rules=journey_rules(exit=lost_interest), until=NOW + 2 * DAY
    )
    never_looked = a_profile(a_line(NOW), rules=journey_rules(exit=lost_interest), until=NOW + 2 * DAY)

    assert ends(still_looking) == [("exit", NOW - 1 + DAY)]
    assert ends(never_looked) == [("exit", NOW + QUIET)]


def test_leaving_the_segment_ends_it_if_the_exit_says_so() -> None:
    rules = journey_rules(exit={"not": {"in_segment": "abandoner"}})

    profile = a_profile(a_line(NOW), an_event(at=NOW + HOUR), rules=rules)

    assert ends(profile) == [("exit", NOW + HOUR)]


def test_who_buys_has_bought_even_if_that_empties_the_cart() -> None:
    rules = journey_rules(exit={"cart": {"items": {"exactly": 0}}})

    profile = a_profile(a_line(NOW), an_order(NOW + HOUR), rules=rules)

    assert ends(profile) == [("goal", NOW + HOUR)]


def test_it_ends_when_its_time_is_up_and_not_a_millisecond_before() -> None:
    rules = journey_rules()
    end = NOW + QUIET + 3 * DAY
    profile = a_profile(a_line(), rules=rules, until=end - 1)
    assert ends(profile) == [(None, None)]

    go_on(profile, rules, until=end + DAY)

    assert ends(profile) == [("ended", end)]


def test_who_buys_in_the_last_instant_has_bought() -> None:
    rules = journey_rules()
    end = NOW + QUIET + 3 * DAY

    profile = a_profile(a_line(), an_order(end), rules=rules)

    assert ends(profile) == [("goal", end)]


def test_an_exit_that_only_time_brings_comes_at_its_instant() -> None:
    rules = journey_rules(exit={"quiet_for": "1d"})

    profile = a_profile(a_line(), rules=rules, until=NOW + 10 * DAY)

    assert ends(profile) == [("exit", NOW + DAY)]


def test_a_run_of_a_journey_that_is_gone_still_ends_in_time() -> None:
    profile = a_profile(a_line(), rules=journey_rules(), until=NOW + HOUR)
    profile.changes = None  # as after reading it from its table

    go_on(profile, rules_of(), until=NOW + 10 * DAY)

    assert ends(profile) == [("ended", NOW + QUIET + 3 * DAY)]


def test_two_journeys_of_one_segment_run_side_by_side() -> None:
    rules = rules_of(
        segments={"abandoner": ABANDONER}, journeys=[a_journey("one"), a_journey("two", ends_after="1h")]
    )

    profile = a_profile(a_line(), rules=rules, until=NOW + DAY)

    assert {(one.journey, one.outcome) for one in runs(profile)} == {("one", None), ("two", "ended")}
