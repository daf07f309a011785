"""Carts: per (cart, product, variant) the latest line by event time, cut off by orders and clearings.

A line lives while it is newer than every cut that reaches its cart, so the order of arrival
cannot matter. `Cart Viewed` cuts what is strictly older than itself (it brings the new lines),
`Order Completed` and `Cart Cleared` also cut what is of the same instant.

Of two lines of a product only the newer one lies in the cart, unless both say which variant they are and
it is not the same. Both are kept all the same: who says no variant, speaks of all there are, also of
those that arrive late.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hub.clock import Instant
from hub.events import Event
from hub.reading import LARGEST, read_id, read_number

MAX_LINES = 100
"""Newest kept; a cart page of more lines than this is a robot's."""
EVERY_CART = "*"

# What templates and connectors show of a product (SPEC §6); more only where a condition asks for it.
KEPT = ("product_id", "sku", "name", "category", "brand", "variant", "price", "url", "image_url", "currency")


@dataclass(frozen=True, slots=True)
class Line:
    at: Instant
    message_id: str
    quantity: float
    """0 is a removed line: it still wins over an older one that arrives late."""
    product: Mapping[str, Any]

    @property
    def rank(self) -> tuple[Instant, str]:
        return (self.at, self.message_id)


@dataclass(slots=True)
class Carts:
    lines: dict[tuple[str, str], Line] = field(default_factory=dict)
    """(cart id, key of a product or of a variant) -> its latest line."""
    cuts: dict[str, Instant] = field(default_factory=dict)
    """Cart id, or EVERY_CART -> the instant before which its lines are gone."""


def shop(carts: Carts, event: Event, asked: Collection[str] = ()) -> bool:
    """Take in an event of the shop; True if it spoke of a cart. `asked`: what else to keep of a product."""
    take = _TAKES.get(event.name)
    if take is None or event.type != "track":
        return False
    take(carts, event, asked)
    _settle(carts)
    return True


def join(left: Carts, right: Carts) -> Carts:
    joined = Carts(dict(left.lines), dict(left.cuts))
    for key, line in right.lines.items():
        _keep(joined, key, line)
    for cart_id, at in right.cuts.items():
        _cut(joined, cart_id, at)
    _settle(joined)
    return joined


def open_lines(carts: Carts) -> list[tuple[str, Line]]:
    """(cart id, line) of everything that lies in a cart, oldest first."""
    if not carts.lines:
        return []
    return sorted(
        ((cart_id, line) for (cart_id, _), line in lying(carts).items()), key=lambda one: one[1].rank
    )


def lying(carts: Carts) -> dict[tuple[str, str], Line]:
    """Those of the lines that are in a cart, not removed, and not overtaken by a newer one."""
    found = {key: line for key, line in carts.lines.items() if line.quantity > 0}
    if not (rivals := _of_one_product(carts)):
        return found
    return {
        key: line
        for key, line in found.items()
        if not any(_overtakes(other, line) for other in rivals[product_of(key)])
    }


def product_of(key: tuple[str, str]) -> tuple[str, str]:
    """(cart id, product), whichever variant of it is meant."""
    cart_id, product = key
    return cart_id, product.partition(_VARIANT)[0]


def only(carts: Carts, cart_id: str) -> Carts:
    """One of her carts, and whatever emptied it."""
    return Carts({key: line for key, line in carts.lines.items() if key[0] == cart_id}, carts.cuts)


def totals(lines: Iterable[Line]) -> tuple[float, float]:
    """(number of items, their worth at the prices last seen)."""
    kept = list(lines)
    items = sum(line.quantity for line in kept)
    return items, round(sum(line.quantity * number(line.product.get("price")) for line in kept), 2)


def number(value: object, default: float = 0.0) -> float:
    """A number as shops send it: real traffic has "12.50" as well as 12.5."""
    read = read_number(value)
    return read if read is not None and abs(read) <= LARGEST else default


def _added(carts: Carts, event: Event, asked: Collection[str]) -> None:
    _put(carts, event, event.properties, asked)


def _removed(carts: Carts, event: Event, asked: Collection[str]) -> None:
    _put(carts, event, {**event.properties, "quantity": 0}, asked)


def _viewed(carts: Carts, event: Event, asked: Collection[str]) -> None:
    products = event.properties.get("products")
    if not isinstance(products, list):
        return
    _cut(carts, _cart_of(event), event.at)
    for product in _counted_once(one for one in products if isinstance(one, dict)):
        _put(carts, event, product, asked)


