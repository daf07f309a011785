"""P1 past the bounds: what is not kept one by one is still added up right, in any order, by any merges."""

import random
from dataclasses import replace

import pytest

from hub import orders, pipeline
from hub.clock import HOUR, MINUTE, SECOND
from hub.evaluators import NO_FLOOR
from hub.events import Event
from hub.profiles import Profile
from tests.builders import NOW, an_event, an_identify, rules_of
from tests.fakes import FakeProfiles

ORDERS, VIEWS = 700, 1_300
DEVICES = ("a-1", "a-2", "a-3")
RULES = rules_of(segments={"looked": {"sum": "price", "of": "Product Viewed", "more_than": 0}})
LAST = NOW + 3_000 * MINUTE


def a_busy_life() -> list[Event]:
    """On three devices that turn out to be one customer's; amounts that floats do not add up exactly."""
    bought = [
        an_event(
            "Order Completed",
            NOW + place * MINUTE,
            message_id=f"order {place}",
            anonymous_id=DEVICES[place % 3],
            properties={"order_id": f"o{place}", "revenue": 0.1},
        )
        for place in range(ORDERS)
    ]
    back = [
        an_event(
            "Order Refunded",
            NOW + HOUR + place * MINUTE,
            message_id=f"refund {place}",
            anonymous_id=DEVICES[place % 3],
            properties={"order_id": f"o{place}", "revenue": 0.07},
        )
        for place in range(0, ORDERS, 7)
    ]
    viewed = [
        an_event(
            at=NOW + place * MINUTE,
            message_id=f"view {place}",
            anonymous_id=DEVICES[place % 3],
            properties={"price": 0.3},
        )
        for place in range(VIEWS)
    ]
    links = [
        an_identify(LAST + place, message_id=f"link {place}", user_id="u-1", anonymous_id=device)
        for place, device in enumerate(DEVICES)
    ]
    return [*bought, *back, *viewed, *links]


def told(events: list[Event], dice: random.Random) -> Profile:
    """In any order, in batches of any size; every batch comes twice, as the events queue may have it."""
    store, shuffled = FakeProfiles(), dice.sample(events, k=len(events))
    mixed = [replace(event, received_at=LAST + place * SECOND) for place, event in enumerate(shuffled)]
    while mixed:
        size = dice.randint(1, 200)
        batch, mixed = mixed[:size], mixed[size:]
        for _ in range(2):
            for facts in pipeline.group(dice.sample(batch, k=len(batch)), RULES.identifiers):
                pipeline.absorb(facts, store, RULES, LAST)
    (customer,) = store.scan()
    return customer


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_past_the_bounds_orders_refunds_and_sums_still_come_to_the_same(seed: int) -> None:
    customer = told(a_busy_life(), random.Random(seed))

    bought = orders.totals(customer.orders)
    (looked,) = (one.evaluator.evidence(customer, LAST + HOUR, NO_FLOOR) for one in RULES.segments)
    assert (bought.count, bought.refunds, bought.cancelled) == (700, 100, 0)
    assert (bought.revenue, bought.refunded) == (70, 7)
    assert looked["value"] == pytest.approx(390, abs=1e-6)
