"""`restart_when: cart_changes`: the run ends, all off, and she may enter again; so many times a key."""

from typing import Any

import pytest

from hub.clock import DAY, HOUR, MINUTE, Instant
from hub.events import Event
from hub.profiles import Profile
from hub.rules import Rules
from tests.backtesting import Told
from tests.builders import (
    NOW,
    a_journey,
    a_level,
    a_line,
    a_profile,
    an_action,
    an_event,
    an_order,
    go_on,
    rules_of,
    runs,
)

QUIET = 30 * MINUTE


def restarting(**fields: Any) -> Rules:
    entry = {"segment": "abandoner", "key": "cart.cart_id"}
    return rules_of(journeys=[a_journey(**{"entry": entry, "restart_when": "cart_changes", **fields})])


def outcomes(profile: Profile) -> list[tuple[str | None, Instant | None]]:
    return [(one.outcome, one.closed_at) for one in runs(profile)]


def adds(at: Instant, product: str = "cup", cart_id: str = "c1", **fields: Any) -> Event:
    return a_line(at, product, cart_id=cart_id, **fields)


def abandoned(rules: Rules) -> Profile:
    return a_profile(adds(NOW, "tea"), rules=rules, until=NOW + HOUR)


def test_a_changed_cart_ends_the_run_and_she_enters_again_when_she_leaves_it_again() -> None:
    rules = restarting()

    profile = go_on(abandoned(rules), rules, adds(NOW + 2 * HOUR), until=NOW + 3 * HOUR)

    assert outcomes(profile) == [("restarted", NOW + 2 * HOUR), (None, None)]
    assert [one.entered_at for one in runs(profile)] == [NOW + QUIET, NOW + 2 * HOUR + QUIET]
    assert [one.key for one in runs(profile)] == ["c1", "c1"]


def test_without_the_word_a_changed_cart_changes_nothing() -> None:
    rules = restarting(restart_when=None)

    profile = go_on(abandoned(rules), rules, adds(NOW + 2 * HOUR), until=NOW + 3 * HOUR)

    assert outcomes(profile) == [(None, None)]


def test_she_enters_again_whatever_again_after_says() -> None:
    entry = {"segment": "abandoner", "key": "cart.cart_id", "again_after": "30d"}
    rules = restarting(entry=entry)

    profile = go_on(abandoned(rules), rules, adds(NOW + 2 * HOUR), until=NOW + 3 * HOUR)

    assert len(runs(profile)) == 2


@pytest.mark.parametrize("most", [1, 3])
def test_so_many_times_and_then_the_run_goes_on(most: int) -> None:
    rules = restarting(restarts_at_most=most)
    profile = abandoned(rules)

    for hour in range(2, 12, 2):
        go_on(profile, rules, adds(NOW + hour * HOUR, f"cup {hour}"), until=NOW + (hour + 1) * HOUR)

    assert [outcome for outcome, _ in outcomes(profile)] == [*["restarted"] * most, None]


def test_another_key_has_restarts_of_its_own() -> None:
    rules = restarting(restarts_at_most=1)
    profile = abandoned(rules)
    for hour, cart in ((2, "c1"), (4, "c2"), (6, "c2")):
        go_on(profile, rules, adds(NOW + hour * HOUR, f"cup {hour}", cart), until=NOW + (hour + 1) * HOUR)

    assert [(one.key, one.outcome) for one in runs(profile)] == [
        ("c1", "restarted"), ("c1", None), ("c2", "restarted"), ("c2", None),
    ]  # fmt: skip


def test_the_cart_of_another_key_is_not_its_cart() -> None:
    rules = restarting()

    profile = go_on(abandoned(rules), rules, adds(NOW + 2 * HOUR, cart_id="c2"), until=NOW + 2 * HOUR)

    assert outcomes(profile) == [(None, None)]


def test_without_a_key_any_cart_of_hers_counts() -> None:
    rules = restarting(entry={"segment": "abandoner"})

    profile = go_on(abandoned(rules), rules, adds(NOW + 2 * HOUR, cart_id="c2"), until=NOW + 2 * HOUR)

    assert outcomes(profile) == [("restarted", NOW + 2 * HOUR)]


def looks_at(at: Instant, quantity: int = 1) -> Event:
    line = {"product_id": "tea", "price": 9, "quantity": quantity}
    return an_event("Cart Viewed", at, properties={"cart_id": "c1", "products": [line]})


@pytest.mark.parametrize(
    ("event", "is_restarted"),
    [
        (looks_at(NOW + 2 * HOUR), False),  # the same things, at another price
        (looks_at(NOW + 2 * HOUR, quantity=2), True),
        (adds(NOW + 2 * HOUR, "tea", quantity=3), True),
        (adds(NOW + 2 * HOUR, "tea", name="Product Removed"), True),
        (an_event("Cart Cleared", NOW + 2 * HOUR, properties={"cart_id": "c1"}), True),
        (an_event(at=NOW + 2 * HOUR), False),
    ],
    ids=["looked at", "looked at with more in it", "more of it", "taken out", "cleared", "something else"],
)
def test_what_changes_a_cart_is_what_lies_in_it(event: Event, *, is_restarted: bool) -> None:
    rules = restarting()

    profile = go_on(abandoned(rules), rules, event, until=NOW + 2 * HOUR)

    assert outcomes(profile)[0][0] == ("restarted" if is_restarted else None)


