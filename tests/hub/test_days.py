"""Sums and the like of more values than are kept one by one: the older are added up by day."""

import random
from typing import Any

import pytest

from hub import profiles
from hub.aggregates import BOUND
from hub.clock import DAY, HOUR, MINUTE, Instant, format_instant
from hub.days import MAX_DAYS, Sums
from hub.evaluators import explain
from hub.events import Event
from hub.profiles import Profile
from hub.rules import Rules
from tests.builders import NOW, a_profile, an_event, an_order, rules_of

MIDNIGHT = NOW // DAY * DAY


def asking(kind: str = "sum", **asked: Any) -> Rules:
    return rules_of(segments={"asked": {kind: "price", "of": "Product Viewed", "more_than": 0, **asked}})


def views(number: int, begin: Instant, *, price: Any = 1, step: int = MINUTE) -> list[Event]:
    return [an_event(at=begin + place * step, properties={"price": price}) for place in range(number)]


def folded(rules: Rules, *events: Event, profile_id: str = "p_1") -> Profile:
    profile = Profile(profile_id)
    for event in events:
        profiles.apply(profile, event, rules)
    return profile


def told(rules: Rules, profile: Profile, now: Instant) -> dict[str, Any]:
    return explain(rules.segments[0].evaluator, profile, now)


def sums(profile: Profile) -> list[Sums]:
    return [one for by_founder in profile.days.values() for one in by_founder.values()]


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        ("sum", BOUND + 30.3),
        ("average", round((BOUND + 30.3) / (BOUND + 3), 6)),
        ("minimum", 0.3),
        ("maximum", 20),
    ],
)
def test_what_was_let_go_still_counts(kind: str, answer: float) -> None:
    rules = asking(kind, within="30d")
    old = [
        an_event(at=MIDNIGHT + place, properties={"price": price})
        for place, price in enumerate([0.3, "10", 20, "free"])
    ]

    profile = folded(rules, *old, *views(BOUND, MIDNIGHT + HOUR))

    evidence = told(rules, profile, MIDNIGHT + DAY)
    assert (evidence["value"], evidence["approximate"]) == (answer, True)
    assert [one.ever for one in sums(profile)] == [4]


def test_days_drop_out_of_a_window_whole() -> None:
    rules = asking(within="2d", more_than=BOUND)
    profile = folded(rules, *views(400, MIDNIGHT + HOUR), *views(BOUND, MIDNIGHT + DAY))
    last = MIDNIGHT + 2 * DAY

    before, after = told(rules, profile, last - 1), told(rules, profile, last)

    assert (before["value"], before["holds"], before["until"]) == (BOUND + 400, True, format_instant(last))
    assert (after["value"], after["holds"], "approximate" in after) == (BOUND, False, False)


def test_she_leaves_when_the_day_drops_out_with_no_event_in_between() -> None:
    rules = asking(within="2d", more_than=BOUND)

    profile = a_profile(
        *views(400, MIDNIGHT + HOUR), *views(BOUND, MIDNIGHT + DAY), rules=rules, until=MIDNIGHT + 2 * DAY - 1
    )

    assert list(profile.memberships) == ["asked"]
    assert profile.wake_at == MIDNIGHT + 2 * DAY


def test_a_window_that_the_single_values_fill_is_exact() -> None:
    rules = asking(within="30d")
    rules_of_an_hour = asking(within="1h")
    profile = folded(rules, *views(BOUND + 100, MIDNIGHT))

    evidence = told(rules_of_an_hour, profile, MIDNIGHT + (BOUND + 99) * MINUTE)

    assert (evidence["value"], "approximate" in evidence) == (60, False)


def test_since_counts_only_whole_days_after_it() -> None:
    rules = asking(since={"last": "Order Completed"})
    shopped = [*views(200, MIDNIGHT), *views(200, MIDNIGHT + DAY), *views(BOUND, MIDNIGHT + 2 * DAY)]

    profile = folded(rules, an_order(MIDNIGHT + HOUR), *shopped)

    assert told(rules, profile, MIDNIGHT + 3 * DAY)["value"] == BOUND + 200


@pytest.mark.parametrize("window", [{}, {"within": "30d"}, {"within": "3d"}])
def test_the_order_of_arrival_and_repetition_do_not_matter(window: dict[str, str]) -> None:
    rules = asking(**window)
    events = views(BOUND + 300, MIDNIGHT, step=11 * MINUTE)
    shuffled = [*events[-200:], *events[::3], *events]
    random.Random(3).shuffle(shuffled)

    one, other = folded(rules, *events), folded(rules, *shuffled)

    assert (other.days, other.aggregates) == (one.days, one.aggregates)


def test_days_that_no_window_reaches_are_let_go() -> None:
    rules = asking(within="3d")

    profile = folded(
        rules, *views(BOUND + 9, MIDNIGHT), an_event(at=MIDNIGHT + 3 * DAY, properties={"price": 1})
    )

    (kept,) = sums(profile)
    assert (kept.ever, kept.by_day) == (10, {})


def test_of_days_without_end_the_oldest_are_added_to_the_oldest_kept() -> None:
    rules = asking()
    days = BOUND + MAX_DAYS + 20
    events = views(days, MIDNIGHT, step=DAY)

    profile = folded(rules, *events)

    (kept,) = sums(profile)
    assert (len(kept.by_day), kept.ever) == (MAX_DAYS, MAX_DAYS + 20)
    assert kept.by_day[min(kept.by_day)].count == 21
    assert told(rules, profile, MIDNIGHT + days * DAY)["value"] == days
    assert folded(rules, *reversed(events)).days == profile.days


def test_two_customers_of_many_values_who_are_one_have_both() -> None:
    rules = asking()
    hers = folded(rules, *views(BOUND + 50, MIDNIGHT), profile_id="p_1")
    his = folded(rules, *views(BOUND + 70, MIDNIGHT + 1, price=2), profile_id="p_2")

    joined = profiles.join(hers, his, rules)
    again = profiles.join(joined, his, rules)
    later = folded_on(joined, rules, *views(1, MIDNIGHT + 9 * DAY))

    expected = BOUND + 50 + 2 * (BOUND + 70)
    assert told(rules, again, MIDNIGHT + 8 * DAY)["value"] == expected
    assert told(rules, later, MIDNIGHT + 9 * DAY)["value"] == expected + 1
    assert [len(entries) for entries in later.aggregates.values()] == [BOUND]


def test_a_value_no_shop_has_is_none() -> None:
    rules = asking()

    profile = folded(rules, *views(1, MIDNIGHT, price=1e300), *views(BOUND, MIDNIGHT + HOUR))

    assert told(rules, profile, MIDNIGHT + DAY)["value"] == BOUND


def test_counts_keep_nothing_by_day() -> None:
    rules = rules_of(segments={"asked": {"did": "Product Viewed", "at_least": 3}})

    assert folded(rules, *views(9, MIDNIGHT)).days == {}


def folded_on(profile: Profile, rules: Rules, *events: Event) -> Profile:
    for event in events:
        profiles.apply(profile, event, rules)
    return profile
