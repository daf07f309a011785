"""The exact edges of the language: what counts at which instant, and what stands for nothing."""

from typing import Any

import pytest

from hub import aggregates
from hub.aggregates import BOUND, Aggregates, Entry, Spec
from hub.clock import DAY, HOUR, Instant, format_instant
from hub.evaluators import NO_FLOOR
from hub.events import Event
from hub.profiles import Profile
from tests.builders import NOW, a_profile, an_event, an_order, rules_of

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


# ---- more events than are kept


SOON = {"departure": {"within_next": "90d"}}


def departing(place: int, departure: str) -> Event:
    at = NOW - DAY + place * 1_000
    return an_event(VIEW, at, message_id=f"v{place}", properties={"departure": departure})


def remembered(events: list[Event], condition: dict[str, Any]) -> tuple[Spec, list[Entry]]:
    [spec] = rules_of(segments={"probed": condition}).specs
    found: Aggregates = {}
    for event in events:
        aggregates.remember(found, spec, event, event.message_id)
    return spec, found[spec.key]


def test_of_too_many_events_those_go_first_that_can_never_pass_again() -> None:
    still_ahead = format_instant(NOW + 60 * DAY)
    views = [departing(0, still_ahead), *(departing(place, "2020-01-01") for place in range(1, BOUND + 20))]
    spec, _ = remembered(views, {"did": VIEW, "where": SOON})

    for heard in (views, views[::-1], views[300:] + views[:300]):
        _, kept = remembered(heard, {"did": VIEW, "where": SOON})
        assert len(kept) == spec.count == BOUND + 1
        assert [mark for _, mark, values in kept if values[1] == still_ahead] == ["v0"]


def test_of_too_many_that_pass_the_same_ones_stay_in_any_order_and_joined_twice() -> None:
    views = [departing(place, format_instant(NOW + (place * 7 % 83) * DAY)) for place in range(BOUND + 60)]
    spec, kept = remembered(views, {"did": VIEW, "where": SOON, "within": "30d"})

    _, backwards = remembered(views[::-1], {"did": VIEW, "where": SOON, "within": "30d"})
    _, half = remembered(views[::2], {"did": VIEW, "where": SOON, "within": "30d"})
    joined = aggregates.join({spec.key: kept}, {spec.key: half}, [spec])

    assert kept == backwards == joined[spec.key]


def test_a_count_past_the_bound_with_a_test_against_the_time_is_reached_beside_one_that_passes_later() -> (
    None
):
    condition = {"did": VIEW, "where": {"departure": {"within_last": "3650d"}}, "at_least": BOUND + 50}
    rules = rules_of(segments={"probed": condition})
    profile = Profile("p_1")
    for place in range(BOUND + 51):
        event = departing(place, "2020-01-01" if place else format_instant(NOW + DAY))
        aggregates.remember(profile.aggregates, rules.specs[0], event, event.message_id)

    assert rules.segments[0].evaluator.evaluate(profile, NOW, NO_FLOOR)[0]


def test_evidence_says_approximate_only_where_one_that_had_to_go_might_still_pass() -> None:
    rules = rules_of(segments={"probed": {"did": VIEW, "where": SOON}})
    ahead, gone = format_instant(NOW + 60 * DAY), "2020-01-01"
    told = []
    for departures in ([ahead] * (BOUND + 2), [ahead, *[gone] * (BOUND + 1)]):
        profile = Profile("p_1")
        for place, departure in enumerate(departures):
            event = departing(place, departure)
            aggregates.remember(profile.aggregates, rules.specs[0], event, event.message_id)
        told.append(rules.segments[0].evaluator.evidence(profile, NOW, NO_FLOOR).get("approximate"))

    assert told == [True, None]
