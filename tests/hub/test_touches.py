"""Touches: the newest word on each message, and when the customer first felt it."""

from collections.abc import Iterable
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub import touches
from hub.clock import DAY, HOUR, Instant
from hub.deliveries import (
    CONDITION_NOT_MET,
    CONDITION_UNKNOWN,
    HELD_OUT,
    NO_LONGER_WANTED,
    PLACE_KEPT,
    Delivery,
    Status,
)
from hub.strategy.policy import Cap
from hub.touches import Touches
from tests.builders import NOW, a_delivery


def recorded(*deliveries: Delivery) -> Touches:
    ends = []
    for order in permutations(deliveries):
        kept: Touches = {}
        for delivery in order:
            touches.record(kept, touches.from_delivery(delivery))
        ends.append(kept)
    assert all(end == ends[0] for end in ends)
    return ends[0]


def test_what_happened_later_stands_and_the_first_instant_is_kept() -> None:
    told = [
        a_delivery(status=status, at=NOW + place)
        for place, status in enumerate(("sent", "delivered", "opened"))
    ]

    (touch,) = recorded(*told).values()

    assert (touch.status, touch.at, touch.first_at) == (Status.OPENED, NOW + 2, NOW)


def test_at_one_instant_what_is_further_along_stands() -> None:
    (touch,) = recorded(
        a_delivery(status="sent"), a_delivery(status="queued"), a_delivery(status="delivered")
    ).values()

    assert touch.status is Status.DELIVERED


def test_once_paid_or_counted_always_paid_or_counted() -> None:
    told = [a_delivery(paid=True, capped=False, at=NOW), a_delivery(paid=False, capped=True, at=NOW + 1)]

    (touch,) = recorded(*told).values()

    assert (touch.paid, touch.capped) == (True, True)


def test_recording_says_whether_it_was_news() -> None:
    kept: Touches = {}
    touch = touches.from_delivery(a_delivery())

    assert [touches.record(kept, touch) for _ in range(2)] == [True, False]


def test_what_led_to_an_order_reached_her_before_it_and_not_too_long_before() -> None:
    kept = recorded(
        a_delivery(message_id="late", status="sent", at=NOW + 1),
        a_delivery(message_id="at once", status="clicked", at=NOW),
        a_delivery(message_id="early", status="sent", at=NOW - DAY + 1),
        a_delivery(message_id="too early", status="sent", at=NOW - DAY),
        a_delivery(message_id="refused", status="withheld", at=NOW - HOUR),
    )

    led = [name for name, touch in kept.items() if touches.led_to(touch, NOW, DAY)]

    assert sorted(led) == ["at once", "early"]


def test_past_the_limit_the_oldest_touches_are_let_go_whatever_the_order() -> None:
    told = [a_delivery(message_id=f"m{place:03}", at=NOW + place) for place in range(touches.KEPT + 3)]
    kept: Touches = {}
    other: Touches = {}
    for delivery in told:
        touches.record(kept, touches.from_delivery(delivery))
    for delivery in reversed(told):
        touches.record(other, touches.from_delivery(delivery))

    assert kept == other
    assert len(kept) == touches.KEPT
    assert "m002" not in kept


def test_refusals_do_not_push_out_what_caps_count() -> None:
    kept: Touches = {}
    touches.record(kept, touches.from_delivery(a_delivery(message_id="sent", status="sent", at=NOW)))

    for place in range(200):
        refused = a_delivery(message_id=f"m{place:03}", status="withheld", at=NOW + 1 + place)
        touches.record(kept, touches.from_delivery(refused))

    assert "sent" in kept
    assert len(kept) == 1 + touches.KEPT


def place(at: Instant = NOW, **fields: Any) -> Delivery:
    return a_delivery(status="queued", reason=PLACE_KEPT, at=at, **fields)


def test_a_level_that_was_over_before_it_was_on_gives_up_its_place() -> None:
    (touch,) = recorded(place(), a_delivery(status="withheld", reason=NO_LONGER_WANTED, at=NOW + 1)).values()

    assert touch.status not in touches.COUNTED


def test_a_place_counts_from_when_it_was_given_last() -> None:
    (touch,) = recorded(place(), place(NOW + HOUR)).values()

    assert touch.first_at == NOW + HOUR


def test_what_left_counts_from_when_it_left_and_not_from_its_place() -> None:
    (touch,) = recorded(place(), a_delivery(at=NOW + HOUR), place(NOW + 2 * HOUR)).values()

    assert (touch.status, touch.first_at) == (Status.SENT, NOW + HOUR)


@pytest.mark.parametrize("status", ["rejected", "failed", "withheld"])
def test_what_was_refused_has_no_place_though_a_twin_was_given_one_since(status: str) -> None:
    (touch,) = recorded(place(), a_delivery(status=status, at=NOW + 1), place(NOW + 2)).values()

    assert touch.status not in touches.COUNTED


@pytest.mark.parametrize("why", [CONDITION_NOT_MET, CONDITION_UNKNOWN])
@pytest.mark.parametrize("status", ["queued", "sent", "on", "unknown", "bounced"])
def test_a_step_that_is_run_again_unsays_nothing_of_what_it_had_asked_for(status: str, why: str) -> None:
    reason = PLACE_KEPT if status == "queued" else ""
    held = a_delivery(status="withheld", reason=why, at=NOW + 2)

    (touch,) = recorded(a_delivery(status=status, at=NOW, reason=reason), held).values()

    assert (touch.status.value, touch.first_at) == (status, NOW)


def kept_of(told: Iterable[Delivery], *caps: Cap) -> set[str]:
    kept: Touches = {}
    for delivery in told:
        touches.record(kept, touches.from_delivery(delivery), caps)
    return set(kept)


def many(number: int, name: str, **fields: Any) -> list[Delivery]:
    return [a_delivery(message_id=f"{name} {place:03}", at=NOW + place, **fields) for place in range(number)]


def test_what_only_stands_somewhere_pushes_out_nothing_that_a_cap_counts() -> None:
    mails = many(3, "mail")
    shown = many(100, "slot", channel="site", capped=False, status="on")

    assert {one.message_id for one in mails} <= kept_of([*mails, *shown])


@pytest.mark.parametrize("held_out", [False, True], ids=["sent", "held out"])
def test_as_many_are_kept_as_a_cap_counts_whatever_else_there_is(*, held_out: bool) -> None:
    said = {"status": "withheld", "reason": HELD_OUT} if held_out else {}
    mails = many(80, "mail", **said)
    others = many(200, "text", channel="sms", **said)

    kept = kept_of([*mails, *others], Cap(channel="email", at_most=80, within=DAY))

    assert {one.message_id for one in mails} <= kept
    assert len(kept) == 80 + touches.KEPT


@given(st.data())
def test_what_a_cap_counts_is_kept_in_any_order(data: st.DataObject) -> None:
    told = [*many(40, "mail"), *many(60, "text", channel="sms"), *many(60, "slot", capped=False)]
    caps = (Cap(channel="email", at_most=35, within=DAY), Cap(at_most=50, within=DAY))

    assert kept_of(data.draw(st.permutations(told)), *caps) == kept_of(told, *caps)
