"""The larger parts of a profile as rows of plain values, for JSON: short where most are alike.

Times are told as seconds since the row before, amounts in units: small numbers, which still come back
to the millisecond and the millionth.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from hub.aggregates import Entry
from hub.clock import SECOND
from hub.days import Sums, Total
from hub.order_worth import Refund, Worth
from hub.orders import Order
from hub.reading import MILLION
from hub.traits import TraitValue


def of_entries(entries: list[Entry]) -> list[list[Any]]:
    rows, before = [], 0
    for at, mark, value in entries:
        rows.append([_seconds(at - before), mark, value])
        before = at
    return rows


def entries(rows: list[list[Any]]) -> list[Entry]:
    found: list[Entry] = []
    at = 0
    for later, mark, value in rows:
        at += _milliseconds(later)
        found.append((at, mark, value))
    return found


def of_trait(trait: TraitValue) -> list[Any]:
    """Five fields a value, one value after the other: most have but one."""
    kept = (trait, *trait.displaced)
    return [field for one in kept for field in (one.value, one.party, one.at, one.message_id, one.source)]


def trait(row: list[Any]) -> TraitValue:
    winner, *displaced = (TraitValue(*row[place : place + 5]) for place in range(0, len(row), 5))
    return replace(winner, displaced=tuple(displaced)) if displaced else winner


def of_days(by_founder: dict[str, Sums]) -> dict[str, list[Any]]:
    """Of each profile that added up: how many values ever, then [day, count, total, least, greatest] each."""
    return {founder: [sums.ever, *_day_rows(sums)] for founder, sums in by_founder.items()}


def days(rows: dict[str, list[Any]]) -> dict[str, Sums]:
    return {
        founder: Sums(ever, {day: Total(*values) for day, *values in told})
        for founder, (ever, *told) in rows.items()
    }


def _day_rows(sums: Sums) -> Iterator[list[int]]:
    for day, total in sorted(sums.by_day.items()):
        yield [day, total.count, total.total, total.least, total.greatest]


_ORDINARY: list[Any] = [None, 0, 1, 0, {}, None]
"""What is left out at the end of an order's row: said when ordered, ordered, not cancelled, no refunds, no
total beside its worth."""


def of_orders(recent: dict[str, Order]) -> list[list[Any]]:
    """Oldest first, each with the seconds since the one before: small numbers."""
    rows, before = [], 0
    for key, order in sorted(recent.items(), key=lambda pair: (pair[1].at, pair[0])):
        rows.append([key, _seconds(order.at - before), *_order_row(order)])
        before = order.at
    return rows


def _order_row(order: Order) -> list[Any]:
    said_at, amount, total = order.worth or (order.at, None, None)
    refunds = {key: _refund_row(refund) for key, refund in order.refunds.items()}
    row = [_units(amount), _seconds(said_at - order.at), int(order.ordered), int(order.cancelled), refunds]
    row.append(None if total == amount else _units(total))
    while len(row) > 1 and row[-1] == _ORDINARY[len(row) - 1]:
        row.pop()
    return row


def _refund_row(refund: Refund) -> Any:
    """The amount; in a list where it is of the total."""
    units = _units(refund.amount)
    return [units] if refund.of_total else units


def orders(rows: Iterable[list[Any]]) -> Iterator[tuple[str, Order]]:
    at = 0
    for key, later, *row in rows:
        at += _milliseconds(later)
        amount, said_later, ordered, cancelled, refunds, total = [*row, *_ORDINARY[len(row) :]]
        worth = None if amount is None else _worth(at + _milliseconds(said_later), amount, total)
        back = {refund: _refund(told) for refund, told in refunds.items()}
        yield key, Order(at, bool(ordered), worth, bool(cancelled), back)


def _worth(said_at: int, amount: Any, total: Any) -> Worth:
    return Worth(said_at, _millionths(amount), _millionths(amount if total is None else total))


def _refund(told: Any) -> Refund:
    return (
        Refund(_millionths(told[0]), of_total=True) if isinstance(told, list) else Refund(_millionths(told))
    )


def _seconds(milliseconds: int) -> float | int:
    seconds, rest = divmod(milliseconds, SECOND)
    return seconds + rest / SECOND if rest else seconds


def _milliseconds(seconds: float) -> int:
    return round(seconds * SECOND)


def _units(millionths: int | None) -> float | str | None:
    """12.5 for 12500000; as a text where a float would not be exact."""
    if millionths is None:
        return None
    units = millionths / MILLION
    if round(units * MILLION) != millionths:
        return str(millionths)
    return int(units) if units.is_integer() else units


def _millionths(units: float | str) -> int:
    return int(units) if isinstance(units, str) else round(units * MILLION)
