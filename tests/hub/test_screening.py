"""What of the events becomes part of profiles, by the tracking plan and the policy."""

from typing import Any

import pytest

from hub.screening import Found, Screen
from hub.strategy.policy import Policy
from hub.strategy.tracking_plan import TrackingPlan
from tests.shoppers import NOON, identify, track

ROBOT: dict[str, Any] = {
    "userAgent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
}
PLAN: dict[str, Any] = {
    "events": {
        "Order Refunded": {"required": ["order_id"], "properties": {"total": {"type": "number"}}},
        "Product Viewed": {},
    },
    "traits": {"properties": {"country": {"enum": ["CZ", "SK"], "on_violation": "quarantine"}}},
}


def screen(policy: dict[str, Any] | None = None, **plan: Any) -> Screen:
    return Screen(TrackingPlan.model_validate(PLAN | plan), Policy.model_validate(policy or {}))


def test_what_is_as_planned_is_let_in_without_a_word() -> None:
    found = Found()

    good = track("Order Refunded", properties={"order_id": "o-1", "total": 5})

    assert screen().admits(good, found)
    assert found == Found()


def test_without_a_plan_everything_is_let_in() -> None:
    assert Screen(None, Policy()).admits(track("Anything", properties={"total": "5"}), Found())


def test_what_lacks_something_required_is_kept_out_and_handed_over() -> None:
    found, incomplete = Found(aside=[]), track("Order Refunded", properties={"total": "5"})

    assert not screen().admits(incomplete, found)

    assert found.aside == [incomplete]
    assert (found.quarantined, found.warned) == (1, 0)
    assert found.kinds == {
        ("Order Refunded", "order_id", "is missing"): 1,
        ("Order Refunded", "total", "is string, not number"): 1,
    }
    kept = screen().set_aside(incomplete, NOON)
    assert [(one.path, one.quarantines) for one in kept.violations] == [("order_id", True), ("total", False)]
    assert (kept.at, kept.planned) == (NOON, True)


def test_what_is_only_of_a_wrong_form_is_let_in_and_counted() -> None:
    found = Found(aside=[])

    for number in range(3):
        assert screen().admits(
            track("Order Refunded", properties={"order_id": "o", "total": str(number)}), found
        )

    assert (found.warned, found.quarantined, found.aside) == (3, 0, [])
    assert found.kinds == {("Order Refunded", "total", "is string, not number"): 3}


def test_traits_are_held_against_the_plan_whatever_message_brings_them() -> None:
    found = Found()

    assert screen().admits(identify(traits={"country": "CZ"}), found)
    assert not screen().admits(identify(traits={"country": "XX"}), found)
    assert not screen().admits(track("Product Viewed", traits={"country": "XX"}), found)

    assert set(found.kinds) == {
        ("identify", "traits.country", "is none of the values listed"),
        ("Product Viewed", "traits.country", "is none of the values listed"),
    }


@pytest.mark.parametrize(
    ("unplanned", "admitted", "warned"), [("allow", 1, 0), ("warn", 1, 1), ("quarantine", 0, 0)]
)
def test_an_event_that_the_plan_does_not_name(unplanned: str, admitted: int, warned: int) -> None:
    found, invented = Found(), track("Viewed by anna@shop.example")
    strict = screen(unplanned=unplanned)

    assert strict.admits(invented, found) == bool(admitted)
    assert strict.admits(identify(), found)

    assert (found.warned, found.quarantined) == (warned, 1 - admitted)
    assert not strict.set_aside(invented, NOON).planned
    assert "anna" not in str(found.kinds)


def test_robots_are_counted_and_kept_out_before_anything_else() -> None:
    found = Found(aside=[])

    assert not screen().admits(track("Order Refunded", context=ROBOT), found)

    assert found == Found(bots=1, aside=[])


def test_a_policy_may_keep_robots() -> None:
    assert screen({"bots": "keep"}).admits(track("Product Viewed", context=ROBOT), Found())
