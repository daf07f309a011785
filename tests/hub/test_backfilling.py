"""Which profiles a changed rule makes something else of, and how far back a new one must be recalled."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.aggregates import Spec
from hub.archive_hours import MOST_SPANS, Span, hour_of, spans
from hub.archive_search import in_packs, mentioned, watches
from hub.backfilling import is_outdated
from hub.clock import DAY, HOUR, parse_instant
from hub.profiles import Profile
from hub.recalling import (
    Recall,
    Remembered,
    lacking,
    memory_of,
    reaches_back_to,
    still_remembered,
)
from hub.timeline import arm_tick
from tests.builders import NOW, a_profile, an_event, rules_of

VIEWED = {"did": "Product Viewed", "within": "30d"}
OLD = rules_of(segments={"fan": VIEWED})


def stored(rules: Any = OLD, **fields: Any) -> Profile:
    profile = a_profile(an_event(at=NOW - 10 * DAY), rules=rules, until=NOW - 10 * DAY, **fields)
    arm_tick(profile, NOW - 10 * DAY)
    profile.changes, profile.version = None, 1
    return profile


def test_a_profile_of_which_the_rules_say_the_same_is_left_alone() -> None:
    assert not is_outdated(stored(), OLD, NOW)


@pytest.mark.parametrize(
    "segments",
    [
        {"fan": {**VIEWED, "at_least": 2}},
        {"fan": VIEWED, "looker": {"did": "Product Viewed"}},
        {},
    ],
    ids=["she leaves", "she enters another", "the segment is gone"],
)
def test_a_profile_that_enters_or_leaves_by_a_new_rule_is_outdated(segments: dict[str, Any]) -> None:
    assert is_outdated(stored(), rules_of(segments=segments), NOW)


def test_a_profile_that_will_enter_by_time_alone_is_outdated_for_nobody_else_would_arm_her_timer() -> None:
    """Her timer stands at 30 days, and by the new rule she is lapsed after 20."""
    rules = rules_of(segments={"fan": VIEWED, "lapsed": {"did_not": "Product Viewed", "within": "20d"}})

    assert is_outdated(stored(), rules, NOW)


def test_a_timer_that_was_lost_is_found() -> None:
    profile = stored()
    profile.tick_at = None

    assert is_outdated(profile, OLD, NOW)


def spec(**fields: Any) -> Spec:
    return Spec(**{"key": "k", "events": ("Product Viewed",), "matches": None, **fields})


@pytest.mark.parametrize(
    ("asked", "known", "lacks"),
    [
        (spec(count=2, horizon=DAY), Remembered(2, DAY), False),
        (spec(count=2, horizon=DAY), Remembered(3, None), False),
        (spec(count=3, horizon=DAY), Remembered(2, DAY), True),
        (spec(count=2, horizon=2 * DAY), Remembered(2, DAY), True),
        (spec(count=2), Remembered(2, DAY), True),
        (spec(count=3), Remembered(2, None), True),
    ],
)
def test_what_is_asked_for_beyond_what_is_remembered_is_lacking(
    asked: Spec, known: Remembered, *, lacks: bool
) -> None:
    assert lacking([asked], {"k": known}) == ([asked] if lacks else [])


def test_what_nobody_remembered_is_lacking_and_what_is_remembered_is_written_down() -> None:
    specs = [spec(), spec(key="other", count=3, horizon=HOUR)]

    assert lacking(specs, {}) == specs
    assert lacking(specs, memory_of(specs)) == []


SPANS = st.none() | st.integers(1, 9)
SPECS = st.dictionaries(st.sampled_from("abc"), st.tuples(st.integers(1, 9), SPANS)).map(
    lambda told: [spec(key=key, count=count, horizon=horizon) for key, (count, horizon) in told.items()]
)


@given(SPECS, SPECS)
def test_what_other_rules_let_go_is_lacking_when_it_is_asked_for_again(
    before: list[Spec], between: list[Spec]
) -> None:
    left = still_remembered(between, memory_of(before))

    assert lacking(between, left) == lacking(between, memory_of(before))
    assert lacking(before, left) == lacking(before, memory_of(between))


def test_only_events_that_can_make_a_difference_are_watched() -> None:
    week = spec(horizon=7 * DAY, matches=lambda properties: properties.get("category") == "Tea")
    tea = {"category": "Tea"}

    assert watches(week, an_event(at=NOW - 6 * DAY, properties=tea), NOW)
    assert not watches(week, an_event(at=NOW - 7 * DAY, properties=tea), NOW)
    assert not watches(week, an_event(at=NOW), NOW)
    assert not watches(spec(before=NOW), an_event(at=NOW), NOW)
    assert reaches_back_to(spec(after=NOW - DAY), NOW) == NOW - DAY
    assert reaches_back_to(spec(), NOW) == 0


def test_a_line_is_parsed_only_where_an_event_is_mentioned() -> None:
    is_mentioned = mentioned([spec(events=("Čaj", 'Say "hi"'))])

    assert is_mentioned('{"event":"Čaj"}'.encode())
    assert is_mentioned(rb'{"event":"Say \"hi\""}')
    assert not is_mentioned(b'{"event":"Product Viewed"}')


MORNING = parse_instant("2026-11-21T10:20:00Z")


def test_the_archive_is_read_hour_by_hour_from_where_the_window_begins() -> None:
    found = spans(MORNING - 2 * HOUR, MORNING, oldest=0)

    assert found == [
        Span("events/2026/11/21/08/", "events/2026/11/21/09/"),
        Span("events/2026/11/21/09/", "events/2026/11/21/10/"),
        Span("events/2026/11/21/10/", "events/2026/11/21/11/"),
    ]


def test_it_is_read_no_further_back_than_there_is_any() -> None:
    oldest = hour_of("events/2026/11/21/10/hub-dev-archive-1-2026-11-21-10-00-01-aa.gz")

    assert oldest == parse_instant("2026-11-21T10:00:00Z")
    assert spans(0, MORNING, oldest=oldest) == [Span("events/2026/11/21/10/", "events/2026/11/21/11/")]
    assert hour_of("events/readme.txt") is None


def test_a_long_past_comes_in_few_pieces_that_leave_nothing_out() -> None:
    found = spans(MORNING - 3 * 365 * DAY, MORNING, oldest=0)

    assert len(found) <= MOST_SPANS
    assert all(one.until == other.after for one, other in pairwise(found))
    assert found[-1].until == "events/2026/11/21/11/"


def test_a_customers_events_travel_together() -> None:
    both = [Recall(an_event(at=NOW + n, user_id=user), ("k",)) for n in range(3) for user in ("anna", "ben")]

    packs = list(in_packs(both, most=3))

    assert [{one.event.user_id for one in pack} for pack in packs] == [{"anna"}, {"ben"}]
