"""The names of what a customer's orders come to, over her whole life: traits that the hub works out."""

from hub.strategy.model import Mistake, in_words

PREFIX = "lifetime"
TOTALS = (
    "orders",
    "revenue",
    "refunds",
    "refunded",
    "cancelled",
    "net",
    "average_order",
    "first_order_at",
    "last_order_at",
)


def total_of(trait: str) -> str:
    """Which total a trait's name asks for, "" if it is an ordinary trait."""
    prefix, _, total = trait.partition(".")
    return total if prefix == PREFIX else ""


def check_total(trait: str) -> str:
    """The name itself, unless it asks for a total that there is not."""
    if trait.partition(".")[0] == PREFIX and total_of(trait) not in TOTALS:
        raise Mistake(f"unknown trait '{trait}'", f"{PREFIX}. goes before {in_words(TOTALS)}")
    return trait
