"""Carts: the latest line of each product by event time, cut off by orders, in any order of arrival."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest

from hub import carts
from hub.carts import Carts
from hub.clock import HOUR
from hub.documents import cart as shown
from hub.events import Event
from tests.builders import NOW, a_line, a_profile, an_event, an_order


def after(*events: Event) -> Carts:
    shopped = Carts()
    for event in events:
        carts.shop(shopped, event)
    return shopped


def lying(*events: Event) -> dict[tuple[str, str], float]:
    """(cart, product) -> quantity of what lies in a cart, the same in every order of arrival."""
    ends = [
        {
            (cart_id, str(line.product["product_id"])): line.quantity
            for cart_id, line in carts.open_lines(after(*order))
        }
        for order in permutations(events)
    ]
    assert all(end == ends[0] for end in ends)
    return ends[0]


def viewed(at: int, *products: Any, **properties: Any) -> Event:
    told = {
        "products": [{"product_id": one} if isinstance(one, str) else one for one in products],
        **properties,
    }
    return an_event("Cart Viewed", at, message_id=f"view {at}", properties=told)


def test_the_latest_line_of_a_product_is_what_lies_in_the_cart() -> None:
    assert lying(a_line(NOW, quantity=1), a_line(NOW + 1, quantity=3)) == {("", "tea"): 3}


def test_of_two_messages_of_one_instant_and_id_the_same_one_wins_in_any_order() -> None:
    """Ids are a source's own: two sources may draw the same."""
    one, other = (
        replace(a_line(quantity=number), message_id="m", source=f"source {number}") for number in (1, 2)
    )

    assert lying(one, other) == {("", "tea"): 2}


def test_a_product_without_a_quantity_is_one() -> None:
    assert lying(a_line()) == {("", "tea"): 1}


@pytest.mark.parametrize("quantity", [0, "0", -2, 0.0])
def test_a_removed_line_or_one_of_no_quantity_is_gone(quantity: Any) -> None:
    assert lying(a_line(NOW), a_line(NOW + 1, name="Product Removed")) == {}
    assert lying(a_line(NOW), a_line(NOW + 1, quantity=quantity)) == {}


def test_what_was_removed_comes_back_when_it_is_added_again() -> None:
    events = [a_line(NOW), a_line(NOW + 1, name="Product Removed"), a_line(NOW + 2, quantity=2)]

    assert lying(*events) == {("", "tea"): 2}


def test_looking_at_the_cart_replaces_its_lines() -> None:
    events = [
        a_line(NOW, "tea"),
        a_line(NOW, "cup"),
        viewed(NOW + 1, {"product_id": "cup", "quantity": 4}, "pot"),
    ]

    assert lying(*events) == {("", "cup"): 4, ("", "pot"): 1}


def test_looking_at_an_empty_cart_empties_it_and_looking_without_products_says_nothing() -> None:
    silent = an_event("Cart Viewed", NOW + 1, properties={"cart_id": "c1"})

    assert lying(a_line(NOW), viewed(NOW + 1)) == {}
    assert lying(a_line(NOW, cart_id="c1"), silent) == {("c1", "tea"): 1}


def test_looking_at_one_cart_leaves_the_others() -> None:
    events = [
        a_line(NOW, cart_id="c1"),
        a_line(NOW, "cup", cart_id="c2"),
        viewed(NOW + 1, "pot", cart_id="c1"),
    ]

    assert lying(*events) == {("c1", "pot"): 1, ("c2", "cup"): 1}


def test_an_order_with_a_cart_empties_that_cart() -> None:
    events = [a_line(NOW, cart_id="c1"), a_line(NOW, "cup", cart_id="c2"), an_order(NOW + 1, cart_id="c1")]

    assert lying(*events) == {("c2", "cup"): 1}


@pytest.mark.parametrize("name", ["Order Completed", "Cart Cleared"])
def test_an_order_or_a_clearing_without_a_cart_empties_every_cart(name: str) -> None:
    events = [a_line(NOW), a_line(NOW, "cup", cart_id="c2"), an_event(name, NOW + 1)]

    assert lying(*events) == {}


