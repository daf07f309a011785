"""Who is who and what is known of each, told once more from all events at once: slow, plain, independent.

People are parted by union-find over what events name them by; the rest is a fold over the sorted,
de-duplicated list. No profiles, no joins, nothing of the hub's but the vocabulary of its events.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from hub.clock import Instant
from hub.deliveries import HELD_OUT, Status
from hub.events import Event
from hub.identities import Identifier
from hub.profiles import mark_of
from tests import oracle
from tests.crowds import PARTIES, Word, kept
from tests.oracle_carts import cart_lines
from tests.oracle_values import as_number

_STRENGTH = ("predicted", "third", "second", "first", "zero")


@dataclass(frozen=True)
class Orders:
    """Of one customer, all her life."""

    count: int
    revenue: float
    refunds: int
    refunded: float
    cancelled: int


@dataclass(frozen=True)
class Known:
    """What must be known of one customer."""

    messages: frozenset[str]
    """Their marks."""
    identifiers: Mapping[Identifier, tuple[Instant, Instant]]
    traits: Mapping[str, Any]
    lines: tuple[tuple[str, float, Any], ...]
    """(product, quantity, price) of what lies in her carts."""
    orders: Orders
    consents: Mapping[str, bool]
    statuses: Mapping[str, Status]
    """Message sent to her -> the last word on it."""
    last_own_at: Instant | None
    memberships: frozenset[str]


@dataclass
class _Told:
    completed: dict[str, tuple[Instant, Fraction]] = field(default_factory=dict)
    cancelled: set[str] = field(default_factory=set)
    refunds: dict[tuple[str, str], Fraction] = field(default_factory=dict)
    """(order, refund) -> amount."""


def people(events: Sequence[Event]) -> list[list[Event]]:
    """The events of each customer, sorted, each once."""
    once = {(event.source, event.message_id): event for event in events}
    leaders: dict[Identifier, Identifier] = {}
    for event in once.values():
        first, *others = named(event)
        for other in others:
            leaders[leader(leaders, other)] = leader(leaders, first)
    parted: dict[Identifier, list[Event]] = {}
    for event in sorted(once.values(), key=_order):
        parted.setdefault(leader(leaders, named(event)[0]), []).append(event)
    return list(parted.values())


def named(event: Event) -> list[Identifier]:
    """Everything that an event names a person by."""
    plain = {"user_id": event.user_id, "anonymous_id": event.anonymous_id}
    told = [("email", event.traits.get("email", "")), ("phone", event.traits.get("phone", ""))]
    told += list(plain.items())
    told += [("anonymous_id", event.previous_id)] if event.type == "alias" else []
    return [kept(kind, value) for kind, value in told if value]


def leader(leaders: Mapping[Identifier, Identifier], one: Identifier) -> Identifier:
    while one in leaders and leaders[one] != one:
        one = leaders[one]
    return one


def known(
    done: Sequence[Event], words: Sequence[Word], at: Instant, segments: Mapping[str, oracle.Written]
) -> Known:
    """Of the customer who did all this; `words` may be others' as well."""
    mine = {one for event in done for one in named(event)}
    own_words = [word for word in words if word.to in mine]
    return Known(
        messages=frozenset(mark_of(event.source, event.message_id) for event in done),
        identifiers=dict(_seen(done)),
        traits=_traits(done),
        lines=tuple(sorted(_lines(done), key=str)),
        orders=_orders(done),
        consents=_consents(done, own_words),
        statuses=_statuses(own_words),
        last_own_at=max((event.at for event in own(done)), default=None),
        memberships=frozenset(name for name, when in segments.items() if _holds(when, done, at, segments)),
    )


def own(done: Sequence[Event]) -> list[Event]:
    """What the customer herself did; what partners and models say of her is not that."""
    return [event for event in done if PARTIES.get(event.source, "first") in ("zero", "first")]


def _holds(
    when: oracle.Written, done: Sequence[Event], at: Instant, segments: Mapping[str, oracle.Written]
) -> bool:
    if "quiet_for" in when:
        return bool(own(done)) and oracle.holds(when, own(done), at, segments)
    return oracle.holds(when, done, at, segments)


