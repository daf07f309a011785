"""Lifetime totals: every order once, with its refunds and cancellations, in any order of arrival."""

from itertools import permutations
from typing import Any

import pytest

from hub import orders
from hub.clock import DAY, format_instant
from hub.documents import document
from hub.evaluators import explain
from hub.events import Event
from hub.orders import KEPT, Orders, Totals
from hub.strategy.lifetime import TOTALS
from tests.builders import NOW, a_profile, an_event, an_order, go_on, rules_of


def heard(*events: Event, founder: str = "p_1", after: Orders | None = None) -> Orders:
    told = after or Orders()
    for event in events:
        orders.hear(told, event, mark_of(event), founder)
    return told


def mark_of(event: Event) -> str:
    return f"mark {event.name} {event.at}"


def known(*events: Event) -> Totals:
    """The same in every order of arrival, and when all is told twice."""
    ends = [orders.totals(heard(*order)) for order in permutations(events)]
    assert all(end == ends[0] for end in (*ends, orders.totals(heard(*events, *events))))
    return ends[0]


def updated(at: int, **properties: Any) -> Event:
    return an_event("Order Updated", at, properties=properties)


def refunded(at: int = NOW + DAY, **properties: Any) -> Event:
    return an_event("Order Refunded", at, properties=properties)


def cancelled(at: int = NOW + DAY, **properties: Any) -> Event:
    return an_event("Order Cancelled", at, properties=properties)


def test_who_never_ordered_has_nothing() -> None:
    assert orders.totals(Orders()) == Totals(
        count=0,
        revenue=0,
        refunds=0,
        refunded=0,
        cancelled=0,
        net=0,
        average=None,
        first_at=None,
        last_at=None,
    )


def test_orders_add_up_and_refunds_count_against_them() -> None:
    told = known(
        an_order(NOW, 0.1, order_id="o1"),
        an_order(NOW + 2 * DAY, "0.2", order_id="o2"),
        refunded(order_id="o1", total=0.05),
    )

    assert told == Totals(
        count=2,
        revenue=0.3,
        refunds=1,
        refunded=0.05,
        cancelled=0,
        net=0.25,
        average=0.15,
        first_at=NOW,
        last_at=NOW + 2 * DAY,
    )


def test_an_order_told_by_the_site_and_by_the_server_is_one_order() -> None:
    told = known(an_order(NOW, 50, order_id=7), an_order(NOW + 1, 50, order_id="7"))

    assert (told.count, told.revenue, told.last_at) == (1, 50, NOW)


def test_the_latest_word_on_what_an_order_was_worth_counts() -> None:
    told = known(
        an_order(NOW, 50, order_id="o"),
        updated(NOW + 2, order_id="o", revenue=40),
        updated(NOW + 3, order_id="o"),
    )

    assert (told.count, told.revenue) == (1, 40)


@pytest.mark.parametrize(
    ("properties", "amount"),
    [
        ({"revenue": "12.50", "total": 99}, 12.5),
        ({"revenue": "free", "total": "15"}, 15),
        ({"value": 3}, 3),
        ({"products": [{"price": "2.55", "quantity": 6}, {"price": 1}, {"name": "gift"}, None]}, 16.3),
        ({"revenue": 1e13}, 0),
        ({"revenue": True}, 0),
        ({"products": "tea"}, 0),
        ({}, 0),
    ],
)
def test_what_an_order_was_worth_is_read_where_shops_say_it(properties: Any, amount: float) -> None:
    told = known(an_event("Order Completed", NOW, properties={"order_id": "o", **properties}))

    assert (told.count, told.revenue) == (1, amount)


def test_orders_without_an_id_are_told_apart_by_their_messages() -> None:
    assert known(an_order(NOW, 10), an_order(NOW + 1, 10)).count == 2


def test_a_cancelled_order_counts_as_that_alone_and_so_do_its_refunds() -> None:
    told = known(
        an_order(NOW, 50, order_id="o"), cancelled(order_id="o"), refunded(NOW + 3, order_id="o", total=50)
    )

    assert (told.cancelled, told.count, told.revenue, told.refunds, told.net) == (1, 0, 0, 0, 0)
    assert (told.first_at, told.average) == (None, None)


def test_a_refund_of_an_order_nobody_told_of_is_a_refund_and_no_order() -> None:
    told = known(refunded(order_id="o", total=-30))

    assert (told.count, told.refunds, told.refunded, told.net, told.last_at) == (0, 1, 30, -30, None)


def test_a_refund_that_says_no_amount_is_of_all_that_the_order_was_worth() -> None:
    told = known(
        an_order(NOW, 50, order_id="o"), refunded(order_id="o"), refunded(NOW + 2, order_id="o", total=20)
    )

    assert (told.refunds, told.refunded) == (2, 50)


