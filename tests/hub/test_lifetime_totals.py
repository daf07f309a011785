"""A year of a real shop's invoices: what each of its 4,372 customers bought, against SQL over the invoices.

The public data set "Online Retail" (UCI 352, CC BY 4.0) is read from ../shared, where it is. Its invoices go
the way of all events: in batches, out of order, some of them twice. The answer is DuckDB's, over the file.
"""

import csv
import gzip
import io
import random
import runpy
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from hub import absorbing, orders
from hub.archive_lines import read_line
from hub.clock import format_instant
from hub.events import Event
from hub.profiles import Profile, user_ids
from tests.builders import rules_of
from tests.fakes import FakeProfiles

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
INVOICES = SHARED / "uci_online_retail.csv.gz"
CUSTOMERS = 4_372
BATCHES = 3
GOOD = 10_000
RULES = rules_of(
    segments={
        "good": {"trait": "lifetime.net", "more_than": GOOD},
        "regular": {"trait": "lifetime.orders", "at_least": 10},
        "returner": {"trait": "lifetime.refunds", "more_than": 0},
    }
)

Answer = dict[str, dict[str, Any]]
"""Customer -> what she bought."""

SQL = """
    with lines as (
        select "InvoiceNo" as invoice, "CustomerID" as customer, "InvoiceDate"::timestamp as moment,
               abs("Quantity"::integer) * "UnitPrice"::decimal(18, 4) as cost
        from read_csv(?, all_varchar = true) where "CustomerID" <> ''
    ), invoices as (
        select customer, starts_with(invoice, 'C') as refund, min(moment) as moment,
               round(sum(cost), 2) as amount
        from lines group by customer, invoice
    )
    select customer,
           count(*) filter (not refund) as count,
           coalesce(sum(amount) filter (not refund), 0) as revenue,
           count(*) filter (refund) as refunds,
           coalesce(sum(amount) filter (refund), 0) as refunded,
           coalesce(sum(amount) filter (not refund), 0) - coalesce(sum(amount) filter (refund), 0) as net,
           min(moment) filter (not refund) as first_at,
           max(moment) filter (not refund) as last_at
    from invoices group by customer
"""

pytestmark = pytest.mark.skipif(not INVOICES.exists(), reason=f"{INVOICES} is not there")


@pytest.fixture(scope="module")
def answer() -> Answer:
    found = duckdb.connect().execute(SQL, [str(INVOICES)])
    names = [column[0] for column in found.description]
    rows = (dict(zip(names, row, strict=True)) for row in found.fetchall())
    return {row.pop("customer"): {name: plain(value) for name, value in row.items()} for row in rows}


def plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    return value if value is None or isinstance(value, int) else value.strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.fixture(scope="module")
def customers() -> dict[str, Profile]:
    """Customer -> her profile, after all events of the file."""
    store = FakeProfiles()
    told = list(events())
    now = max(event.at for event in told)
    for batch in batches(told):
        for facts in absorbing.group(batch, RULES.identifiers):
            absorbing.absorb(facts, store, RULES, now)
    return {user: profile for profile in store.scan() for user in user_ids(profile)}


def events() -> Iterator[Event]:
    to_events = runpy.run_path(str(SHARED / "to_events.py"))["uci"]
    told = io.StringIO()
    with gzip.open(INVOICES, "rt", encoding="utf-8", newline="") as source:
        # One invoice is interrupted by another in the file, and would be told as two events of one id.
        to_events(sorted(csv.DictReader(source), key=lambda row: row["InvoiceNo"]), told)
    yield from map(read_line, told.getvalue().splitlines())


def batches(told: list[Event]) -> list[list[Event]]:
    """In any order, and a tenth of all a second time in another batch."""
    draw = random.Random(352)
    shuffled = [*told, *draw.sample(told, len(told) // 10)]
    draw.shuffle(shuffled)
    return [shuffled[place::BATCHES] for place in range(BATCHES)]


def test_everybody_bought_what_the_file_says(answer: Answer, customers: dict[str, Profile]) -> None:
    found = {user: bought(profile) for user, profile in customers.items()}

    assert len(found) == CUSTOMERS
    assert found == answer


def bought(profile: Profile) -> dict[str, Any]:
    totals = orders.totals(profile.orders)
    names = ("count", "revenue", "refunds", "refunded", "net")
    times = {name: getattr(totals, name) for name in ("first_at", "last_at")}
    return {
        **{name: getattr(totals, name) for name in names},
        **{name: None if at is None else format_instant(at) for name, at in times.items()},
    }


@pytest.mark.parametrize(
    ("segment", "belongs"),
    [
        ("good", lambda totals: totals["net"] > GOOD),
        ("regular", lambda totals: totals["count"] >= 10),
        ("returner", lambda totals: totals["refunds"] > 0),
    ],
)
def test_segments_of_lifetime_totals_have_the_members_the_file_says(
    answer: Answer, customers: dict[str, Profile], segment: str, belongs: Any
) -> None:
    members = {user for user, profile in customers.items() if segment in profile.memberships}

    assert members == {user for user, totals in answer.items() if belongs(totals)}
    assert members
