"""What an order was worth, and what went back of it, as shops say it.

Amounts are whole millionths. Worth is told without shipping and tax (`revenue`), a refund often with them
(`total`): such a refund is a share of the order's own total.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from hub.clock import Instant
from hub.events import Event
from hub.reading import LARGEST, read_millionths, read_number

WHOLE = -1
"""Amount of a refund that says no amount and no product: all that the order was worth."""
_AMOUNTS = ("revenue", "total", "value")
_NOTHING: tuple[Any, ...] = (None, "", [])


class Worth(NamedTuple):
    """What an order was worth; amounts in millionths."""

    said_at: Instant
    amount: int
    total: int
    """What she paid, shipping and tax included; the amount itself where nothing else is said."""


class Refund(NamedTuple):
    """What went back of an order."""

    amount: int
    """Millionths, or WHOLE."""
    of_total: bool = False
    """Told by `total`: as much of the order's worth went back as this is of the order's total."""


def read_worth(event: Event) -> Worth | None:
    if (amount := _amount(event.properties)) is None:
        return None
    total = read_millionths(event.properties.get("total"))
    return Worth(event.at, amount, amount if total is None else total)


def read_refund(properties: Mapping[str, Any]) -> Refund:
    """What is said and cannot be read, or is said without a price, is no amount that is known: 0."""
    amount = _amount(properties)
    if amount is None:
        says = any(properties.get(name) not in _NOTHING for name in (*_AMOUNTS, "products"))
        return Refund(0 if says else WHOLE)
    return Refund(abs(amount), of_total=_told_by(properties) == "total")


def went_back(refunds: Iterable[Refund], worth: Worth | None) -> int:
    """No more than the order was worth, where that is known."""
    if worth is None:
        return sum(refund.amount for refund in refunds if refund.amount != WHOLE)
    most = max(worth.amount, 0)
    return min(most, sum(most if one.amount == WHOLE else _share(one, worth) for one in refunds))


def _share(refund: Refund, worth: Worth) -> int:
    """Millionths of the order's worth; of nothing there is no share."""
    if not refund.of_total or min(worth.total, worth.amount) <= 0:
        return refund.amount
    return (refund.amount * worth.amount + worth.total // 2) // worth.total


def _amount(properties: Mapping[str, Any]) -> int | None:
    """Millionths: `revenue`, else `total`, else `value`, else what the products cost."""
    name = _told_by(properties)
    return read_millionths(properties[name]) if name else _cost(properties.get("products"))


def _told_by(properties: Mapping[str, Any]) -> str:
    """The property that says an amount which can be read."""
    return next((name for name in _AMOUNTS if read_millionths(properties.get(name)) is not None), "")


def _cost(products: object) -> int | None:
    if not isinstance(products, list):
        return None
    costs = [cost for product in products if (cost := _cost_of(product)) is not None]
    return sum(costs) if costs else None


def _cost_of(product: object) -> int | None:
    if not isinstance(product, dict) or (price := read_number(product.get("price"))) is None:
        return None
    quantity = read_number(product.get("quantity", 1))
    return read_millionths(price * (1 if quantity is None else quantity)) if abs(price) <= LARGEST else None
