"""A customer never outgrows her item: not by 200,000 events, nor by clients that say as much as they may."""

import random
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from string import ascii_letters
from typing import Any

from hub import pipeline, profiles
from hub.aws.profile_table import to_item
from hub.clock import DAY, HOUR, MINUTE
from hub.deliveries import Delivery
from hub.events import Event
from hub.profiles import Profile
from hub.rules import Rules
from tests.benchmarks.dynamodb_units import item_size
from tests.builders import (
    NOW,
    Written,
    a_delivery,
    a_journey,
    a_line,
    a_profile,
    an_event,
    an_order,
    go_on,
    rules_of,
    runs,
)
from tests.fakes import FakeProfiles

LARGEST = 400 * 1_024
"""Bytes of an item in DynamoDB."""
FAR_BELOW = LARGEST // 4
EVENTS = 200_000
GAP = 3 * MINUTE
"""200,000 of them are a year and two months."""

# What remembers most: whole-life and whole-year answers, filters that look at time, wide products.
GREEDY: dict[str, Written] = {
    "sum": {"sum": "price", "of": "Product Viewed", "more_than": 10},
    "year": {"average": "price", "of": "Product Added", "within": "365d", "more_than": 10},
    "first": {"first": "category", "of": "Product Viewed", "after": "2026-01-01", "is": "Tea"},
    "last": {"last": "name", "of": "Product Viewed", "is": "Tea"},
    "often": {"did": "Product Viewed", "at_least": 400, "within": "30d"},
    "fresh": {"did": "Product Viewed", "where": {"best_before": {"within_next": "7d"}}, "at_least": 2},
    "wide": {"cart": {"contains": {"size": "XL"}}},
}
RULES = rules_of(segments=GREEDY)
LONG_WORD = " " + "ä" * 2_000


def events(dice: random.Random, number: int, essay: int = 0) -> Iterator[Event]:
    """Of one customer; `essay`: so many letters, ever new ones, wherever a client may say what it likes."""
    for place in range(number):
        at, act = NOW + place * GAP, dice.choice(ACTS)
        who = {"user_id": "u-1", "anonymous_id": f"d-{dice.randrange(500)}"}
        fields = {"message_id": f"m{place}", "source": dice.choice(("website", "app", "list")), **who}
        word = "".join(dice.choices(ascii_letters, k=essay))
        yield an_event(at=at, **{**fields, **act(dice, word)})


def _viewed(dice: random.Random, word: str) -> dict[str, Any]:
    return {"name": "Product Viewed", "properties": _product(dice, word)}


def _filled(dice: random.Random, word: str) -> dict[str, Any]:
    cart = {"cart_id": f"c{dice.randrange(9_000)}{word}", "quantity": dice.randrange(5)}
    return {"name": "Product Added", "properties": {**_product(dice, word), **cart}}


def _ordered(dice: random.Random, word: str) -> dict[str, Any]:
    name = dice.choice(("Order Completed", "Order Completed", "Order Refunded", "Order Cancelled"))
    money = {"revenue": dice.randrange(10_000) / 100, "refund_id": f"r{dice.randrange(9_000)}{word}"}
    return {"name": name, "properties": {"order_id": f"o{dice.randrange(30_000)}{word}", **money}}


def _told(dice: random.Random, word: str) -> dict[str, Any]:
    named = {f"trait {dice.randrange(2_000)}{word}": f"{dice.random()}{word}" for _ in range(3)}
    reach = {
        "email": f"m{dice.randrange(300)}@example.com",
        "phone": f"+4206031{dice.randrange(10_000, 99_999)}",
    }
    return {"type": "identify", "name": "", "traits": {**named, **reach}}


def _agreed(dice: random.Random, word: str) -> dict[str, Any]:
    said = {f"purpose {dice.randrange(2_000)}{word}": dice.random() < 0.5}
    return {"type": "page", "name": "", "context": {"consent": {"categoryPreferences": said}}}


def _product(dice: random.Random, word: str) -> dict[str, Any]:
    number = dice.randrange(10_000)
    described = {name: f"{name} {number}{word}" for name in ("name", "category", "url", "image_url", "size")}
    best_before = NOW + dice.randrange(400) * DAY
    return {"product_id": f"p{number}{word}", "price": number / 100, "best_before": best_before, **described}


ACTS = (_viewed, _viewed, _filled, _ordered, _told, _agreed)


def deliveries(number: int) -> Iterator[Delivery]:
    for place in range(number):
        yield a_delivery(
            message_id=f"msg {place}",
            at=NOW + place * MINUTE,
            channel=f"channel {place}",
            status="unsubscribed",
        )


def lived(told: Iterator[Event], rules: Rules) -> Profile:
    """Who did all this, and what became of 500 messages to her."""
    customer = Profile("p_1")
    for event in told:
        profiles.apply(customer, event, rules, heard=[("user_id", "u-1")])
    for delivery in deliveries(500):
        profiles.note(customer, delivery, rules.policy)
    return customer


def absorbed(told: Iterator[Event], rules: Rules) -> Profile:
    """The same by the way of the events queue: limits hold, time passes."""
    store = FakeProfiles()
    while batch := list(islice(told, 500)):
        for facts in pipeline.group(batch, rules.identifiers):
            pipeline.absorb(facts, store, rules, batch[-1].at)
    (customer,) = store.scan()
    return customer


def test_two_hundred_thousand_events_of_one_customer_stay_far_below_what_an_item_may_be() -> None:
    customer = lived(events(random.Random(1), EVENTS), RULES)

    assert size_of(customer) < FAR_BELOW


def test_so_do_clients_that_say_as_much_as_they_may_under_ever_new_names() -> None:
    customer = lived(events(random.Random(2), 5_000, essay=2_000), RULES)

    assert size_of(customer) < LARGEST / 2


def test_so_do_runs_and_conversions_whose_carts_and_orders_have_essays_for_ids() -> None:
    dice = random.Random(4)
    entry = {"segment": "abandoner", "key": "cart.cart_id"}
    rules = rules_of(journeys=[a_journey(entry=entry)])
    customer = a_profile(rules=rules)
    for place in range(30):
        at, (cart, order) = NOW + place * DAY, ("".join(dice.choices(ascii_letters, k=28_000)) for _ in "co")
        left, bought = a_line(at, cart_id=cart), an_order(at + HOUR, order_id=order)
        go_on(customer, rules, left, bought, until=at + HOUR)

    assert (len(runs(customer)), len(customer.conversions)) == (21, 20)
    assert size_of(customer) < FAR_BELOW


def test_two_carts_with_essays_for_ids_are_two_and_each_is_known_again() -> None:
    rules = rules_of(journeys=[a_journey(entry={"segment": "abandoner", "key": "cart.cart_id"})])
    one, other = (a_line(NOW, cart_id=f"{LONG_WORD}{number}") for number in range(2))

    keys = [runs(a_profile(line, rules=rules, until=NOW + HOUR))[0].key for line in (one, other, one)]

    assert keys[0] == keys[2] != keys[1]


def test_devices_addresses_and_numbers_beyond_their_limits_are_refused() -> None:
    customer = absorbed(events(random.Random(3), 1_000), rules_of())

    assert Counter(kind for kind, _ in customer.identifiers) == {
        "user_id": 1,
        "email": 5,
        "phone": 5,
        "anonymous_id": 50,
    }


def size_of(customer: Profile) -> int:
    return item_size(to_item(customer))
