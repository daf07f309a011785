"""Orders: what a customer bought in her whole life, by order id; refunds and cancellations included.

What is said of an order is joined: the latest word on its worth, every refund once, cancelled once and for
all. What went back is worked out of what is joined, so that a refund may come before its order. Amounts are
whole millionths, so that sums do not depend on the order of arrival. The newest orders are known one by
one; older ones are only added up, by the profile that added them.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from heapq import nsmallest

from hub.clock import Instant
from hub.events import Event
from hub.order_worth import Refund, Worth, read_refund, read_worth, went_back
from hub.reading import MILLION, id_text

KEPT = 300
"""Newest kept one by one; what is said of an older one later counts as said of another order."""
MAX_REFUNDS = 20
"""Of one order; more are a robot's."""
_LONGEST_KEY = 12


@dataclass(frozen=True, slots=True)
class Order:
    at: Instant
    """When she ordered; as long as only refunds or a cancellation are known of it, the first of these."""
    ordered: bool = True
    worth: Worth | None = None
    """The latest word that says one; None: nobody said, or not so that it can be read."""
    cancelled: bool = False
    refunds: Mapping[str, Refund] = field(default_factory=dict)
    """By refund id, or mark of the message."""


@dataclass(frozen=True, slots=True)
class Sum:
    """Orders added up; amounts in millionths."""

    entries: int = 0
    """How many were added: it only grows, so of two states of one sum the larger is the later."""
    orders: int = 0
    revenue: int = 0
    refunds: int = 0
    refunded: int = 0
    cancelled: int = 0
    first_at: Instant | None = None
    last_at: Instant | None = None
    valued: int = 0
    """Orders of which it is known what they were worth."""

    def __add__(self, other: "Sum") -> "Sum":
        instants = [self.first_at, self.last_at, other.first_at, other.last_at]
        known = [at for at in instants if at is not None]
        return Sum(
            entries=self.entries + other.entries,
            orders=self.orders + other.orders,
            revenue=self.revenue + other.revenue,
            refunds=self.refunds + other.refunds,
            refunded=self.refunded + other.refunded,
            cancelled=self.cancelled + other.cancelled,
            first_at=min(known, default=None),
            last_at=max(known, default=None),
            valued=self.valued + other.valued,
        )


@dataclass(slots=True)
class Orders:
    recent: dict[str, Order] = field(default_factory=dict)
    """Order id, shortened, or mark of the message -> what is known of it."""
    folded: dict[str, Sum] = field(default_factory=dict)
    """Id of the profile that added them up -> the older orders."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What it all comes to. A cancelled order counts in `cancelled` alone, and so do its refunds."""

    count: int
    revenue: float
    refunds: int
    refunded: float
    cancelled: int
    net: float
    average: float | None
    """Of the orders of which it is known what they were worth."""
    first_at: Instant | None
    last_at: Instant | None


def hear(orders: Orders, event: Event, mark: str, founder: str) -> bool:
    """Take in what an event says of an order; False if it speaks of none. `founder`: id of the profile."""
    read = _WORDS.get(event.name)
    if read is None or event.type != "track":
        return False
    key, word = _key(event.properties.get("order_id")) or mark, read(event, mark)
    standing = orders.recent.get(key)
    orders.recent[key] = _both(standing, word) if standing else word
    if len(orders.recent) > KEPT:
        _fold_oldest(orders, founder)
    return True


def join(left: Orders, right: Orders) -> Orders:
    """Nothing is added up here, so that it is the same however often done; the next order's event does."""
    recent = dict(left.recent)
    for key, order in right.recent.items():
        recent[key] = _both(recent[key], order) if key in recent else order
    folded = {
        founder: max(
            (side.folded[founder] for side in (left, right) if founder in side.folded),
            key=lambda one: one.entries,
        )
        for founder in {**left.folded, **right.folded}
    }
    return Orders(recent, folded)


def totals(orders: Orders, until: Instant | None = None) -> Totals:
    """`until`: as they stood then, as far as orders are still known one by one."""
    recent = (order for order in orders.recent.values() if until is None or order.at <= until)
    told = sum((*orders.folded.values(), *map(sum_of, recent)), start=Sum())
    return Totals(
        count=told.orders,
        revenue=told.revenue / MILLION,
        refunds=told.refunds,
        refunded=told.refunded / MILLION,
        cancelled=told.cancelled,
        net=(told.revenue - told.refunded) / MILLION,
        average=round(told.revenue / told.valued / MILLION, 6) if told.valued else None,
        first_at=told.first_at,
        last_at=told.last_at,
    )


def next_after(orders: Orders, at: Instant) -> Instant | None:
    """When the next known order came: there is none but where the past is looked at again."""
    return min((order.at for order in orders.recent.values() if order.at > at), default=None)


def _ordered(event: Event, _mark: str) -> Order:
    return Order(event.at, worth=read_worth(event))


def _refunded(event: Event, mark: str) -> Order:
    key = _key(event.properties.get("refund_id")) or mark
    return Order(event.at, ordered=False, refunds={key: read_refund(event.properties)})


def _cancelled(event: Event, _mark: str) -> Order:
    return Order(event.at, ordered=False, cancelled=True)


_WORDS: dict[str, Callable[[Event, str], Order]] = {
    "Order Completed": _ordered,
    "Order Updated": _ordered,
    "Order Refunded": _refunded,
    "Order Cancelled": _cancelled,
}
EVENTS = frozenset(_WORDS)


def _key(told: object) -> str:
    """An id as it is if it is short, else a digest of it; "" where none is told."""
    text = id_text(told) or ""
    return text if len(text) <= _LONGEST_KEY else blake2b(text.encode(), digest_size=6).hexdigest()


def _both(one: Order, other: Order) -> Order:
    first = min(one, other, key=lambda order: (not order.ordered, order.at))
    refunds = dict(one.refunds)
    for key, refund in other.refunds.items():
        refunds[key] = max(refund, refunds.get(key, refund))
    return Order(
        at=first.at,
        ordered=first.ordered,
        worth=max((order.worth for order in (one, other) if order.worth is not None), default=None),
        cancelled=one.cancelled or other.cancelled,
        refunds=refunds if len(refunds) <= MAX_REFUNDS else dict(sorted(refunds.items())[:MAX_REFUNDS]),
    )


def _fold_oldest(orders: Orders, founder: str) -> None:
    recent = orders.recent
    oldest: Iterable[str] = nsmallest(len(recent) - KEPT, recent, key=lambda key: (recent[key].at, key))
    for key in oldest:
        orders.folded[founder] = orders.folded.get(founder, Sum()) + sum_of(recent.pop(key))


def sum_of(order: Order) -> Sum:
    if order.cancelled:
        return Sum(entries=1, cancelled=1)
    at = order.at if order.ordered else None
    return Sum(
        entries=1,
        orders=int(order.ordered),
        revenue=order.worth.amount if order.worth else 0,
        refunds=len(order.refunds),
        refunded=went_back(order.refunds.values(), order.worth),
        first_at=at,
        last_at=at,
        valued=int(order.worth is not None),
    )
