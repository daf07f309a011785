"""The exact edges of the language: what counts at which instant, and what stands for nothing."""

from typing import Any

import pytest

from hub.clock import DAY, HOUR, MINUTE, Instant, format_instant
from hub.evaluators import NO_FLOOR, explain
from hub.events import Event
from tests.builders import NOW, a_line, a_profile, an_event, an_identify, an_order, rules_of

VIEW, ORDER = "Product Viewed", "Order Completed"


def holds(condition: dict[str, Any], *events: Event, at: Instant = NOW) -> bool:
    rules = rules_of(segments={"probed": condition})
    profile = a_profile(*events, rules=rules, until=at)
    answer = rules.segments[0].evaluator.evaluate(profile, at, NO_FLOOR)[0]
    assert ("probed" in profile.memberships) == (answer and bool(events))
    return answer


def at_instants(condition: dict[str, Any], *events: Event, at: list[Instant]) -> list[bool]:
    return [holds(condition, *events, at=one) for one in at]


# ---- windows


def test_an_event_counts_within_a_window_from_its_instant_until_the_window_has_passed() -> None:
    condition = {"did": VIEW, "within": "7d"}

    assert at_instants(condition, an_event(), at=[NOW, NOW + 7 * DAY - 1, NOW + 7 * DAY]) == [
        True,
        True,
        False,
    ]


def test_a_count_falls_when_the_oldest_event_it_needs_leaves_the_window() -> None:
    views = [an_event(at=NOW + hours * HOUR) for hours in (0, 1, 5)]
    three = {"did": VIEW, "at_least": 3, "within": "1d"}
    one = {"did": VIEW, "exactly": 1, "within": "1d"}
    oldest_leaves = NOW + DAY

    assert at_instants(three, *views, at=[oldest_leaves - 1, oldest_leaves]) == [True, False]
    assert at_instants(one, *views, at=[oldest_leaves + HOUR - 1, oldest_leaves + HOUR]) == [False, True]
    assert at_instants(one, *views, at=[oldest_leaves + 5 * HOUR - 1, oldest_leaves + 5 * HOUR]) == [
        True,
        False,
    ]


def test_after_and_before_a_time_leave_out_the_instant_itself() -> None:
    time, seen = format_instant(NOW), [an_event(at=NOW + away) for away in (-1, 0, 1)]

    after = [holds({"did": VIEW, "after": time}, event, at=NOW + 1) for event in seen]
    before = [holds({"did": VIEW, "before": time}, event, at=NOW + 1) for event in seen]

    assert after == [False, False, True]
    assert before == [True, False, False]


@pytest.mark.parametrize(("away", "counts"), [(-1, False), (0, False), (1, True)])
def test_since_counts_what_is_strictly_later_than_the_last_such_event(away: int, *, counts: bool) -> None:
    events = sorted([an_order(NOW), an_event(at=NOW + away)], key=lambda event: event.at)

    assert holds({"did": VIEW, "since": {"last": ORDER}}, *events, at=NOW + 1) == counts


def test_since_begins_anew_with_each_such_event() -> None:
    events = [an_order(NOW - 2), an_event(at=NOW - 1), an_order(NOW)]

    assert not holds({"did": VIEW, "since": {"last": ORDER}}, *events)


@pytest.mark.parametrize(
    "condition",
    [
        {"did": VIEW},
        {"did": VIEW, "at_most": 3},
        {"did": VIEW, "exactly": 0},
        {"sum": "price", "of": VIEW, "less_than": 5},
        {"last": "price", "of": VIEW, "exists": False},
    ],
)
def test_since_an_event_that_never_happened_nothing_holds(condition: dict[str, Any]) -> None:
    assert not holds({**condition, "since": {"last": ORDER}}, an_event())


def test_did_not_is_not_did_with_every_filter() -> None:
    for window in ({"within": "1d"}, {"since": {"last": ORDER}}, {"after": format_instant(NOW)}, {}):
        done, not_done = {"did": VIEW, **window}, {"did_not": VIEW, **window}
        for events in ([an_event()], [an_order(NOW - 1), an_event()], [an_order()]):
            assert holds(done, *events) != holds(not_done, *events)


def test_a_page_and_a_screen_are_called_by_their_type() -> None:
    page = an_event(type="page", properties={"name": "Home"})

    assert holds({"did": "page", "where": {"name": "Home"}}, page)
    assert not holds({"did": "Home"}, page)


