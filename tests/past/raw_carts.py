"""What lies in a customer's carts, message by message, from the description alone."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol


class Act(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def properties(self) -> Mapping[str, Any]: ...


def open_lines(done: Sequence[Act]) -> list[dict[str, Any]]:
    carts: dict[str, dict[str, dict[str, Any]]] = {}
    for act in done:
        cart_id = act.properties.get("cart_id")
        if act.name in ("Order Completed", "Cart Cleared"):
            for name in [cart_id] if cart_id else list(carts):
                carts.pop(name, None)
        elif act.name == "Cart Viewed":
            carts[cart_id or ""] = {one["product_id"]: _line(one) for one in act.properties["products"]}
        elif act.name in ("Product Added", "Product Removed"):
            removed = act.name == "Product Removed"
            line = _line(act.properties) | ({"quantity": 0} if removed else {})
            carts.setdefault(cart_id or "", {})[line["product_id"]] = line
    return [line for cart in carts.values() for line in cart.values() if line["quantity"]]


def _line(product: Mapping[str, Any]) -> dict[str, Any]:
    return {"price": 0, "quantity": 1, **product}