def test_what_is_put_in_after_an_order_stays() -> None:
    assert lying(a_line(NOW), an_order(NOW + 1), a_line(NOW + 2, "cup")) == {("", "cup"): 1}


def test_an_order_takes_what_was_put_in_at_the_same_instant() -> None:
    assert lying(a_line(NOW), an_order(NOW)) == {}


def test_looking_at_the_cart_keeps_what_was_put_in_at_the_same_instant() -> None:
    assert lying(a_line(NOW), viewed(NOW, "cup")) == {("", "tea"): 1, ("", "cup"): 1}


def test_a_line_that_comes_late_does_not_refill_an_ordered_cart() -> None:
    shopped = after(an_order(NOW), a_line(NOW - HOUR, cart_id="c1"))

    assert carts.open_lines(shopped) == []
    assert shopped.lines == {}


def test_a_page_that_is_called_like_an_event_of_the_shop_is_only_a_page() -> None:
    page = an_event(type="page", name="Order Completed", at=NOW + 1)

    assert lying(a_line(NOW), page) == {("", "tea"): 1}


@pytest.mark.parametrize(
    ("price", "quantity", "worth"),
    [
        ("12.50", "2", 25.0), (12.5, 2, 25.0), (0.1, 3, 0.3), (None, 2, 0.0), ("free", 1, 0.0),
        (True, 1, 0.0), ("NaN", 1, 0.0), (1e300, 1e300, 0.0), (5, "many", 5.0), (5, "inf", 5.0), (5, [], 5.0),
    ],
)  # fmt: skip
def test_prices_and_quantities_are_read_as_shops_send_them(price: Any, quantity: Any, worth: float) -> None:
    lines = [line for _, line in carts.open_lines(after(a_line(price=price, quantity=quantity)))]

    assert carts.totals(lines)[1] == worth


def test_a_product_is_told_apart_by_its_id_else_its_sku_else_its_name() -> None:
    events = [
        an_event("Product Added", NOW + place, properties=product)
        for place, product in enumerate(
            [{"product_id": 7, "sku": "x"}, {"sku": "x"}, {"name": "x"}, {"price": 5}]
        )
    ]

    assert [carts.product_of(key) for key in after(*events).lines] == [("", "7"), ("", "x")]


SMALL, LARGE = {"sku": "tee-S", "variant": "S"}, {"sku": "tee-M", "variant": "M"}


def tees(*events: Event) -> list[tuple[str, float]]:
    """(variant, quantity) of what lies in the cart, the same in every order of arrival."""
    ends = [
        sorted(
            (str(line.product.get("variant", "")), line.quantity)
            for _, line in carts.open_lines(after(*order))
        )
        for order in permutations(events)
    ]
    assert all(end == ends[0] for end in ends)
    return ends[0]


def test_two_variants_of_a_product_are_two_lines() -> None:
    both = [a_line(NOW, "tee", **SMALL), a_line(NOW + 1, "tee", quantity=2, **LARGE)]

    assert tees(*both) == [("M", 2), ("S", 1)]
    assert tees(*both, a_line(NOW + 2, "tee", name="Product Removed", **SMALL)) == [("M", 2)]


@pytest.mark.parametrize("known_by", ["sku", "variant"])
def test_a_variant_is_known_by_its_sku_or_else_by_its_name(known_by: str) -> None:
    small, large = ({known_by: one[known_by]} for one in (SMALL, LARGE))
    both = [a_line(NOW, "tee", **small), a_line(NOW + 1, "tee", **large)]

    assert len(tees(*both)) == 2
    assert len(tees(*both, a_line(NOW + 2, "tee", name="Product Removed", **small))) == 1
    assert tees(*both, a_line(NOW + 2, "tee", quantity=3, **SMALL))[-1] == ("S", 3)


def test_a_removal_that_names_no_variant_takes_them_all_but_not_what_is_added_later() -> None:
    both = [a_line(NOW, "tee", **SMALL), a_line(NOW + 1, "tee", **LARGE)]
    gone = a_line(NOW + 2, "tee", name="Product Removed")

    assert tees(*both, gone) == []
    assert tees(*both, gone, a_line(NOW + 3, "tee", **LARGE)) == [("M", 1)]


