"""The laws of each part of a profile (DESIGN §4): its join is associative, commutative and idempotent,
and folding is joining. The whole profile is held to them in test_order_free.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub import aggregates, carts, consents, orders, ties, touches, traits
from hub.aggregates import Aggregates
from hub.carts import Carts
from hub.deliveries import CONDITION_NOT_MET, NO_LONGER_WANTED, PLACE_KEPT, Delivery, Status
from hub.events import Event
from hub.identities import Identifier
from hub.orders import Orders
from hub.profiles import mark_of
from hub.rules import Rules
from hub.ties import Ties
from hub.traits import MAX_TRAITS, PARTIES
from tests.builders import NOW, a_delivery, an_event, an_identify, rules_of
from tests.stories import stories


@dataclass(frozen=True)
class Part:
    """`told`: what it is folded from, each with its own message."""

    told: st.SearchStrategy[list[Any]]
    fold: Callable[[Sequence[Any]], Any]
    join: Callable[[Any, Any], Any]


# ---- traits

MANY = {f"made_{place:03}": place for place in range(MAX_TRAITS - 1)}


@st.composite
def statements(draw: st.DrawFn) -> list[tuple[Event, str]]:
    """(identify, party of its source): few names, values that lose and come back, now and then too many."""
    values = st.sampled_from(["Brno", "Praha", "x" * 300, 1, 1.0, True, None, ["a"], {"b": 1}, *"cdefg"])
    said = st.dictionaries(st.sampled_from(["city", "plan", "z" * 40]), values, min_size=1)
    some = draw(st.lists(st.tuples(st.integers(0, 3), said, st.sampled_from(PARTIES)), max_size=9))
    crowded = draw(st.integers(0, 3)) == 0
    told = [*some, (0, MANY, "first"), (1, {"another": 1, "one_more": 2}, "first")] if crowded else some
    return [
        (an_identify(NOW + at, message_id=f"m{place}", source=party, traits=names), party)
        for place, (at, names, party) in enumerate(told)
    ]


def traits_of(told: Sequence[tuple[Event, str]]) -> traits.Traits:
    kept: traits.Traits = {}
    for event, party in told:
        traits.learn(kept, event.traits, event, party=party)
    return kept


# ---- orders

_SAID = st.fixed_dictionaries(
    {},
    optional={
        "order_id": st.sampled_from(["o1", "o2", 3]),
        "refund_id": st.sampled_from(["r1", "r2"]),
        "revenue": st.sampled_from([0.1, "0.2", 99.99, -3, None, "free"]),
        "total": st.sampled_from([0, 0.3, 120]),
        "products": st.just([{"price": 1.1, "quantity": 3}]),
    },
)


@st.composite
def order_events(draw: st.DrawFn) -> list[Event]:
    names = st.sampled_from(sorted(orders.EVENTS))
    told = draw(st.lists(st.tuples(names, st.integers(0, 3), _SAID), max_size=8))
    return [
        an_event(name, NOW + at, message_id=f"m{place}", properties=said)
        for place, (name, at, said) in enumerate(told)
    ]


def orders_of(told: Sequence[Event]) -> Orders:
    kept = Orders()
    for event in told:
        orders.hear(kept, event, mark_of("", event.message_id), "p_1")
    return kept


# ---- aggregates

RULES: Rules = rules_of(
    segments={
        "recent": {"did": "Product Viewed", "at_least": 2, "within": "7d"},
        "oldest": {"first": "price", "of": "Product Viewed", "is": 1},
        "least": {"minimum": "price", "of": "Product Viewed", "is": 1},
        "greatest": {"maximum": "quantity", "of": "Product Viewed", "is": 1},
        "whole": {"sum": "price", "of": "Product Viewed", "within": "30d", "more_than": 1},
        "timed": {"did": "Product Viewed", "where": {"category": {"within_next": "7d"}}},
    }
)


def aggregates_of(told: Sequence[Event]) -> Aggregates:
    kept: Aggregates = {}
    for event in told:
        for spec in RULES.specs_for(event):
            aggregates.remember(kept, spec, event, mark_of("", event.message_id))
    return {key: entries for key, entries in kept.items() if entries}


# ---- carts, consents, touches


def carts_of(told: Sequence[Event]) -> Carts:
    kept = Carts()
    for event in told:
        carts.shop(kept, event, ("size",))
    return kept


@st.composite
def preferences(draw: st.DrawFn) -> list[Event]:
    """What she agrees to, often two ways at one instant."""
    said = st.dictionaries(st.sampled_from(["email", "ads"]), st.booleans())
    told = draw(st.lists(st.tuples(st.integers(0, 2), said), max_size=8))
    return [
        an_event(at=NOW + at, message_id=f"m{place}", context={"consent": {"categoryPreferences": names}})
        for place, (at, names) in enumerate(told)
    ]


def consents_of(told: Sequence[Event]) -> consents.Consents:
    kept: consents.Consents = {}
    for event in told:
        consents.hear(kept, event)
    return kept


@st.composite
def deliveries(draw: st.DrawFn) -> Delivery:
    return a_delivery(
        message_id=draw(st.sampled_from(["msg_1", "msg_2", "msg_3"])),
        status=draw(st.sampled_from(list(Status))),
        at=NOW + draw(st.integers(0, 3)),
        capped=draw(st.booleans()),
        paid=draw(st.booleans()),
        reason=draw(st.sampled_from(["", "hold-out", NO_LONGER_WANTED, PLACE_KEPT, CONDITION_NOT_MET])),
    )


def touches_of(told: Sequence[Delivery]) -> touches.Touches:
    kept: touches.Touches = {}
    for delivery in told:
        touches.record(kept, touches.from_delivery(delivery))
    return kept


told_by_her = stories(most=10).map(lambda story: [replace(event, source="website") for event in story])
# ---- ties

_NAMES = st.sampled_from(
    [("user_id", "u"), ("email", "e"), *(("anonymous_id", f"a{number}") for number in range(4))]
)
named_together = st.tuples(st.integers(0, 5), st.lists(_NAMES, unique=True, min_size=2, max_size=4))


def ties_of(told: Sequence[tuple[int, list[Identifier]]]) -> Ties:
    kept: Ties = {}
    for at, together in told:
        kept = ties.tied(kept, together, at)
    return kept


PARTS = {
    "traits": Part(statements(), traits_of, traits.join),
    "orders": Part(order_events(), orders_of, orders.join),
    "aggregates": Part(
        told_by_her, aggregates_of, lambda one, other: aggregates.join(one, other, RULES.specs)
    ),
    "carts": Part(told_by_her, carts_of, carts.join),
    "consents": Part(preferences(), consents_of, consents.join),
    "touches": Part(st.lists(deliveries(), max_size=8), touches_of, touches.join),
    "ties": Part(st.lists(named_together, max_size=8), ties_of, ties.join),
}
every_part = pytest.mark.parametrize("part", PARTS.values(), ids=PARTS)


def dealt(told: Sequence[Any], hands: int, data: st.DataObject) -> list[list[Any]]:
    """Each to one of several hands, or to more than one."""
    some = st.sets(st.integers(0, hands - 1), min_size=1)
    owners = [data.draw(some) for _ in told]
    return [[one for one, who in zip(told, owners, strict=True) if hand in who] for hand in range(hands)]


@every_part
@given(data=st.data())
def test_joins_are_associative_commutative_and_idempotent(part: Part, data: st.DataObject) -> None:
    a, b, c = (part.fold(hand) for hand in dealt(data.draw(part.told), 3, data))
    join = part.join

    assert join(a, join(b, c)) == join(join(a, b), c)
    assert join(a, b) == join(b, a)
    assert join(a, a) == a
    assert join(join(a, b), b) == join(a, b)


@every_part
@given(data=st.data())
def test_what_is_folded_apart_and_joined_is_what_is_folded_together(part: Part, data: st.DataObject) -> None:
    told = data.draw(part.told)
    left, right = dealt(told, 2, data)

    assert part.join(part.fold(left), part.fold(right)) == part.fold(told)


@every_part
@given(data=st.data())
def test_order_and_repetition_do_not_matter(part: Part, data: st.DataObject) -> None:
    told = data.draw(part.told)
    again = data.draw(st.lists(st.sampled_from(told), max_size=4)) if told else []

    assert part.fold(data.draw(st.permutations([*told, *again]))) == part.fold(told)


@every_part
@given(data=st.data())
def test_a_join_leaves_both_sides_as_they_were(part: Part, data: st.DataObject) -> None:
    left, right = dealt(data.draw(part.told), 2, data)
    one, other = part.fold(left), part.fold(right)

    part.join(one, other)

    assert (one, other) == (part.fold(left), part.fold(right))