def _seen(done: Sequence[Event]) -> Iterator[tuple[Identifier, tuple[Instant, Instant]]]:
    for one in {one for event in done for one in named(event)}:
        instants = [event.at for event in done if one in named(event)]
        yield one, (min(instants), max(instants))


def _traits(done: Sequence[Event]) -> dict[str, Any]:
    """Per name the strongest word; that of a stronger party, then the later one."""
    said = [
        ((_STRENGTH.index(party), event.at, event.message_id, event.source), name, value)
        for event in done
        for party, told in _telling(event)
        for name, value in told.items()
    ]
    last = {name: value for _, name, value in sorted(said, key=lambda one: one[0])}
    return {name: value for name, value in last.items() if value is not None}


def _telling(event: Event) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield PARTIES.get(event.source, "first"), event.traits
    if "timezone" in event.context:
        yield "predicted", {"timezone": event.context["timezone"]}


def _lines(done: Sequence[Event]) -> Iterator[tuple[str, float, Any]]:
    for quantity, product in cart_lines(done):
        yield str(product["product_id"]), quantity, product["price"]


def _consents(done: Sequence[Event], words: Sequence[Word]) -> dict[str, bool]:
    said = [
        (event.at, not given, purpose)
        for event in done
        for purpose, given in event.context.get("consent", {}).get("categoryPreferences", {}).items()
    ]
    said += [
        (word.delivery.at, True, f"channel:{word.delivery.channel}")
        for word in words
        if word.delivery.status in (Status.UNSUBSCRIBED, Status.COMPLAINED)
    ]
    return {purpose: not refused for _, refused, purpose in sorted(said)}


def _statuses(words: Sequence[Word]) -> dict[str, Status]:
    """The later word; of one instant, the one further along, of which not to know is next to nothing. Who was
    held out stays so."""
    steps = [Status.QUEUED, Status.UNKNOWN, *(one for one in Status if one not in ("queued", "unknown"))]
    heard = [
        (
            ((one.status, one.reason) == ("withheld", HELD_OUT), one.at, steps.index(one.status)),
            one.message_id,
            one.status,
        )
        for one in (word.delivery for word in words)
    ]
    return {message: status for _, message, status in sorted(heard, key=lambda one: one[0])}


def _orders(done: Sequence[Event]) -> Orders:
    """The latest word on each order; one that was cancelled is no order, and its refunds are none; a refund
    counts even of an unknown one, and of a known one no more goes back than it was worth."""
    told = _Told()
    for event in done:
        if event.type == "track":
            _hear(told, event)
    standing = [one for key, one in told.completed.items() if key not in told.cancelled]
    refunds = [(key, amount) for (key, _), amount in told.refunds.items() if key not in told.cancelled]
    back: dict[str, Fraction] = {}
    for key, amount in refunds:
        back[key] = back.get(key, Fraction(0)) + amount
    return Orders(
        count=len(standing),
        revenue=float(sum(amount for _, amount in standing)),
        refunds=len(refunds),
        refunded=float(
            sum(
                min(went, told.completed[key][1]) if key in told.completed else went
                for key, went in back.items()
            )
        ),
        cancelled=len(told.cancelled),
    )


def _hear(told: _Told, event: Event) -> None:
    mark = f"{event.source} {event.message_id}"
    order = str(event.properties.get("order_id") or mark)
    match event.name:
        case "Order Completed" | "Order Updated":
            word = (event.at, _amount(event))
            told.completed[order] = max(told.completed.get(order, word), word)
        case "Order Cancelled":
            told.cancelled.add(order)
        case "Order Refunded":
            told.refunds[order, str(event.properties.get("refund_id") or mark)] = _amount(event)


def _amount(event: Event) -> Fraction:
    """Exact, so that it can be added up in any order."""
    number = as_number(event.properties.get("revenue"))
    return Fraction(0) if number is None else Fraction(str(number))


def _order(event: Event) -> tuple[Instant, str, str]:
    return (event.at, event.message_id, event.source)