def _counted_once(products: Iterable[Mapping[str, Any]]) -> Iterable[Mapping[str, Any]]:
    """A page may list the same thing twice: then that many of it lie there."""
    found: dict[str, Mapping[str, Any]] = {}
    for product in products:
        known = found.get(key := _key(product))
        before = _quantity(known) if known else 0.0
        found[key] = {**(known or product), "quantity": before + _quantity(product)}
    return found.values()


def _ordered(carts: Carts, event: Event, _asked: Collection[str]) -> None:
    # "Without a cart_id, every cart of the customer": an order that does not say what it was is all of it.
    _cut(carts, _cart_of(event) or EVERY_CART, event.at + 1)


_TAKES = {
    "Product Added": _added,
    "Wishlist Product Added to Cart": _added,
    "Product Removed": _removed,
    "Cart Viewed": _viewed,
    "Cart Cleared": _ordered,
    "Order Completed": _ordered,
}
EVENTS = frozenset(_TAKES)


def _cart_of(event: Event) -> str:
    cart_id = event.properties.get("cart_id")
    return read_id(cart_id) if isinstance(cart_id, (str, int)) and not isinstance(cart_id, bool) else ""


def _put(carts: Carts, event: Event, product: Mapping[str, Any], asked: Collection[str]) -> None:
    key = _key(product)
    if not key:
        return
    kept = {name: product[name] for name in (*KEPT, *asked) if product.get(name) is not None}
    line = Line(event.at, event.message_id, _quantity(product), kept)
    _keep(carts, (_cart_of(event), key), line)


def _quantity(product: Mapping[str, Any]) -> float:
    return max(0.0, number(product.get("quantity", 1), default=1.0))


_VARIANT = "\x1f"
_TOLD_BY = {"product_id": ("sku", "variant"), "sku": (), "name": ("variant",)}
"""What names a product -> what then names its variant."""


def _key(product: Mapping[str, Any]) -> str:
    """The product, and where it is said, its variant; "" for what has no name at all."""
    name = next((name for name in _TOLD_BY if product.get(name)), "")
    if not name:
        return ""
    variant = next((str(product[one]) for one in _TOLD_BY[name] if product.get(one)), "")
    return f"{product[name]}{_VARIANT}{variant}" if variant else str(product[name])


def _of_one_product(carts: Carts) -> dict[tuple[str, str], list[Line]]:
    """(cart id, product) -> its lines; {} where no variant is named, as each line is a product's only one."""
    found: dict[tuple[str, str], list[Line]] = {}
    if any(_VARIANT in product for _, product in carts.lines):
        for key, line in carts.lines.items():
            found.setdefault(product_of(key), []).append(line)
    return found


def _overtakes(newer: Line, line: Line) -> bool:
    return newer.rank > line.rank and not _is_other_variant(newer.product, line.product)


def _is_other_variant(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """By the first of sku and variant that both say; one that says neither may be any of them."""
    both = (name for name in ("sku", "variant") if one.get(name) and other.get(name))
    return any(str(one[name]) != str(other[name]) for name in [*both][:1])


def _keep(carts: Carts, key: tuple[str, str], line: Line) -> None:
    standing = carts.lines.get(key)
    if standing is None or standing.rank < line.rank or _wins_a_tie(line, standing):
        carts.lines[key] = line


def _wins_a_tie(line: Line, standing: Line) -> bool:
    """Two sources may give two messages of one instant the same id; any rule will do, if it is a rule."""
    if standing.rank != line.rank:
        return False
    one, other = ((each.quantity, json.dumps(each.product, sort_keys=True)) for each in (line, standing))
    return one > other


def _cut(carts: Carts, cart_id: str, at: Instant) -> None:
    carts.cuts[cart_id] = max(at, carts.cuts.get(cart_id, at))


def _settle(carts: Carts) -> None:
    """Drop what is cut off, then the oldest past the bound: both functions of the whole, not of the order."""
    everywhere = carts.cuts.get(EVERY_CART, 0)
    gone = [key for key, line in carts.lines.items() if line.at < max(everywhere, carts.cuts.get(key[0], 0))]
    for key in gone:
        del carts.lines[key]
    for cart_id in [name for name, at in carts.cuts.items() if name != EVERY_CART and at <= everywhere]:
        del carts.cuts[cart_id]
    _bound(carts)


def _bound(carts: Carts) -> None:
    excess = len(carts.lines) - MAX_LINES
    if excess > 0:
        for key in sorted(carts.lines, key=lambda key: (carts.lines[key].rank, key))[:excess]:
            del carts.lines[key]
    for cart_id in sorted(carts.cuts, key=lambda name: (carts.cuts[name], name))[
        : max(0, len(carts.cuts) - MAX_LINES)
    ]:
        del carts.cuts[cart_id]
