"""What is remembered of past events: enough for the rules, and no more."""

from typing import Any

import pytest

from hub import aggregates
from hub.aggregates import Aggregates, Spec
from hub.clock import DAY, Instant
from tests.builders import NOW, Written, an_event, rules_of


def spec_of(condition: Written) -> Spec:
    (spec,) = rules_of(segments={"one": condition}).specs
    return spec


def remembered(condition: Written, *told: tuple[Instant, Any]) -> list[tuple[Instant, Any]]:
    """(time, value) kept of views with these prices."""
    spec, kept = spec_of(condition), Aggregates()
    for at, price in told:
        aggregates.remember(kept, spec, an_event(at=at, properties={"price": price}), f"mark {at}")
    return [(at, value) for at, _, value in kept.get(spec.key, ())]


def views(*prices: Any) -> list[tuple[Instant, Any]]:
    return [(NOW + place, price) for place, price in enumerate(prices)]


@pytest.mark.parametrize(
    ("count", "needed"),
    [({}, 1), ({"at_least": 3}, 3), ({"at_most": 2}, 3), ({"exactly": 2}, 3), ({"exactly": 0}, 1)],
)
def test_a_count_needs_the_latest_events_that_can_decide_it(count: Written, needed: int) -> None:
    kept = remembered({"did": "Product Viewed", **count}, *views(*range(9)))

    assert [at for at, _ in kept] == [NOW + place for place in range(9 - needed, 9)]


def test_what_no_window_reaches_any_more_is_let_go() -> None:
    kept = remembered(
        {"sum": "price", "of": "Product Viewed", "within": "1d", "is": 1}, (NOW, 1), (NOW + DAY, 2)
    )

    assert kept == [(NOW + DAY, 2)]


@pytest.mark.parametrize(
    ("kind", "kept"),
    [
        ("first", [(NOW, 5)]),
        ("last", [(NOW + 2, 9)]),
        ("minimum", [(NOW + 1, "3")]),
        ("maximum", [(NOW + 2, 9)]),
    ],
)
def test_of_all_time_one_value_is_enough(kind: str, kept: list[Any]) -> None:
    assert remembered({kind: "price", "of": "Product Viewed", "is": 1}, *views(5, "3", 9)) == kept


def test_a_sum_keeps_its_newest_values_up_to_a_bound() -> None:
    kept = remembered({"sum": "price", "of": "Product Viewed", "is": 1}, *views(*range(aggregates.BOUND + 3)))

    assert len(kept) == aggregates.BOUND
    assert kept[0] == (NOW + 3, 3)


def test_an_event_that_says_nothing_of_a_property_takes_no_place() -> None:
    assert remembered({"last": "price", "of": "Product Viewed", "is": 1}, *views(5, None)) == [(NOW, 5)]
    assert remembered({"minimum": "price", "of": "Product Viewed", "is": 1}, *views("free", {})) == []


def test_rules_that_ask_for_the_same_share_what_is_remembered() -> None:
    twice, thrice = ({"did": "Product Viewed", "where": {"price": 5}, "at_least": count} for count in (2, 3))
    rules = rules_of(segments={"a": twice, "b": {**thrice, "within": "7d"}, "c": {"did": "Product Viewed"}})

    shared = [spec for spec in rules.specs if spec.matches]

    assert [(spec.count, spec.horizon) for spec in shared] == [(3, None)]
    assert len(rules.specs) == 2


def test_the_longest_window_of_those_that_share_it_is_kept() -> None:
    day, week = ({"did": "Product Viewed", "within": window} for window in ("1d", "7d"))

    (spec,) = rules_of(segments={"a": day, "b": week}).specs

    assert spec.horizon == 7 * DAY


def test_what_no_rule_asks_for_any_more_is_let_go_at_a_merge() -> None:
    spec = spec_of({"did": "Product Viewed"})
    kept: Aggregates = {spec.key: [(NOW, "m", None)], "old rule": [(NOW, "m", None)]}

    assert aggregates.join(kept, {}, [spec]) == {spec.key: [(NOW, "m", None)]}
