"""The document that templates, `From` paths and journey keys see of a customer: plain nested values."""

from collections.abc import Mapping
from typing import Any

from hub import addresses, carts, orders, profiles, traits
from hub.carts import Line, number
from hub.clock import Instant, format_instant
from hub.profiles import Profile

_KINDS = ("user_id", "email", "phone", "anonymous_id")


def document(profile: Profile, predicted: Mapping[str, float] | None = None) -> dict[str, Any]:
    """{"profile": {ids, traits, lifetime, predicted}, "cart": {...}, "segments": [...]}

    traits.email and .phone are there when known, also where no trait says them. `predicted`: what the
    strategy's models foretell of her at the moment.
    """
    person = {**_person(profile), "predicted": dict(predicted or {})}
    return {"profile": person, "cart": cart(profile), "segments": sorted(profile.memberships)}


def cart(profile: Profile) -> dict[str, Any]:
    """The cart as it is now: every open line, under the id of the cart last touched.

    A run that is about one cart is asked with that cart alone (`hub.keyed_runs`).
    """
    lying = carts.open_lines(profile.carts)
    lines = [_line(line) for _, line in lying]
    return {
        "cart_id": lying[-1][0] if lying else "",
        "items": _plain(sum(line["quantity"] for line in lines)),
        "value": round(sum(line["quantity"] * line["price"] for line in lines), 2),
        "currency": next((line["currency"] for line in reversed(lines) if line.get("currency")), "USD"),
        "summary": ", ".join(f"{line['quantity']} \u00d7 {line['name']}" for line in lines),
        "lines": lines,
        "updated_at": format_instant(lying[-1][1].at) if lying else "",
    }


def lifetime(profile: Profile, until: Instant | None = None) -> dict[str, Any]:
    """What her orders come to, under the names of `hub.strategy.lifetime`; None where there is no order."""
    totals = orders.totals(profile.orders, until)
    return {
        "orders": totals.count,
        "revenue": _plain(totals.revenue),
        "refunds": totals.refunds,
        "refunded": _plain(totals.refunded),
        "cancelled": totals.cancelled,
        "net": _plain(totals.net),
        "average_order": None if totals.average is None else _plain(totals.average),
        "first_order_at": None if totals.first_at is None else format_instant(totals.first_at),
        "last_order_at": None if totals.last_at is None else format_instant(totals.last_at),
    }


def _person(profile: Profile) -> dict[str, Any]:
    identified = {kind: profiles.identifier_of(profile, kind) for kind in _KINDS}
    known = traits.values(profile.traits)
    reachable = {kind: _reachable(known.get(kind), kind, identified[kind]) for kind in ("email", "phone")}
    return {
        "id": profile.profile_id,
        **identified,
        "traits": {**known, **{kind: address for kind, address in reachable.items() if address}},
        "lifetime": lifetime(profile),
    }


def _reachable(told: Any, kind: str, identified: str) -> Any:
    """What the trait says; what is no address gives way to the one that she was identified by."""
    if kind == "email" and identified and told != identified and not addresses.email(str(told)):
        return identified
    return told or identified


def _line(line: Line) -> dict[str, Any]:
    product = dict(line.product)
    name = product.get("name") or product.get("sku") or product.get("product_id") or ""
    return {
        **product,
        "name": str(name),
        "price": number(product.get("price")),
        "quantity": _plain(line.quantity),
    }


def _plain(number: float) -> float | int:
    return int(number) if number == int(number) else number
