"""Hypothesis strategies for what one shopper does: over the words of `condition_strategies`.

Times fall on the edges that matter: exactly a window's length apart, a millisecond beside it, or at once.
"""

from typing import Any

from hypothesis import strategies as st

from hub.clock import DAY, HOUR, MINUTE, Instant, format_instant, parse_instant
from hub.events import Event
from tests.condition_strategies import PURPOSES

BEGIN: Instant = parse_instant("2026-11-21T10:00:00Z")

gaps = st.sampled_from(
    [0, 0, 1, MINUTE - 1, MINUTE, 30 * MINUTE, 4 * HOUR, DAY - 1, DAY, DAY + 1, 6 * DAY, 7 * DAY]
)
near_times = st.integers(-3, 40).map(lambda days: format_instant(BEGIN + days * DAY))
prices = st.sampled_from([1, 12.5, "12.50", 500, -3, "Tea", True])
quantities = st.sampled_from([1, 2, "2", 0, 5])
skus = st.sampled_from(["G-32", "500", "Tea"])
carts = st.fixed_dictionaries({}, optional={"cart_id": st.sampled_from(["c1", "c2"])})
products = st.fixed_dictionaries(
    {"product_id": st.sampled_from(["tea", "cups"])},
    optional={
        "category": st.sampled_from(["Tea", "Cups", "CZ"]) | near_times,
        "price": prices,
        "quantity": quantities,
    },
)
properties = st.fixed_dictionaries(
    {},
    optional={
        "category": st.sampled_from(["Tea", "Cups", "", None]) | near_times,
        "price": prices | near_times,
        "quantity": quantities,
        "revenue": st.sampled_from([10, 99.99, "500", None, "none"]),
        "products": st.lists(st.fixed_dictionaries({"sku": skus}), max_size=2),
    },
)
traits = st.fixed_dictionaries(
    {},
    optional={
        "country": st.sampled_from(["CZ", "SK", None, "Tea"]),
        "age": st.sampled_from([30, "30", 30.5, "500", True]),
        "birthday": st.sampled_from(["1990-11-22", "1988-02-29", "1970-12-21T10:00:00Z", "soon"])
        | near_times,
        "address": st.fixed_dictionaries({"city": st.sampled_from(["Tea", "500"])}),
        "email": st.just("anna@example.com"),
        "phone": st.just("+420603123456"),
    },
)
contexts = st.just({}) | st.fixed_dictionaries(
    {
        "consent": st.fixed_dictionaries(
            {"categoryPreferences": st.dictionaries(st.sampled_from(PURPOSES), st.booleans())}
        )
    }
)


def _joined(*parts: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.tuples(*parts).map(lambda found: {key: value for part in found for key, value in part.items()})


def _track(name: str, properties: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"type": st.just("track"), "name": st.just(name), "properties": properties})


lines = _joined(properties, products, carts)
cart_views = _joined(
    carts,
    st.fixed_dictionaries(
        {"products": st.lists(products, max_size=2, unique_by=lambda one: one["product_id"])}
    ),
)
acts = st.one_of(
    _track("Product Viewed", properties),
    _track("Product Added", lines),
    _track("Product Removed", lines),
    _track("Order Completed", _joined(properties, carts)),
    _track("Cart Cleared", carts),
    _track("Cart Viewed", cart_views),
    st.fixed_dictionaries({"type": st.just("page"), "properties": properties}),
    st.fixed_dictionaries({"type": st.just("identify"), "traits": traits}),
)


@st.composite
def stories(draw: st.DrawFn, most: int = 12) -> list[Event]:
    """What one shopper does, in order of time; every message is another one."""
    at, story = BEGIN, []
    for place in range(draw(st.integers(1, most))):
        at += draw(gaps)
        who = {"anonymous_id": "a-1", "user_id": draw(st.sampled_from(["", "", "u-1"]))}
        act = {**draw(acts), "context": draw(contexts), **who}
        story.append(Event(message_id=f"m{place}", at=at, received_at=at, **act))
    return story