def test_a_line_of_no_variant_is_the_same_as_one_that_says_it_later() -> None:
    plain = a_line(NOW, "tee", quantity=5)

    assert tees(plain, a_line(NOW + 1, "tee", **SMALL)) == [("S", 1)]
    assert tees(plain, a_line(NOW + 1, "tee", name="Product Removed", **SMALL)) == []


def test_a_cart_that_lists_a_product_twice_has_both() -> None:
    twice = viewed(NOW, "tea", {"product_id": "tea", "quantity": 2}, {"product_id": "tea", "quantity": "x"})

    assert lying(twice) == {("", "tea"): 4}
    assert tees(viewed(NOW, {"product_id": "tee", **SMALL}, "tee", {"product_id": "tee", **LARGE})) == [
        ("", 1),
        ("M", 1),
        ("S", 1),
    ]


def test_joined_carts_have_the_variants_of_both_each_once() -> None:
    left = after(a_line(NOW, "tee", **SMALL), a_line(NOW + 3, "tee", **LARGE))
    right = after(a_line(NOW + 2, "tee", name="Product Removed"), viewed(NOW - 1, "cup", "cup"))

    joined = carts.join(left, right)

    assert [line.quantity for _, line in carts.open_lines(joined)] == [2, 1]
    assert joined == carts.join(right, left) == carts.join(joined, right)


@pytest.mark.parametrize("cart_id", [None, True, 5.5, ["c1"], {}])
def test_a_strange_cart_id_is_none(cart_id: Any) -> None:
    assert lying(a_line(cart_id=cart_id)) == {("", "tea"): 1}


def test_a_strange_product_in_a_list_is_passed_over() -> None:
    assert lying(viewed(NOW, {"product_id": "tea"}, 5, None, [])) == {("", "tea"): 1}  # type: ignore[arg-type]


def test_a_line_keeps_what_is_shown_and_what_conditions_ask_for_and_nothing_else() -> None:
    shopped = Carts()

    carts.shop(shopped, a_line(size="XL", secret="x", image_url="https://shop.example/t.png"), {"size"})

    kept = shopped.lines["", "tea"].product
    assert kept == {
        "product_id": "tea",
        "price": 10,
        "image_url": "https://shop.example/t.png",
        "size": "XL",
    }


def test_a_cart_of_a_robot_keeps_its_newest_lines_whatever_the_order() -> None:
    lines = [a_line(NOW + place, f"p{place}") for place in range(carts.MAX_LINES + 20)]

    assert after(*lines) == after(*reversed(lines))
    assert ("", "p0") not in after(*lines).lines
    assert len(after(*lines).lines) == carts.MAX_LINES


def test_the_cart_is_shown_with_its_newest_cart_id_and_a_summary() -> None:
    profile = a_profile(
        a_line(NOW, "tea", name="Product Added", cart_id="c1", quantity=2, price="5.5"),
        a_line(NOW + 1, "cup", cart_id="c2", quantity=1, price=9, currency="CZK"),
    )

    told = shown(profile)

    assert (told["cart_id"], told["items"], told["value"], told["currency"]) == ("c2", 3, 20.0, "CZK")
    assert told["summary"] == "2 \u00d7 tea, 1 \u00d7 cup"
    assert [line["price"] for line in told["lines"]] == [5.5, 9]


def test_an_empty_cart_is_shown_as_one() -> None:
    texts = dict.fromkeys(("cart_id", "summary", "updated_at"), "")

    assert shown(a_profile(an_event())) == {**texts, "items": 0, "value": 0, "currency": "USD", "lines": []}


def test_carts_of_two_strangers_are_joined_line_by_line() -> None:
    left = [a_line(NOW, quantity=1), an_order(NOW + 2, cart_id="c1")]
    right = [a_line(NOW + 1, quantity=5), a_line(NOW, "cup", cart_id="c1")]

    joined = carts.join(after(*left), after(*right))

    assert joined == after(*left, *right)
    assert _quantities(joined) == [5]


def _quantities(shopped: Carts) -> Sequence[float]:
    return [line.quantity for _, line in carts.open_lines(shopped)]