def test_what_lay_in_it_before_and_was_heard_of_late_does_not_change_it() -> None:
    rules = restarting()

    profile = go_on(abandoned(rules), rules, adds(NOW - HOUR, "late"), until=NOW + HOUR)

    assert outcomes(profile) == [(None, None)]


def test_an_emptied_cart_exits_if_exit_says_so() -> None:
    rules = restarting(exit={"cart": {"items": {"exactly": 0}}})

    emptied = adds(NOW + 2 * HOUR, "tea", name="Product Removed")
    profile = go_on(abandoned(rules), rules, emptied, until=NOW + 3 * HOUR)

    assert outcomes(profile) == [("exit", NOW + 2 * HOUR)]


def test_who_buys_what_is_in_the_cart_has_bought() -> None:
    rules = restarting()

    profile = go_on(abandoned(rules), rules, an_order(NOW + 2 * HOUR, cart_id="c1"), until=NOW + 3 * HOUR)

    assert outcomes(profile) == [("goal", NOW + 2 * HOUR)]


def test_a_restart_begins_the_steps_anew_and_turns_off_what_was_on() -> None:
    steps = [
        {"after": "0s", "do": [an_action(), a_level()]},
        {"after": "12h", "do": [an_action(template="x")]},
    ]
    rules = restarting(steps=steps)

    told = Told(rules, [adds(NOW, "tea"), adds(NOW + 2 * HOUR)], NOW + 15 * HOUR)

    hours = [(one.step, one.connector, (one.at - NOW) / HOUR, one.status) for one in told.deliveries]
    assert hours == [
        (0, "mailer", 0.5, "sent"),
        (0, "ads", 0.5, "on"),
        (0, "ads", 2, "off"),
        (0, "mailer", 2.5, "sent"),
        (0, "ads", 2.5, "on"),
        (1, "mailer", 14.5, "sent"),
    ]


def test_who_is_held_out_is_restarted_as_the_others_are() -> None:
    rules = restarting(holdout="100%")

    profile = go_on(abandoned(rules), rules, adds(NOW + 2 * HOUR), until=NOW + 3 * HOUR)

    assert [(one.outcome, one.arm) for one in runs(profile)] == [("restarted", "holdout"), (None, "holdout")]


def test_an_end_by_time_is_no_restart_and_begins_the_count_anew() -> None:
    entry = {"segment": "abandoner", "key": "cart.cart_id", "again_after": "1d"}
    rules = restarting(entry=entry, ends_after="1d", restarts_at_most=1)
    profile = go_on(abandoned(rules), rules, adds(NOW + 2 * HOUR), until=NOW + 2 * DAY)
    assert [outcome for outcome, _ in outcomes(profile)] == ["restarted", "ended"]

    go_on(profile, rules, adds(NOW + 3 * DAY, "pot"), until=NOW + 3 * DAY + HOUR)
    go_on(profile, rules, adds(NOW + 3 * DAY + 2 * HOUR, "lid"), until=NOW + 3 * DAY + 3 * HOUR)

    assert [outcome for outcome, _ in outcomes(profile)] == ["restarted", "ended", "restarted", None]


def test_a_run_keeps_to_the_cart_it_began_with_when_its_journey_is_keyed_otherwise() -> None:
    profile, otherwise = abandoned(restarting()), restarting(entry={"segment": "abandoner"})

    go_on(profile, otherwise, adds(NOW + 2 * HOUR, cart_id="c2"), until=NOW + 2 * HOUR)
    assert outcomes(profile) == [(None, None)]

    go_on(profile, otherwise, adds(NOW + 3 * HOUR, cart_id="c1"), until=NOW + 3 * HOUR)
    assert outcomes(profile)[0] == ("restarted", NOW + 3 * HOUR)


def test_a_run_about_every_cart_stays_so_when_its_journey_is_keyed_by_one() -> None:
    unkeyed = restarting(entry={"segment": "abandoner"})
    profile = abandoned(unkeyed)

    go_on(profile, restarting(), adds(NOW + 2 * HOUR, cart_id="c2"), until=NOW + 2 * HOUR)

    assert outcomes(profile) == [("restarted", NOW + 2 * HOUR)]


def test_a_run_of_before_the_journey_asked_for_its_cart_has_none_to_compare() -> None:
    before = restarting(restart_when=None)
    profile = abandoned(before)

    go_on(profile, restarting(), looks_at(NOW + 2 * HOUR, quantity=2), until=NOW + 2 * HOUR)

    assert outcomes(profile) == [(None, None)]
