"""What is refused as never true, is never true; held against the evaluators that customers are put to."""

from collections.abc import Sequence
from itertools import accumulate, permutations
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from hub import timeline
from hub.clock import DAY, HOUR, MINUTE
from hub.evaluators import NO_FLOOR
from hub.events import Event
from hub.profiles import Profile
from hub.rules import Rules
from hub.strategy.claims import World
from hub.strategy.conditions import read_condition
from hub.strategy.contradictions import contradiction
from hub.strategy.event_conditions import WINDOW_WORDS
from tests.builders import RISK, a_model, rules_of
from tests.condition_strategies import counts, durations, leaves, number_tests, times
from tests.stories import BEGIN, stories

_ADDED = {"did": "Product Added", "within": "7d"}
_HERS = World(only_own=True, probabilities=frozenset({"risk"}))
_VIP = {"in_segment": "vip"}
_MODEL = a_model({"cart_items": 1, "recency_days": -1}, link="logistic", missing={"recency_days": 3})


def _why(*together: dict[str, Any], world: World = _HERS) -> str:
    return contradiction(
        read_condition(together[0] if len(together) == 1 else {"all": list(together)}), world
    )


_IMPOSSIBLE: list[tuple[tuple[dict[str, Any], ...], str]] = [
    (({"did": "page", "within": "10m"}, {"quiet_for": "30m"}), "'page' within 10m ends a quiet of 30m"),
    (({"did": "page", "within": "30m"}, {"quiet_for": "30m"}), "'page' within 30m ends a quiet"),
    (
        ({"last": "price", "of": "page", "within": "10m", "more_than": 3}, {"quiet_for": "30m"}),
        "'page' within 10m ends a quiet of 30m",
    ),
    (({"quiet_for": "30m"}, {"not": {"quiet_for": "10m"}}), "a quiet of 30m is one of 10m too"),
    (
        (_ADDED, {"did_not": ["Product Added", "Order Completed"], "within": "30d"}),
        "'Product Added' at least 1 times, and not at all",
    ),
    (
        ({**_ADDED, "at_least": 3}, {**_ADDED, "at_most": 2}),
        "'Product Added' at least 3 times, and at most 2 times",
    ),
    (
        ({"did": "page", "within": "1h"}, {"not": {"did": "page", "within": "2h"}}),
        "'page' at least 1 times, and not at all",
    ),
    (({"did_not": "page"}, {"not": {"did": "page", "at_most": 3}}), "'page' at least 4 times, and not"),
    (
        ({"did": "page", "after": "2026-03-01"}, {"did_not": "page", "after": "2026-01-01"}),
        "'page' at least 1 times, and not at all",
    ),
    (
        ({"sum": "price", "of": "page", "more_than": 3}, {"did_not": "page"}),
        "'page' at least 1 times, and not at all",
    ),
    (({"did": "page", "since": {"last": "page"}},), "no 'page' is later than the last 'page'"),
    (({"sum": "price", "of": "page", "since": {"last": "page"}, "more_than": 3},), "no 'page' is later"),
    ((_VIP, {"not": _VIP}), "'in segment vip' holds and does not hold"),
    (
        ({"trait": "country", "is": "CZ"}, {"trait": "country", "is": "SK"}),
        "'trait country is CZ' and 'trait country is SK' exclude each other",
    ),
    (
        (
            {"sum": "revenue", "of": "page", "more_than": 500},
            {"trait": "age", "more_than": 18},
            {"sum": "revenue", "of": "page", "less_than": 100},
        ),
        "' and 'sum of revenue over page less than 100' exclude each other",
    ),
    (
        ({"cart": {"items": {"at_least": 3}}}, {"cart": {"items": {"at_most": 1}}}),
        "'cart with items at least 3' and 'cart with items at most 1' exclude each other",
    ),
    (
        ({"cart": {"items": 0}}, {"cart": {"contains": {"category": "Tea"}}}),
        "'cart with items is 0' and 'cart with a line where category is Tea' exclude each other",
    ),
    (({"cart": {"items": 0, "value": {"more_than": 5}}},), "no value makes 'cart with items is 0, value"),
    (({**RISK, "more_than": 1.5},), "no value makes 'trait predicted.risk more than 1.5' hold"),
    (({"trait": "lifetime.orders", "less_than": 0},), "no value makes"),
    (({"trait": "lifetime.orders", "more_than": 1, "less_than": 2},), "no value makes"),
    (({"sum": "price", "of": "page", "exists": False},), "page is missing'"),
    (({"trait": "age", "more_than": 60, "less_than": 18},), "no value makes"),
    (({"trait": "age", "more_than": "100", "less_than": "50"},), "no value makes"),
    (({"trait": "born", "at_least": "2026-05-01", "less_than": "2026-05-01"},), "no value makes"),
    (({"trait": "country", "is": "CZ", "in": ["SK", "PL"]},), "no value makes"),
    (({"trait": "country", "is": "CZ", "is_not": "CZ"},), "no value makes"),
    (({"trait": "x", "contains": "a"}, {"not": {"trait": "x", "contains": "a"}}), "does not hold"),
    (
        ({"trait": "x", "within_last": "7d"}, {"not": {"trait": "x", "within_last": "30d"}}),
        "'trait x within last 7d' and 'trait x within last 30d' not holding exclude each other",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("together", "why"), _IMPOSSIBLE)
def test_what_excludes_each_other_is_impossible_together(together, why):
    assert why in _why(*together)


def test_every_branch_of_an_any_is_tried():
    recent = [{"did": "Product Viewed", "within": "10m"}, {"did": "Product Added", "within": "5m"}]

    assert _why({"quiet_for": "30m"}, {"any": recent})
    assert _why({"not": {"any": [{"not": {"quiet_for": "30m"}}, {"not": {"any": recent}}]}})
    assert _why({"quiet_for": "30m"}, {"any": [*recent, {"did": "page", "within": "1d"}]}) == ""


def test_an_all_inside_an_all_is_looked_into():
    assert _why({"all": [_ADDED]}, {"not": {"did": "X"}}, {"did_not": "Product Added"})


@pytest.mark.parametrize(
    "other",
    [
        {"did_not": "Product Added", "within": "1d"},
        {"did_not": "Product Added", "where": {"category": "Tea"}},
        {"did_not": "Order Completed"},
        {"did": "Product Added", "within": "7d", "at_most": 1},
        {"quiet_for": "30m"},
        {"did_not": "Product Added", "since": {"last": "Order Completed"}},
        {"any": [{"did_not": "Product Added", "within": "1d"}, {"did_not": "Product Added"}]},
        {"not": {"did": "Product Added", "since": {"last": "Order Completed"}, "at_most": 5}},
        {"sum": "price", "of": "Order Completed", "is": 0},
        {"trait": "age", "more_than": 5, "contains": "kg"},
        {"trait": "age", "is": "Tea", "more_than": 5},
    ],
)
def test_what_some_customer_could_do_is_taken(other):
    assert _why(_ADDED, other) == ""


def test_before_the_event_of_a_since_a_count_is_neither_enough_nor_too_much():
    since = {"since": {"last": "Product Viewed"}}

    assert _why({"did_not": "page", **since}, {"not": {"did": "page", "at_most": 5, **since}}) == ""
    assert _why({"not": {"sum": "x", "of": "page", "at_least": 0, **since}},
                {"not": {"sum": "x", "of": "page", "less_than": 0, **since}}) == ""  # fmt: skip


def test_one_and_true_are_two_values():
    one, true = {"is": 1}, {"is": True}

    assert _why({"trait": "x", **one}, {"not": {"trait": "x", **true}}) == ""
    assert _why({"did": "A", "where": {"x": one}}, {"did_not": "A", "where": {"x": true}}) == ""
    assert _why({"trait": "x", **one}, {"not": {"trait": "x", **one}})


def test_any_may_offer_opposites():
    assert _why({"any": [{"did": "Product Viewed"}, {"did_not": "Product Viewed"}]}) == ""
    assert _why({"not": {"any": [{"did": "Product Viewed"}, {"did_not": "Product Viewed"}]}})


def test_an_event_of_a_partners_source_ends_no_quiet():
    bought, quiet = {"did": "Order Completed", "within": "10m"}, {"quiet_for": "30m"}
    market = rules_of(
        segments={"x": {"all": [bought, quiet]}}, policy={"sources": {"market": {"party": "third"}}}
    )
    visit = Event(message_id="1", type="page", at=BEGIN, received_at=BEGIN, anonymous_id="a")
    at = BEGIN + HOUR
    sold = Event(message_id="2", type="track", name="Order Completed", at=at, received_at=at,
                 anonymous_id="a", source="market")  # fmt: skip

    assert _why(bought, quiet, world=World(only_own=False)) == ""
    assert _holds(market, [visit, sold], at + MINUTE)


def test_a_condition_too_large_to_be_tried_out_counts_as_possible():
    either = [{"any": [{"did": f"A{place}"}, {"did": f"B{place}"}]} for place in range(40)]
    never = {"any": [{"all": [_VIP, {"not": _VIP}]}, {"did": "A", "since": {"last": "A"}}]}

    assert _why(*either[:3], never)
    assert _why(*either, never) == ""


def _holds(rules: Rules, story: Sequence[Event], at: int) -> bool:
    profile = Profile("p_1")
    for event in story:
        timeline.live(profile, event, rules)
    timeline.settle(profile, at, rules)
    return rules.segments[-1].evaluator.evaluate(profile, at, NO_FLOOR)[0]


@st.composite
def _impossible(draw: st.DrawFn) -> dict[str, Any]:
    """Two conditions about much the same, one perhaps the other way round, that exclude each other."""
    one = draw(leaves())
    others = draw(st.lists(leaves() | _asked_again(one), min_size=4, max_size=4))
    several = [{"all": [one, way]} for other in (one, *others) for way in (other, {"not": other})]
    found = next((written for written in [one, *several] if _is_impossible(written)), None)
    assume(found is not None)
    return found or {}


def _asked_again(one: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """The same value with another test, the same events with another count."""
    subject = {word: told for word, told in one.items() if word in _SUBJECT}
    return (counts() if "did" in one else number_tests()).map(lambda test: {**subject, **test})


_SUBJECT = {
    "sum",
    "average",
    "minimum",
    "maximum",
    "first",
    "last",
    "trait",
    "did",
    "of",
    *WINDOW_WORDS,
    "where",
}


@st.composite
def _too_much_of_one_event(draw: st.DrawFn) -> dict[str, Any]:
    """Counts of one event over several windows, and quiets."""
    written = st.one_of(
        st.tuples(_WINDOWS, counts()).map(lambda told: {"did": "page", **told[0], **told[1]}),
        _WINDOWS.map(lambda window: {"did_not": "page", **window}),
        durations.map(lambda duration: {"quiet_for": duration}),
    )
    said = draw(st.lists(written, min_size=5, max_size=5))
    pairs = [{"all": [one, way]} for one, other in permutations(said, 2) for way in (other, {"not": other})]
    found = next(filter(_is_impossible, pairs), None)
    assume(found is not None)
    return found or {}


_WINDOWS = st.one_of(
    durations.map(lambda duration: {"within": duration}),
    times.map(lambda time: {"after": time}),
    times.map(lambda time: {"before": time}),
    st.sampled_from([{}, {"since": {"last": "page"}}, {"since": {"last": "Product Viewed"}}]),
)
_IDLE = (0, 1, MINUTE - 1, MINUTE, 30 * MINUTE, 4 * HOUR, DAY, 7 * DAY, 29 * DAY)


@given(_too_much_of_one_event(), st.lists(st.sampled_from(_IDLE), max_size=5), st.sampled_from(_IDLE))
@settings(deadline=None, max_examples=max(300, settings().max_examples))
def test_counts_that_exclude_each_other_do_so_for_every_customer(condition, gaps, later):
    times_of_visits = [BEGIN, *(BEGIN + gap for gap in accumulate(gaps))]
    story = [
        Event(message_id=str(place), type="page" if place % 3 else "track",
              name="" if place % 3 else "Product Viewed", at=at, received_at=at, anonymous_id="a")
        for place, at in enumerate(times_of_visits, start=1)
    ]  # fmt: skip

    assert not _holds(rules_of(segments={"x": condition}), story, story[-1].at + later)


def _is_impossible(written: dict[str, Any]) -> bool:
    try:
        return bool(contradiction(read_condition(written), _HERS))
    except ValueError:
        return False


@settings(deadline=None)
@given(
    st.sampled_from([{"all": list(together)} for together, _ in _IMPOSSIBLE]) | _impossible(),
    stories(),
    st.sampled_from([0, 1, MINUTE, 30 * MINUTE, DAY, 7 * DAY]),
)
def test_whatever_is_called_impossible_is_false_of_every_customer(condition, story, later):
    segments = {"vip": {"quiet_for": "1d"}, "tea_drinker": {"did": "page"}, "x": condition}

    assert not _holds(rules_of(segments=segments, models=[_MODEL]), story, story[-1].at + later)
