"""Touches: the newest word on each message, and when the customer first felt it."""

from itertools import permutations

from hub import touches
from hub.clock import HOUR
from hub.deliveries import NO_LONGER_WANTED, PLACE_KEPT, Delivery, Status
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


def test_the_trail_is_what_reached_her_in_order_up_to_an_instant() -> None:
    kept = recorded(
        a_delivery(message_id="c", status="clicked", at=NOW + 2 * HOUR, journey="recovery"),
        a_delivery(message_id="a", status="withheld", at=NOW),
        a_delivery(message_id="b", status="sent", at=NOW + HOUR),
        a_delivery(message_id="d", status="sent", at=NOW + HOUR, journey="welcome"),
        a_delivery(message_id="e", status="sent", at=NOW + 3 * HOUR),
    )

    trail = touches.trail(kept, until=NOW + 2 * HOUR, journeys=("recovery",))

    assert [touch.message_id for touch in trail] == ["b", "c"]
    assert [touch.message_id for touch in touches.trail(kept, until=NOW + 3 * HOUR)] == ["b", "d", "c", "e"]


def test_past_the_limit_the_oldest_touches_are_let_go_whatever_the_order() -> None:
    told = [a_delivery(message_id=f"m{place:03}", at=NOW + place) for place in range(touches.MAX_TOUCHES + 3)]
    kept: Touches = {}
    other: Touches = {}
    for delivery in told:
        touches.record(kept, touches.from_delivery(delivery))
    for delivery in reversed(told):
        touches.record(other, touches.from_delivery(delivery))

    assert kept == other
    assert len(kept) == touches.MAX_TOUCHES
    assert "m002" not in kept


def test_refusals_do_not_push_out_what_caps_count() -> None:
    kept: Touches = {}
    touches.record(kept, touches.from_delivery(a_delivery(message_id="sent", status="sent", at=NOW)))

    for place in range(200):
        refused = a_delivery(message_id=f"m{place:03}", status="withheld", at=NOW + 1 + place)
        touches.record(kept, touches.from_delivery(refused))

    assert "sent" in kept
    assert len(kept) == 1 + touches.MAX_REFUSED


def test_a_level_that_was_over_before_it_was_on_gives_up_its_place() -> None:
    kept: Touches = {}
    place = a_delivery(message_id="m", status="queued", reason=PLACE_KEPT, at=NOW)
    touches.record(kept, touches.from_delivery(place))

    over = a_delivery(message_id="m", status="withheld", reason=NO_LONGER_WANTED, at=NOW + 1)
    assert touches.note(kept, over)
    assert not touches.note(kept, over)

    assert kept["m"].status not in touches.COUNTED
