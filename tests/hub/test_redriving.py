"""Events set aside, and what becomes of them when the plan is put right."""

from collections.abc import Sequence
from typing import Any

import pytest

from hub.clock import DAY, HOUR
from hub.events import Event
from hub.quarantine import each_once
from hub.redriving import Redriven, redrive
from hub.screening import Screen
from hub.strategy.policy import Policy
from hub.strategy.tracking_plan import TrackingPlan
from tests.fakes import FakeQuarantine
from tests.shoppers import NOON, track

LATER = NOON + 3 * DAY


def plan(**shapes: Any) -> Screen:
    return Screen(TrackingPlan.model_validate({"events": shapes}), Policy())


STRICT = plan(**{"Order Refunded": {"required": ["order_id"]}, "Product Viewed": {"required": ["sku"]}})
LOOSE = plan(**{"Order Refunded": {}, "Product Viewed": {"required": ["sku"]}})
REFUND, VIEW = track("Order Refunded", NOON), track("Product Viewed", NOON + HOUR)


class Queue:
    def __init__(self) -> None:
        self.sent: list[Event] = []

    def put(self, events: Sequence[Event]) -> None:
        self.sent += events


@pytest.fixture
def store() -> FakeQuarantine:
    made = FakeQuarantine()
    made.keep([STRICT.set_aside(one, NOON + HOUR) for one in (REFUND, VIEW)])
    return made


def left(store: FakeQuarantine) -> list[str]:
    return sorted(one.event.name for one in each_once(store.parcels()).values())


def test_what_fits_by_now_is_sent_and_forgotten_and_the_rest_stays(store: FakeQuarantine) -> None:
    queue = Queue()

    done = redrive(store, LOOSE, queue.put, LATER)

    [sent] = queue.sent
    assert done == Redriven(sent=1, kept=1)
    assert (sent.message_id, sent.at, sent.received_at) == (REFUND.message_id, REFUND.at, LATER)
    assert left(store) == ["Product Viewed"]


def test_while_the_plan_is_as_it_was_nothing_moves(store: FakeQuarantine) -> None:
    queue = Queue()

    assert redrive(store, STRICT, queue.put, LATER) == Redriven(sent=0, kept=2)

    assert (queue.sent, left(store)) == ([], ["Order Refunded", "Product Viewed"])


def test_a_dry_run_only_counts(store: FakeQuarantine) -> None:
    assert redrive(store, LOOSE, None, LATER) == Redriven(sent=1, kept=1)

    assert left(store) == ["Order Refunded", "Product Viewed"]


def test_only_events_of_one_name_may_be_meant(store: FakeQuarantine) -> None:
    queue = Queue()

    done = redrive(store, plan(), queue.put, LATER, event="Product Viewed")

    assert done == Redriven(sent=1, kept=0)
    assert [one.name for one in queue.sent] == ["Product Viewed"]
    assert left(store) == ["Order Refunded"]


def test_an_event_that_a_retry_set_aside_twice_is_sent_once(store: FakeQuarantine) -> None:
    store.keep([STRICT.set_aside(one, NOON) for one in (REFUND, track("Order Refunded", NOON + 1))])
    queue = Queue()

    done = redrive(store, LOOSE, queue.put, LATER)

    assert done == Redriven(sent=2, kept=1)
    assert [one.at for one in queue.sent] == [NOON, NOON + 1]
    assert left(store) == ["Product Viewed"]


def test_what_could_not_be_sent_is_still_there(store: FakeQuarantine) -> None:
    def broken(_events: Sequence[Event]) -> None:
        raise OSError("the queue took nothing")

    with pytest.raises(OSError, match="took nothing"):
        redrive(store, LOOSE, broken, LATER)

    assert left(store) == ["Order Refunded", "Product Viewed"]