def test_a_refund_is_known_by_its_id_or_by_its_message() -> None:
    same = [refunded(NOW + place, order_id="o", refund_id="r", total=5) for place in (1, 2)]
    others = [refunded(NOW + place, order_id="o", total=5) for place in (3, 4)]

    assert known(*same, *others).refunds == 3


def test_a_refund_of_all_she_paid_is_of_all_the_order_was_worth_and_no_more() -> None:
    told = known(
        an_order(NOW, 25, order_id="o", total=30, shipping=3, tax=2), refunded(order_id="o", total=30)
    )

    assert (told.revenue, told.refunded, told.net) == (25, 25, 0)


def test_a_refund_of_a_part_of_what_she_paid_is_of_that_part_of_the_worth() -> None:
    told = known(an_order(NOW, 25, order_id="o", total=30), refunded(order_id="o", total=6))

    assert (told.refunded, told.net) == (5, 20)


def test_the_total_that_was_said_with_the_latest_worth_is_what_a_refund_is_a_part_of() -> None:
    told = known(
        an_order(NOW, 25, order_id="o", total=30),
        updated(NOW + 2, order_id="o", revenue=20, total=25),
        refunded(order_id="o", total=5),
    )

    assert told.net == 16


@pytest.mark.parametrize(
    ("order", "refund", "back"),
    [
        ({"revenue": 25, "total": 30}, {"revenue": 10}, 10),
        ({"revenue": 25, "total": 30}, {"products": [{"price": 10}]}, 10),
        ({"revenue": 25, "total": 0}, {"total": 10}, 10),
        ({"revenue": 25}, {"total": 10}, 10),
        ({"total": 30}, {"total": 10}, 10),
        ({"revenue": -25, "total": 30}, {"total": 10}, 0),
        ({"revenue": "a lot"}, {"total": 10}, 10),
    ],
)
def test_only_a_refund_told_by_the_total_of_an_order_that_has_one_is_a_share_of_it(
    order: dict[str, Any], refund: dict[str, Any], back: float
) -> None:
    bought = an_event("Order Completed", NOW, properties={"order_id": "o", **order})

    assert known(bought, refunded(order_id="o", **refund)).refunded == back


def test_no_more_goes_back_than_the_order_was_worth_however_many_refunds_say_so() -> None:
    told = known(
        an_order(NOW, 10, order_id="o"),
        refunded(order_id="o", revenue=50),
        refunded(NOW + 2, order_id="o", revenue=5),
        refunded(NOW + 3, order_id="o"),
    )

    assert (told.refunds, told.refunded, told.net) == (3, 10, 0)


@pytest.mark.parametrize(
    "said",
    [{"products": [{"product_id": "a", "quantity": 1}]}, {"total": "€ 12,50"}, {"products": "tea"}],
)
def test_a_refund_of_which_it_cannot_be_told_how_much_it_was_takes_nothing_away(said: Any) -> None:
    told = known(an_order(NOW, 100, order_id="o"), refunded(order_id="o", **said))

    assert (told.refunds, told.refunded) == (1, 0)


@pytest.mark.parametrize("nothing", [{}, {"products": []}, {"products": None, "total": ""}])
def test_a_refund_that_says_nothing_is_of_the_whole_order(nothing: Any) -> None:
    assert known(an_order(NOW, 100, order_id="o"), refunded(order_id="o", **nothing)).refunded == 100


def test_an_id_is_read_as_at_the_door_where_seven_point_nought_is_seven() -> None:
    told = known(
        an_order(NOW, 10, order_id=7.0),
        refunded(order_id=7, refund_id=1.0, total=2),
        refunded(NOW + 2, order_id=" 7 ", refund_id="1", total=2),
        cancelled(order_id=8.0),
        an_order(NOW, 5, order_id="8"),
    )

    assert (told.count, told.refunds, told.net, told.cancelled) == (1, 1, 8, 1)


@pytest.mark.parametrize("amount", ["1,234.50", "€ 12,50", None, "", True])
def test_an_order_of_which_nobody_knows_the_worth_is_none_of_the_average(amount: Any) -> None:
    told = known(an_order(NOW, 50, order_id="o1"), an_order(NOW + 1, amount, order_id="o2"))

    assert (told.count, told.revenue, told.average) == (2, 50, 50)


def test_there_is_no_average_where_no_worth_is_known_and_a_gift_is_worth_nothing() -> None:
    assert known(an_order(NOW, "free", order_id="o")).average is None
    assert known(an_order(NOW, 0, order_id="o1"), an_order(NOW, 10, order_id="o2")).average == 5


def test_products_that_went_back_are_what_a_partial_refund_is_of() -> None:
    told = known(
        an_order(NOW, 50, order_id="o"), refunded(order_id="o", products=[{"price": 4, "quantity": 2}])
    )

    assert told.refunded == 8


def test_what_is_no_tracked_order_is_not_listened_to() -> None:
    told = Orders()

    assert not orders.hear(told, an_event("Product Added"), "m", "p_1")
    assert not orders.hear(told, an_event(type="screen", name="Order Completed"), "m", "p_1")
    assert told == Orders()


