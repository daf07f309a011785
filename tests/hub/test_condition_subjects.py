"""What stands of a customer now: quiet, traits, carts, identifiers; and the evidence that is told."""

from typing import Any

import pytest

from hub.aggregates import BOUND
from hub.clock import DAY, MINUTE, Instant, format_instant
from hub.evaluators import NO_FLOOR, explain
from hub.events import Event
from tests.builders import NOW, a_line, a_profile, an_event, an_identify, rules_of

VIEW, ORDER = "Product Viewed", "Order Completed"


def holds(condition: dict[str, Any], *events: Event, at: Instant = NOW) -> bool:
    rules = rules_of(segments={"probed": condition})
    profile = a_profile(*events, rules=rules, until=at)
    answer = rules.segments[0].evaluator.evaluate(profile, at, NO_FLOOR)[0]
    assert ("probed" in profile.memberships) == (answer and bool(events))
    return answer


def at_instants(condition: dict[str, Any], *events: Event, at: list[Instant]) -> list[bool]:
    return [holds(condition, *events, at=one) for one in at]


def test_quiet_holds_from_the_last_event_and_its_length_on() -> None:
    assert at_instants({"quiet_for": "30m"}, an_event(), at=[NOW + 30 * MINUTE - 1, NOW + 30 * MINUTE]) == [
        False,
        True,
    ]


def test_any_own_event_ends_quiet() -> None:
    assert not holds(
        {"quiet_for": "30m"}, an_event(), an_event(type="page", at=NOW + 29 * MINUTE), at=NOW + 31 * MINUTE
    )


def test_a_trait_in_an_object_is_found_by_its_path() -> None:
    assert holds({"trait": "address.city", "is": "Brno"}, an_identify(traits={"address": {"city": "Brno"}}))


def test_a_trait_taken_back_is_missing() -> None:
    said, taken_back = an_identify(NOW - 1, traits={"country": "CZ"}), an_identify(traits={"country": None})

    assert holds({"trait": "country", "exists": False}, said, taken_back)


def test_one_line_of_the_cart_must_pass_all_tests() -> None:
    lines = [a_line(NOW, "tea", category="Tea", price=5), a_line(NOW + 1, "cup", category="Cups", price=50)]
    cart = {"contains": {"category": "Tea", "price": {"more_than": 10}}}

    assert not holds({"cart": cart}, *lines, at=NOW + 1)
    assert holds(
        {"cart": cart | {"contains": {"category": "Cups", "price": {"more_than": 10}}}}, *lines, at=NOW + 1
    )


def test_a_line_is_asked_for_whatever_the_shop_sends_of_a_product() -> None:
    line = a_line(size="XL", quantity=3)

    assert holds({"cart": {"contains": {"size": "XL", "quantity": {"at_least": 3}}}}, line)


def test_an_empty_cart_has_no_items_and_no_value() -> None:
    assert holds({"cart": {"items": {"exactly": 0}, "value": 0}}, an_event())


@pytest.mark.parametrize(
    ("kind", "known"), [("email", True), ("phone", False), ("anonymous_id", True), ("user_id", False)]
)
def test_identified_by_asks_for_any_identifier_of_a_type(kind: str, *, known: bool) -> None:
    assert holds({"identified_by": kind}, an_identify(traits={"email": "anna@example.com"})) == known


def test_nobody_who_has_done_nothing_is_in_a_segment() -> None:
    """Else every new customer would be in all segments of what was not done, since 1970."""
    profile = a_profile(rules=rules_of(segments={"calm": {"did_not": VIEW}}), until=NOW)

    assert profile.memberships == {}


def test_who_comes_is_in_the_segments_of_what_she_did_not_do_from_then_on() -> None:
    rules = rules_of(segments={"calm": {"did_not": VIEW}, "no_buyer": {"did_not": ORDER}})

    profile = a_profile(an_event(VIEW), rules=rules)

    assert profile.memberships == {"no_buyer": NOW}


# ---- evidence


def test_evidence_names_the_events_that_count_and_until_when() -> None:
    rules = rules_of(segments={"fan": {"did": VIEW, "at_least": 2, "within": "7d"}})
    profile = a_profile(an_event(at=NOW), an_event(at=NOW + 1), rules=rules)

    told = explain(rules.segments[0].evaluator, profile, NOW + 1)

    assert told["holds"] is True
    assert told["until"] == format_instant(NOW + 7 * DAY)
    assert (told["did"], told["at_least"], told["counted"]) == ([VIEW], 2, 2)
    assert [event["at"] for event in told["events"]] == [format_instant(NOW), format_instant(NOW + 1)]


def test_evidence_for_somebody_outside_says_what_is_missing() -> None:
    rules = rules_of(
        segments={
            "x": {
                "all": [
                    {"trait": "country", "in": ["CZ"]},
                    {"not": {"quiet_for": "30m"}},
                    {"cart": {"items": 1}},
                ]
            }
        }
    )
    profile = a_profile(an_identify(traits={"country": "SK"}), rules=rules)

    told = explain(rules.segments[0].evaluator, profile, NOW)

    trait, quiet, cart = told["all"]
    assert (told["holds"], trait["holds"], quiet["holds"], cart["holds"]) == (False, False, True, False)
    assert (trait["value"], cart["cart"]["items"]) == ("SK", 0)
    assert quiet["not"]["from"] == format_instant(NOW + 30 * MINUTE)


def test_evidence_of_more_values_than_are_kept_one_by_one_says_that_it_is_approximate() -> None:
    rules = rules_of(segments={"x": {"sum": "price", "of": VIEW, "more_than": 1}})
    views = [an_event(at=NOW + place, properties={"price": 1}) for place in range(BOUND + 1)]

    probed = rules.segments[0].evaluator

    few = explain(probed, a_profile(*views[:9], rules=rules), NOW + BOUND)
    many = explain(probed, a_profile(*views, rules=rules), NOW + BOUND)

    assert (few["value"], "approximate" in few) == (9, False)
    assert (many["value"], many["approximate"]) == (BOUND + 1, True)
