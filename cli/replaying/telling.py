"""The sum of a back-test, for people and for programs."""

from typing import Any

import click
from rich.table import Table

from cli import listing
from hub.backtest import Summary
from hub.clock import Instant, format_instant


def told(summary: Summary, *, skipped: int, seconds: float, until: Instant) -> dict[str, Any]:
    return {
        "until": format_instant(until),
        "events": summary.events,
        "duplicates": summary.duplicates,
        "nobodys": summary.nobodys,
        "bots": summary.kept_out.bots,
        "quarantined": summary.kept_out.quarantined,
        "violations": [
            {"event": event, "path": path, "rule": rule, "events": number}
            for (event, path, rule), number in summary.kept_out.kinds.most_common()
        ],
        "skipped": skipped,
        "profiles": summary.profiles,
        "segments": {name: _segment(summary, name) for name in sorted(summary.entered)},
        "journeys": {name: _journey(summary, name) for name in sorted(summary.enrollments)},
        "seconds": round(seconds, 3),
        "events_per_second": round(summary.events / max(seconds, 1e-9)),
    }


def print_summary(summary: Summary) -> None:
    console = listing.console()
    if not summary.entered:
        click.echo("Nobody entered any segment.")
    else:
        console.print(_segments_table(summary))
    for name in sorted(summary.enrollments):
        console.print()
        console.print(_journey_table(summary, name))
        click.echo(_sentence(summary, name))


def _segment(summary: Summary, name: str) -> dict[str, int]:
    return {"entered": summary.entered[name], "left": summary.left[name], "members": summary.members[name]}


def _journey(summary: Summary, name: str) -> dict[str, Any]:
    steps = summary.messages.get(name, {})
    return {
        "enrollments": summary.enrollments[name],
        "conversions": summary.conversions[name],
        "value": round(summary.value[name], 2),
        "steps": {str(step): dict(sorted(steps[step].items())) for step in sorted(steps)},
    }


def _segments_table(summary: Summary) -> Table:
    table = _table("segment", "entered", "left", "members at the end")
    for name in sorted(summary.entered):
        table.add_row(name, *(f"{count:,}" for count in _segment(summary, name).values()))
    return table


def _journey_table(summary: Summary, name: str) -> Table:
    told_of = _journey(summary, name)
    statuses = sorted({status for counts in told_of["steps"].values() for status in counts})
    table = _table(name, *statuses)
    for step, counts in told_of["steps"].items():
        table.add_row(f"step {step}", *(f"{counts.get(status, 0):,}" for status in statuses))
    return table


def _sentence(summary: Summary, name: str) -> str:
    enrolled, converted = summary.enrollments[name], summary.conversions[name]
    return f"{enrolled:,} enrollments, {converted:,} conversions worth {summary.value[name]:,.2f}"


def _table(first: str, *others: str) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column(first)
    for name in others:
        table.add_column(name, justify="right")
    return table
