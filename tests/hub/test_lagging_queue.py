"""A queue that lags by hours: nobody is taken for one who left her cart while she was buying it."""

import heapq
from itertools import count
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub import pipeline
from hub.absorbing import Fact
from hub.clock import DAY, HOUR, MINUTE, SECOND, Duration, Instant
from hub.deliveries import Delivery, Status
from hub.identities import profile_id_for
from hub.profiles import Profile
from hub.rules import Rules
from hub.timers import Tick
from tests.absorbed import sent
from tests.builders import ABANDONER, NOW, a_journey, a_line, an_event, an_order, rules_of
from tests.fakes import FakeProfiles

RULES = rules_of(
    segments={
        "abandoner": ABANDONER,
        "looker": {"did": "Product Viewed", "at_least": 2, "within": "1h"},
        "gone": {"did_not": "Product Viewed", "within": "2h"},
        "buyer": {"did": "Order Completed", "within": "3h"},
    },
    journeys=[a_journey(entry={"segment": "abandoner"}, goal={"did": "Order Completed"}, ends_after="2d")],
)
LAGS = [0, 20 * SECOND, 40 * MINUTE, 5 * HOUR]
HER = profile_id_for(("anonymous_id", "a-1"))
AT_ONCE = 6

Queue = list[tuple[Instant, int, Fact]]
"""(said at, number, fact); a heap."""


def lived(facts: list[Fact], lag: Duration, rules: Rules = RULES, dice: Random | None = None) -> Profile:
    """What is stored in the end, where everything is taken in so long after it was said.

    `dice`: in batches of any size, each in any order; else one by one.
    """
    store, order = FakeProfiles(), count()
    queue: Queue = [(one.at, next(order), one) for one in facts]
    heapq.heapify(queue)
    armed, profile = set[Instant](), Profile("p_nobody")
    while queue:
        said_at, batch = next_batch(queue, dice)
        for group in pipeline.group(batch, rules.identifiers):
            pipeline.absorb(group, store, rules, now=said_at + lag)
        [profile_id] = store.stored
        profile = store.get(profile_id) or profile
        if profile.tick_at is not None and profile.tick_at not in armed and profile.tick_at < NOW + DAY:
            armed.add(profile.tick_at)
            tick = Tick(profile_id=profile.profile_id, at=profile.tick_at)
            heapq.heappush(queue, (max(profile.tick_at, said_at + lag), next(order), tick))
    return profile


def next_batch(queue: Queue, dice: Random | None) -> tuple[Instant, list[Fact]]:
    """(when its last fact was said, the facts)."""
    size = dice.randint(1, AT_ONCE) if dice else 1
    taken = [heapq.heappop(queue) for _ in range(min(size, len(queue)))]
    batch = [fact for _, _, fact in taken]
    return taken[-1][0], dice.sample(batch, k=len(batch)) if dice else batch


def what_counts(profile: Profile) -> dict[str, Any]:
    runs = [(one.entered_at, one.closed_at, one.outcome) for one in profile.enrollments.values()]
    return {"memberships": dict(profile.memberships), "runs": sorted(runs, key=str)}


@pytest.mark.parametrize("lag", LAGS)
def test_who_bought_in_time_never_left_her_cart_however_late_both_are_heard(lag: Duration) -> None:
    profile = lived([a_line(NOW), an_order(NOW + 10 * MINUTE)], lag)

    assert "abandoner" not in profile.memberships
    assert profile.enrollments == {}


@pytest.mark.parametrize("lag", LAGS)
def test_who_bought_after_she_had_left_it_has_reached_the_goal(lag: Duration) -> None:
    profile = lived([a_line(NOW), an_order(NOW + 50 * MINUTE)], lag)

    [run] = profile.enrollments.values()
    assert (run.entered_at, run.closed_at, run.outcome) == (NOW + 30 * MINUTE, NOW + 50 * MINUTE, "goal")


PURCHASE, TIMER = an_order(NOW + 10 * MINUTE), Tick(profile_id=HER, at=NOW + 30 * MINUTE)
ORDERS: dict[str, list[Fact]] = {
    "purchase first": [PURCHASE, TIMER],
    "timer first": [TIMER, PURCHASE],
    "an opened mail before both": [sent(HER, at=NOW + 5 * MINUTE, status="opened"), PURCHASE, TIMER],
}


@pytest.mark.parametrize("order", ORDERS)
def test_a_timer_passes_no_purchase_of_the_same_batch(order: str) -> None:
    store = FakeProfiles()
    pipeline.absorb([a_line(NOW)], store, RULES, now=NOW)

    for group in pipeline.group(ORDERS[order], RULES.identifiers):
        pipeline.absorb(group, store, RULES, now=NOW + HOUR)

    her = store.get(HER)
    assert her is not None
    assert her.enrollments == {}


def opened(at: Instant) -> Delivery:
    return sent(HER, at=at, status=Status.OPENED)


stories = st.lists(
    st.tuples(st.integers(1, 300).map(lambda minute: NOW + minute * MINUTE), st.sampled_from("vlod")),
    max_size=8,
    unique_by=lambda step: step[0],
)
_MADE_BY = {"v": lambda at: an_event(at=at), "l": a_line, "o": an_order, "d": opened}


@given(story=stories, lag=st.sampled_from(LAGS[1:]))
def test_a_lag_changes_nothing_in_the_end(story: list[tuple[Instant, str]], lag: Duration) -> None:
    facts = told(story)

    assert what_counts(lived(facts, lag)) == what_counts(lived(facts, 0))


@settings(max_examples=300)
@given(story=stories, lag=st.sampled_from(LAGS), dice=st.randoms(use_true_random=False))
def test_nor_do_batches_of_any_size_and_in_any_order(
    story: list[tuple[Instant, str]], lag: Duration, dice: Random
) -> None:
    facts = told(story)

    assert what_counts(lived(facts, lag, dice=dice)) == what_counts(lived(facts, 0))


def told(story: list[tuple[Instant, str]]) -> list[Fact]:
    return [an_event(at=NOW), *(_MADE_BY[what](at) for at, what in story)]
