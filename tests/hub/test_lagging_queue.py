"""A queue that lags by hours: nobody is taken for one who left her cart while she was buying it."""

import heapq
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub import pipeline
from hub.absorbing import Fact
from hub.clock import DAY, HOUR, MINUTE, SECOND, Duration, Instant
from hub.events import Event
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


def lived(events: list[Event], lag: Duration, rules: Rules = RULES) -> Profile:
    """What is stored in the end, where everything is taken in so long after it was said."""
    store, order = FakeProfiles(), count()
    queue: list[tuple[Instant, int, Fact]] = [(one.received_at, next(order), one) for one in events]
    heapq.heapify(queue)
    armed, profile = set[Instant](), Profile("p_nobody")
    while queue:
        said_at, _, fact = heapq.heappop(queue)
        pipeline.absorb([fact], store, rules, now=said_at + lag)
        [profile_id] = store.stored
        profile = store.get(profile_id) or profile
        if profile.tick_at is not None and profile.tick_at not in armed and profile.tick_at < NOW + DAY:
            armed.add(profile.tick_at)
            tick = Tick(profile_id=profile.profile_id, at=profile.tick_at)
            heapq.heappush(queue, (max(profile.tick_at, said_at + lag), next(order), tick))
    return profile


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


def test_a_vendor_whose_clock_is_a_year_ahead_lets_no_time_pass() -> None:
    store = FakeProfiles()
    pipeline.absorb([a_line(NOW)], store, RULES, now=NOW)
    [profile_id] = store.stored

    pipeline.absorb([sent(profile_id, at=NOW + 365 * DAY)], store, RULES, now=NOW + MINUTE)

    profile = store.get(profile_id)
    assert profile is not None
    assert profile.settled_at == NOW + MINUTE
    assert profile.memberships == {"gone": NOW}


stories = st.lists(
    st.tuples(st.integers(0, 300).map(lambda minute: NOW + minute * MINUTE), st.sampled_from("vlo")),
    min_size=1,
    max_size=8,
    unique_by=lambda step: step[0],
)
_MADE_BY = {"v": lambda at: an_event(at=at), "l": a_line, "o": an_order}


@given(story=stories, lag=st.sampled_from(LAGS[1:]))
def test_a_lag_changes_nothing_in_the_end(story: list[tuple[Instant, str]], lag: Duration) -> None:
    events = [_MADE_BY[what](at) for at, what in story]

    assert what_counts(lived(events, lag)) == what_counts(lived(events, 0))