def many(number: int, first: int = 0) -> list[Event]:
    return [an_order(NOW + place * DAY, 1.01, order_id=f"o{place}") for place in range(first, first + number)]


def test_past_the_newest_orders_the_others_are_added_up_and_the_totals_stay_exact() -> None:
    told = heard(*many(KEPT + 50))

    assert len(told.recent) == KEPT
    assert orders.totals(told) == Totals(
        count=KEPT + 50,
        revenue=round((KEPT + 50) * 1.01, 2),
        refunds=0,
        refunded=0,
        cancelled=0,
        net=round((KEPT + 50) * 1.01, 2),
        average=1.01,
        first_at=NOW,
        last_at=NOW + (KEPT + 49) * DAY,
    )
    assert heard(*reversed(many(KEPT + 50))) == told


def test_orders_that_were_added_up_are_averaged_like_those_known_one_by_one() -> None:
    unread = [an_order(NOW - place * DAY, "much", order_id=f"u{place}") for place in range(1, 9)]

    assert orders.totals(heard(*unread, *many(KEPT))).average == 1.01


def test_two_profiles_of_many_orders_joined_lose_none_however_often_they_are() -> None:
    one, other = heard(*many(KEPT + 9)), heard(*many(KEPT + 5, first=1_000), founder="p_2")

    joined = orders.join(one, other)

    assert orders.totals(joined).count == 2 * KEPT + 14
    assert orders.join(joined, other) == orders.join(other, joined) == joined
    later = heard(an_order(NOW + 9_999 * DAY, 1), after=orders.join(joined, joined))
    assert len(later.recent) == KEPT
    assert orders.totals(later).count == 2 * KEPT + 15


def test_long_ids_are_kept_short() -> None:
    told = heard(an_order(order_id="a" * 5_000))

    assert max(map(len, told.recent)) <= 12


# ---- where they are asked for


def test_templates_see_every_total_by_name() -> None:
    profile = a_profile(an_order(NOW, 50, order_id="o1"), an_order(NOW + DAY, 20.5, order_id="o2"))

    seen = document(profile)["profile"]["lifetime"]

    assert tuple(seen) == TOTALS
    assert seen == {
        "orders": 2,
        "revenue": 70.5,
        "refunds": 0,
        "refunded": 0,
        "cancelled": 0,
        "net": 70.5,
        "average_order": 35.25,
        "first_order_at": format_instant(NOW),
        "last_order_at": format_instant(NOW + DAY),
    }


@pytest.mark.parametrize(
    "condition",
    [
        {"trait": "lifetime.net", "more_than": 60},
        {"trait": "lifetime.orders", "at_least": 2},
        {"trait": "lifetime.average_order", "is": 35},
        {"not": {"trait": "lifetime.last_order_at", "within_last": "1d"}},
    ],
)
def test_a_segment_can_ask_for_them_as_for_any_trait(condition: dict[str, Any]) -> None:
    rules = rules_of(segments={"good": condition})

    profile = a_profile(
        an_order(NOW, 50, order_id="o1"),
        an_order(NOW + 1, 20, order_id="o2"),
        rules=rules,
        until=NOW + 2 * DAY,
    )

    assert set(profile.memberships) == {"good"}


def test_who_is_in_for_what_she_bought_leaves_with_the_refund_and_evidence_says_why() -> None:
    rules = rules_of(segments={"good": {"trait": "lifetime.net", "at_least": 50}})
    profile = a_profile(an_order(NOW, 50, order_id="o1"), rules=rules)
    told = explain(rules.segments[0].evaluator, profile, NOW)
    assert profile.memberships == {"good": NOW}

    go_on(profile, rules, refunded(order_id="o1", total=1), until=NOW + DAY)

    assert profile.memberships == {}
    assert told == {
        "holds": True,
        "trait": "lifetime.net",
        "value": 50,
        "orders": 1,
        "refunds": 0,
        "cancelled": 0,
    }


def test_who_is_in_for_an_order_heard_of_late_is_in_since_she_had_bought_enough() -> None:
    rules = rules_of(segments={"good": {"trait": "lifetime.net", "at_least": 100}})
    late, then, now = NOW, NOW + DAY, NOW + 5 * DAY
    profile = a_profile(an_order(then, 60, order_id="o2"), an_event(at=now), rules=rules)

    go_on(profile, rules, an_order(late, 50, order_id="o1"), until=now)

    assert profile.memberships == {"good": then}


def test_a_total_that_is_a_time_makes_her_leave_when_it_is_too_long_ago() -> None:
    rules = rules_of(segments={"fresh": {"trait": "lifetime.last_order_at", "within_last": "30d"}})

    profile = a_profile(an_order(NOW, 50), rules=rules)

    assert profile.wake_at == NOW + 30 * DAY
    assert go_on(profile, rules, until=NOW + 30 * DAY).memberships == {}
