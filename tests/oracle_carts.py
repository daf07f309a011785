"""What lies in a customer's carts, told event by event: the carts' part of `tests.oracle`."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hub.clock import Instant
from hub.events import Event
from tests.oracle_values import as_number

Lines = dict[str, tuple[Instant, float, Mapping[str, Any]]]
"""Product -> (when, quantity, product)."""
ENDS = ("Order Completed", "Cart Cleared")


def cart_lines(done: Sequence[Event]) -> Iterator[tuple[float, Mapping[str, Any]]]:
    """(quantity, product) of what lies in any cart."""
    carts: dict[str, Lines] = {}
    for event in sorted(done, key=lambda event: (event.at, event.message_id)):
        _happens(event, carts)
    # An order also takes what a later message of the same instant put in.
    for event in done:
        if event.name in ENDS:
            _empty(event, carts)
    for cart in carts.values():
        yield from (
            (quantity, {**product, "quantity": quantity})
            for _, quantity, product in cart.values()
            if quantity
        )


def _happens(event: Event, carts: dict[str, Lines]) -> None:
    cart = carts.setdefault(str(event.properties.get("cart_id", "")), {})
    if event.name in ("Product Added", "Product Removed"):
        _put(cart, event, event.properties)
    elif event.name == "Cart Viewed":
        _forget(cart, event.at)
        for product in event.properties["products"]:
            _put(cart, event, product)
    elif event.name in ENDS:
        _empty(event, carts)


def _empty(event: Event, carts: dict[str, Lines]) -> None:
    which = event.properties.get("cart_id")
    for name, cart in carts.items():
        if which is None or str(which) == name:
            _forget(cart, event.at + 1)


def _put(cart: Lines, event: Event, product: Mapping[str, Any]) -> None:
    key = str(product.get("product_id") or product.get("sku") or product.get("name") or "")
    quantity = (
        0.0 if event.name == "Product Removed" else max(0.0, as_number(product.get("quantity", 1)) or 0.0)
    )
    standing = cart.get(key)
    if key and (standing is None or standing[0] <= event.at):
        cart[key] = (event.at, quantity, product)


def _forget(cart: Lines, before: Instant) -> None:
    for key in [key for key, (at, _, _) in cart.items() if at < before]:
        del cart[key]
