"""The demo's end: a table of the shoppers, and what became of every promise."""

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from cli.demo.acts import Shopper
from cli.demo.evidence import Evidence, hub_time
from cli.demo.promises import Verdict
from hub.clock import Instant


def show(console: Console, evidence: Evidence, verdicts: Sequence[Verdict]) -> None:
    console.print()
    console.print(_table(evidence))
    for line in _purchases(evidence):
        console.print(line, markup=False, soft_wrap=True)
    slowest = max((late for one in evidence.shoppers for _, late in evidence.lateness(one)), default=0.0)
    hub_minutes = round(slowest * evidence.clock.speed / 60)
    console.print(
        f"The latest e-mail came {slowest:.1f} s after it was due ({hub_minutes} minutes of hub time)."
    )
    console.print(f"Hub time ran {evidence.clock.speed:g} times as fast as real time.\n")
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
    table = Table(header_style="bold", show_lines=True)
    for name in ("shopper", "e-mails", "on, and off again", "last off after"):
        table.add_column(name, overflow="fold")
    for shopper in evidence.shoppers:
        table.add_row(*_row(evidence, shopper))
    return table


def _row(evidence: Evidence, shopper: Shopper) -> tuple[str, ...]:
    span = evidence.time_to_off(shopper)
    letters = [f"{_clock(one.at)} {one.what}" for one in evidence.seen_of(shopper, "message")]
    return (
        f"[bold]{shopper.name}[/] {shopper.line}",
        "\n".join(letters),
        "\n".join(_stays(evidence, shopper)),
        "" if span is None else f"{span:.1f} s",
    )


def _stays(evidence: Evidence, shopper: Shopper) -> list[str]:
    """One line a vendor: since when something stood there for her, and until when."""
    switched: dict[str, list[str]] = {}
    for one in evidence.seen_of(shopper, "on", "off"):
        switched.setdefault(one.connector, []).append(_clock(one.at))
    return [f"{connector} {' - '.join(times)}" for connector, times in switched.items()]


def _purchases(evidence: Evidence) -> list[str]:
    """What had reached each buyer of a journey before she bought."""
    lines = []
    for shopper in evidence.shoppers:
        for one in evidence.views_of(shopper, "enrollments"):
            if bought := one["conversion"]:
                trail = ", ".join(f"{touch['connector']} {touch['at'][11:16]}" for touch in bought["trail"])
                lines.append(f"{shopper.name} bought for {bought['value']:.2f}; before that: {trail}.")
    return lines


def _clock(instant: Instant) -> str:
    return hub_time(instant)[11:]


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
