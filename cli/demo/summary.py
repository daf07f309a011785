"""The demo's end: a table of the shoppers, and what became of every promise."""

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from cli.demo.evidence import Evidence, hub_time
from cli.demo.promises import Verdict
from cli.demo.shoppers import Shopper

_HEADING = ("shopper", "what she does", "e-mails", "on", "off", "off after", "bought for")


def show(console: Console, evidence: Evidence, verdicts: Sequence[Verdict]) -> None:
    console.print()
    console.print(_table(evidence))
    console.print()
    for verdict in verdicts:
        console.print(f"{'[green]kept  [/]' if verdict.kept else '[red]BROKEN[/]'} {verdict.promise}")
        for problem in verdict.against:
            console.print(f"         {problem}", markup=False, soft_wrap=True)


def to_json(evidence: Evidence, verdicts: Sequence[Verdict]) -> dict[str, Any]:
    return {
        "speed": evidence.clock.speed,
        "shoppers": [_shopper(evidence, one) for one in evidence.shoppers],
        "promises": [
            {"promise": one.promise, "kept": one.kept, "against": list(one.against)} for one in verdicts
        ],
    }


def _table(evidence: Evidence) -> Table:
    table = Table(header_style="bold")
    for name in _HEADING:
        table.add_column(name, overflow="fold")
    for shopper in evidence.shoppers:
        table.add_row(*_row(evidence, shopper))
    return table


def _row(evidence: Evidence, shopper: Shopper) -> tuple[str, ...]:
    found = _shopper(evidence, shopper)
    span = found["seconds_to_off"]
    return (
        shopper.name,
        shopper.line,
        "\n".join(f"{one['at'][11:16]} {one['subject']}" for one in found["messages"]),
        "\n".join(found["on"]),
        "\n".join(found["off"]),
        "" if span is None else f"{span:.1f} s",
        "" if found["value"] is None else f"{found['value']:.2f}",
    )


def _shopper(evidence: Evidence, shopper: Shopper) -> dict[str, Any]:
    on, standing = evidence.connectors_on(shopper), evidence.standing(shopper)
    span = evidence.time_to_off(shopper)
    conversions = (
        one["conversion"] for one in evidence.views_of(shopper, "enrollments") if one["conversion"]
    )
    return {
        "name": shopper.name,
        "user_id": shopper.user_id,
        "story": shopper.line,
        "messages": [
            {"at": hub_time(one.at), "subject": one.what} for one in evidence.seen_of(shopper, "message")
        ],
        "on": sorted(on),
        "off": sorted(on - standing),
        "seconds_to_off": None if span is None else round(span, 2),
        "value": next((one["value"] for one in conversions), None),
    }
