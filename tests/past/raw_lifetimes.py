"""What a customer's orders come to, message by message."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, Protocol

from tests.past.raw_values import number


class Act(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def message(self) -> Mapping[str, Any]: ...


def lifetime(done: Sequence[Act]) -> dict[str, Any]:
    orders = [act.message for act in done if act.name == "Order Completed"]
    refunds = [act.message for act in done if act.name == "Order Refunded"]
    revenue, refunded = _worth(orders), _worth(refunds)
    return {
        "orders": len(orders),
        "revenue": revenue,
        "refunds": len(refunds),
        "refunded": refunded,
        "net": revenue - refunded,
        "average_order": revenue / len(orders) if orders else None,
        "first_order_at": min((order["timestamp"] for order in orders), default=None),
        "last_order_at": max((order["timestamp"] for order in orders), default=None),
    }


def _worth(messages: Sequence[Mapping[str, Any]]) -> Fraction:
    return sum((number(one["properties"]["revenue"]) or Fraction(0) for one in messages), start=Fraction(0))
