"""Taking back out of a joined state what one side brought in: `join` the other way round, part by part.

What both sides had known stays; what one side's values had displaced comes back by joining with the state
of before (`hub.splitting`). Sums lose exactly what was added; extremes of days added up stay as they are.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

from hub import days as by_days
from hub import orders as bought
from hub.aggregates import Aggregates, Entry
from hub.carts import EVERY_CART, Carts
from hub.clock import DAY
from hub.days import Days, Sums
from hub.orders import Orders, Sum
from hub.traits import Traits, TraitValue, history
from hub.traits import join as join_traits

K = TypeVar("K")
V = TypeVar("V")


def differing(joined: Mapping[K, V], theirs: Mapping[K, V], known: Mapping[K, V]) -> dict[K, V]:
    """What is not word for word theirs alone."""
    return {
        key: value for key, value in joined.items() if theirs.get(key) != value or known.get(key) == value
    }


def traits(joined: Traits, theirs: Traits, known: Traits) -> Traits:
    rest: Traits = {}
    for name, standing in joined.items():
        gone = _said(theirs, name) - _said(known, name)
        for one in history(standing):
            if _word(one) not in gone:
                rest = join_traits(rest, {name: replace(one, displaced=())})
    return rest


def aggregates(joined: Aggregates, theirs: Aggregates, known: Aggregates) -> Aggregates:
    rest = {key: _unmarked(entries, theirs, known, key) for key, entries in joined.items()}
    return {key: entries for key, entries in rest.items() if entries}


def days(joined: Days, theirs: Days, known: Days, let_go: Aggregates) -> Days:
    """`let_go`: their entries that were added up since, by whoever stayed."""
    return {
        key: {
            founder: _less(sums, let_go.get(key, ()))
            for founder, sums in founders.items()
            if founder not in theirs.get(key, {}) or founder in known.get(key, {})
        }
        for key, founders in joined.items()
    }


def let_go(joined: Aggregates, theirs: Aggregates, known: Aggregates) -> Aggregates:
    """Their entries that the joined state keeps no longer."""
    return {
        key: _unmarked(entries, joined, {}, key) for key, entries in aggregates(theirs, known, {}).items()
    }


def orders(joined: Orders, theirs: Orders, known: Orders) -> Orders:
    """An order goes with the side that had it, and so does what was said of it since."""
    gone = theirs.recent.keys() - known.recent.keys()
    added_up = sum((bought.sum_of(theirs.recent[key]) for key in gone - joined.recent.keys()), start=Sum())
    folded = {
        founder: _minus(total, added_up) if founder not in theirs.folded else total
        for founder, total in joined.folded.items()
        if founder not in theirs.folded or founder in known.folded
    }
    return Orders({key: one for key, one in joined.recent.items() if key not in gone}, folded)


def orders_of(joined: Orders, theirs: Orders, known: Orders) -> Orders:
    """Their orders, with what was said of them since."""
    gone = theirs.recent.keys() - known.recent.keys()
    return Orders({key: one for key, one in joined.recent.items() if key in gone}, {})


def carts(joined: Carts, theirs: Carts, known: Carts) -> Carts:
    """A cart with an id of its own goes with the side that had it, and so does what was put in since."""
    gone = _ids(theirs) - _ids(known)
    lines = differing(joined.lines, theirs.lines, known.lines)
    cuts = differing(joined.cuts, theirs.cuts, known.cuts)
    return Carts(
        {key: line for key, line in lines.items() if key[0] not in gone},
        {cart_id: at for cart_id, at in cuts.items() if cart_id not in gone},
    )


def carts_of(joined: Carts, theirs: Carts, known: Carts) -> Carts:
    """Their carts, with what was put in since."""
    gone = _ids(theirs) - _ids(known)
    return Carts(
        {key: line for key, line in joined.lines.items() if key[0] in gone},
        {cart_id: at for cart_id, at in joined.cuts.items() if cart_id in gone},
    )


def _said(traits_: Traits, name: str) -> set[tuple[str, object, str, str, str]]:
    return {_word(one) for one in history(traits_[name])} if name in traits_ else set()


def _word(one: TraitValue) -> tuple[str, object, str, str, str]:
    return (one.party, one.at, one.message_id, one.source, repr(one.value))


def _unmarked(entries: Iterable[Entry], theirs: Aggregates, known: Aggregates, key: str) -> list[Entry]:
    gone = _marks(theirs, key) - _marks(known, key)
    return [entry for entry in entries if entry[:2] not in gone]


def _marks(of: Aggregates, key: str) -> set[tuple[int, str]]:
    return {entry[:2] for entry in of.get(key, ())}


def _less(sums: Sums, entries: Iterable[Entry]) -> Sums:
    left = Sums(sums.ever, dict(sums.by_day))
    for at, _, value in entries:
        day, gone = at // DAY, by_days.total_of(value)
        standing = left.by_day.get(day)
        if standing is not None and standing.count >= gone.count:
            count, total = standing.count - gone.count, standing.total - gone.total
            left.by_day[day] = replace(standing, count=count, total=total)
            left.ever -= 1
    return left


def _minus(total: Sum, gone: Sum) -> Sum:
    if total.entries < gone.entries:
        return total
    counted = ("entries", "orders", "revenue", "refunds", "refunded", "cancelled", "valued")
    return replace(total, **{name: getattr(total, name) - getattr(gone, name) for name in counted})


def _ids(of: Carts) -> set[str]:
    return ({cart_id for cart_id, _ in of.lines} | of.cuts.keys()) - {"", EVERY_CART}
