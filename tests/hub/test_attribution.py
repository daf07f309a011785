"""Who earned an order: one record an order, and shares that add up to it."""

from math import fsum, isclose
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub import attribution
from hub.attribution import HALF_LIFE, KEPT, records, shares
from hub.clock import DAY, HOUR
from hub.enrollments import Conversion, TrailTouch
from tests.builders import NOW

times = st.integers(NOW - 400 * DAY, NOW)


def touch(at: int, **fields: Any) -> TrailTouch:
    given: dict[str, Any] = {"connector": "mailer", "action": "send_email", "channel": "email", "step": 0}
    return TrailTouch(**{**given, "status": "sent", "journey": "recovery", **fields}, at=at)


def conversion(**fields: Any) -> Conversion:
    given: dict[str, Any] = {"enrollment_id": "e1", "journey": "recovery", "at": NOW, "order_id": "o-1"}
    return Conversion(**{**given, "value": 50.0, **fields})


@given(st.lists(times, max_size=60).map(sorted))
def test_the_shares_of_every_model_add_up_to_one_order_and_none_is_negative(ats: list[int]) -> None:
    for share in shares([touch(at) for at in ats]).values():
        assert len(share) == len(ats)
        assert isclose(fsum(share), 1.0 if ats else 0.0, abs_tol=1e-12)
        assert all(0 <= one <= 1 for one in share)


@given(st.lists(times, min_size=1, max_size=20).map(sorted))
def test_with_time_decay_a_later_touch_never_earns_less(ats: list[int]) -> None:
    share = shares([touch(at) for at in ats])["time_decay"]

    assert list(share) == sorted(share)


def test_one_touch_earned_all_of_it() -> None:
    assert set(shares([touch(NOW)]).values()) == {(1.0,)}


def test_nobody_earned_what_nothing_led_to() -> None:
    assert set(shares([]).values()) == {()}


def test_each_model_shares_in_its_own_way() -> None:
    found = shares([touch(NOW - 14 * DAY), touch(NOW - 7 * DAY), touch(NOW - HOUR), touch(NOW)])

    assert found["first"] == (1, 0, 0, 0)
    assert found["last"] == (0, 0, 0, 1)
    assert found["linear"] == (0.25, 0.25, 0.25, 0.25)
    assert found["position"] == pytest.approx((0.4, 0.1, 0.1, 0.4))


def test_what_is_a_week_older_earned_half_as_much() -> None:
    older, newer = shares([touch(NOW - 3 * DAY - HALF_LIFE), touch(NOW - 3 * DAY)])["time_decay"]

    assert (older, newer) == pytest.approx((1 / 3, 2 / 3))


def test_of_two_touches_position_gives_each_half() -> None:
    assert shares([touch(NOW - DAY), touch(NOW)])["position"] == (0.5, 0.5)


def test_two_journeys_that_reach_their_goal_by_one_order_share_one_record_and_its_value() -> None:
    trail = (touch(NOW - HOUR), touch(NOW, journey="welcome"))

    [record] = records(
        [conversion(trail=trail), conversion(enrollment_id="e2", journey="welcome", value=50.0)]
    )

    assert (record.journeys, record.value, record.trail) == (("recovery", "welcome"), 50.0, trail)


def test_another_order_is_another_record() -> None:
    found = records([conversion(at=NOW + 1, order_id="o-2"), conversion()])

    assert [(one.order, one.at) for one in found] == [("o-1", NOW), ("o-2", NOW + 1)]


@pytest.mark.parametrize(
    ("one", "other", "number"),
    [({"mark": "m1"}, {"mark": "m1"}, 1), ({"mark": "m1"}, {"mark": "m2"}, 2), ({}, {}, 2)],
    ids=["the same event", "two events", "no events"],
)
def test_without_an_order_id_it_is_the_event_that_makes_them_one(
    one: dict[str, str], other: dict[str, str], number: int
) -> None:
    both = [conversion(order_id="", **one), conversion(order_id="", enrollment_id="e2", **other)]

    assert len(records(both)) == number


def test_after_a_merge_both_trails_of_an_order_are_told_once() -> None:
    shared, other = touch(NOW - HOUR), touch(NOW - DAY, connector="texter")

    [record] = records([conversion(trail=(shared,)), conversion(enrollment_id="e2", trail=(other, shared))])

    assert record.trail == (other, shared)


def test_of_a_long_trail_the_first_and_the_newest_are_kept() -> None:
    long = [touch(NOW + place) for place in range(100)]

    kept = attribution.bounded(long)

    assert len(kept) == KEPT
    assert (kept[0], kept[1], kept[-1]) == (long[0], long[100 - KEPT + 1], long[-1])
