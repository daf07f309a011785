"""How large customers are when stored, after the lives that real shops' customers led.

    python -m tests.benchmarks.profile_sizes [--json]

Every event of REES46's three hours and of UCI's year is absorbed under the project's own strategy; an item's
size is counted as DynamoDB does, names of attributes and the ring of messages included.
"""

from collections.abc import Sequence
from statistics import median, quantiles

from hub import pipeline
from hub.authoring import read_strategy
from hub.aws.profile_table import to_item
from hub.connector_kit import discover
from hub.events import Event
from hub.rules import Rules
from infra.context import ROOT
from tests.benchmarks.dynamodb_units import item_size
from tests.benchmarks.rows import Row, alone
from tests.fakes import FakeProfiles
from tests.public_data import FILES, events_of, is_here

AT_ONCE = 1_000
"""Events absorbed together: what a batch is does not change what is stored."""
TARGET = 1_024
"""Bytes of the median: what one write unit pays for."""


def rows() -> list[Row]:
    rules = Rules(read_strategy(ROOT / "strategy", discover()))
    return [_row(name, rules) for name in FILES]


def _row(name: str, rules: Rules) -> Row:
    what = f"stored customer, {name}"
    if not is_here(name):
        return Row(what=what, measured="its data is not here")
    sizes = stored(events_of(name), rules)
    middle, most = median(sizes), quantiles(sizes, n=100)[98]
    return Row(
        what=what,
        measured=f"median {middle:,.0f}, p99 {most:,.0f}, at most {max(sizes):,} bytes",
        target=f"median ≤ {TARGET:,}",
        ok=middle <= TARGET,
        figures={"customers": len(sizes), "median": middle, "p99": most, "max": max(sizes)},
    )


def stored(events: Sequence[Event], rules: Rules) -> list[int]:
    """Bytes of each customer's item."""
    store = FakeProfiles()
    for place in range(0, len(events), AT_ONCE):
        batch = events[place : place + AT_ONCE]
        for facts in pipeline.group(batch, rules.identifiers):
            pipeline.absorb(facts, store, rules, batch[-1].at)
    return [item_size(to_item(profile)) for profile in store.scan()]


if __name__ == "__main__":
    alone(rows)