def test_any_of_several_events_counts() -> None:
    events = [an_event("Product Clicked", NOW - 1), an_event(VIEW)]

    assert holds({"did": [VIEW, "Product Clicked"], "exactly": 2}, *events)


# ---- where against the time: asked again as time passes


def test_where_against_the_time_is_asked_as_of_now_and_not_as_of_then() -> None:
    trip = an_event("Trip Booked", properties={"departure": format_instant(NOW + 10 * DAY)})
    leaves_soon = {"did": "Trip Booked", "where": {"departure": {"within_next": "7d"}}}

    moments = [NOW, NOW + 3 * DAY - 1, NOW + 3 * DAY, NOW + 10 * DAY - 1, NOW + 10 * DAY]

    assert at_instants(leaves_soon, trip, at=moments) == [False, False, True, True, False]


def test_where_against_the_time_counts_with_everything_else_that_is_asked() -> None:
    trips = [
        an_event("Trip Booked", NOW + place, properties={"to": to, "price": 100 * place, "on": day})
        for place, (to, day) in enumerate(
            [("Rome", "2026-12-24"), ("Rome", "2026-11-25"), ("Oslo", "2026-11-25")]
        )
    ]
    where = {"to": "Rome", "on": {"within_next": "7d"}}

    assert holds({"did": "Trip Booked", "where": where, "exactly": 1}, *trips, at=NOW + 5)
    assert holds({"sum": "price", "of": "Trip Booked", "where": where, "is": 100}, *trips, at=NOW + 5)
    assert holds({"first": "price", "of": "Trip Booked", "where": where, "is": 100}, *trips, at=NOW + 5)


# ---- numbers of many events


def prices(*values: object) -> list[Event]:
    return [an_event(at=NOW + place, properties={"price": value}) for place, value in enumerate(values)]


@pytest.mark.parametrize(
    ("kind", "answer"),
    [("sum", 19.5), ("average", 6.5), ("minimum", 3), ("maximum", 12.5), ("first", "12.5"), ("last", 3)],
)
def test_numbers_as_text_count_and_what_is_missing_or_no_number_does_not(kind: str, answer: object) -> None:
    values = prices(None, "12.5", 4, *(() if kind == "first" else ("none", {})), 3)

    assert holds({kind: "price", "of": VIEW, "is": answer}, *values, at=NOW + 10)


@pytest.mark.parametrize("kind", ["average", "minimum", "maximum", "first", "last"])
def test_of_no_value_there_is_none(kind: str) -> None:
    assert holds({kind: "price", "of": VIEW, "exists": False}, *prices(None))
    assert not holds({kind: "price", "of": VIEW, "less_than": 10**9}, *prices(None))


def test_a_sum_of_nothing_is_nothing_but_a_number() -> None:
    assert holds({"sum": "price", "of": VIEW, "is": 0}, an_order())


def test_tenths_add_up() -> None:
    assert holds({"sum": "price", "of": VIEW, "is": 0.3}, *prices(0.1, 0.2), at=NOW + 5)


@pytest.mark.parametrize(
    ("kind", "after"), [("minimum", 3), ("maximum", 7), ("first", 3), ("last", 7), ("average", 5)]
)
def test_in_a_window_the_answer_moves_on_when_a_value_drops_out(kind: str, after: int) -> None:
    values = prices({"minimum": 1, "maximum": 9}.get(kind, 5), 3, 7)

    assert holds({kind: "price", "of": VIEW, "within": "1d", "is": after}, *values, at=NOW + DAY)


def test_the_first_time_in_a_window_is_looked_at_again_when_it_drops_out() -> None:
    """When it leaves, it depends on the time of day alone whether the second one passes."""
    due = [NOW + 2 * HOUR, NOW + 3 * DAY]
    events = [
        an_event("Shipped", NOW + place * HOUR, properties={"due": format_instant(at)})
        for place, at in enumerate(due)
    ]
    condition = {"first": "due", "of": "Shipped", "within": "1d", "within_next": "2d"}
    changes = [NOW + 2 * HOUR, NOW + DAY, NOW + DAY + HOUR]

    around = at_instants(condition, *events, at=[at + step for at in changes for step in (-1, 0)])

    assert around == [True, False, False, True, True, False]


# ---- quiet, traits, carts, identifiers, consent


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
