"""`hub profile split`: two people who were wrongly taken for one become two again."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from cli import listing, live, strategies, target
from cli.target import Target
from hub import orders, traits, undoing
from hub.clock import format_instant
from hub.errors import Conflict
from hub.profiles import Profile
from hub.rules import Rules
from hub.undoing import Split

_ATTEMPTS = 5


@click.command()
@click.option("--id", "profile_id", metavar="X", required=True, help="Of who was merged away (p_...).")
@click.option("--yes", "is_meant", is_flag=True, help="Do it; without it, only show what would go where.")
@live.strategy_option
@listing.json_option
@target.option
def split(*, profile_id: str, is_meant: bool, directory: Path, stage: str | None, as_json: bool) -> None:
    """Undo a wrong merge.

    Shows what stays and what goes back to who was merged away; with --yes it is done. The ids of who became
    part of somebody stand in `hub profile show`. Those who were split are never merged again.
    """
    hub, rules = target.find(stage), Rules(strategies.load(directory))
    done = _split(hub, profile_id, rules) if is_meant else undoing.plan(profile_id, hub.profiles, rules)
    told = _told(done, is_done=is_meant)
    if as_json:
        listing.print_json(told)
    else:
        _print(told)


def _split(hub: Target, profile_id: str, rules: Rules) -> Split:
    """Planned anew where somebody's event came between."""
    for attempt in range(_ATTEMPTS):
        planned = undoing.plan(profile_id, hub.profiles, rules)
        try:
            undoing.carry_out(planned, hub.profiles)
        except Conflict:
            if attempt == _ATTEMPTS - 1:
                raise
        else:
            break
    return planned


def _told(split: Split, *, is_done: bool) -> dict[str, Any]:
    return {
        "profile_id": split.left.profile_id,
        "merged_into": split.stayed.profile_id,
        "merged_at": format_instant(split.merge.at),
        "because": list(split.merge.because),
        "done": is_done,
        "stays": _side(split.stayed),
        "goes": _side(split.left),
    }


def _side(profile: Profile) -> dict[str, Any]:
    return {
        "identities": [f"{kind} {value}" for kind, value in sorted(profile.identifiers)],
        "traits": sorted(traits.values(profile.traits)),
        "orders": orders.totals(profile.orders).count,
        "cart_lines": len(profile.carts.lines),
        "segments": sorted(profile.memberships),
        "journeys": sorted(one.journey for one in profile.enrollments.values() if one.closed_at is None),
        "messages": len(profile.touches),
    }


def _print(told: dict[str, Any]) -> None:
    what = "was split from" if told["done"] else "would be split from"
    click.echo(f"{told['profile_id']} {what} {told['merged_into']}")
    click.echo(f"merged at {told['merged_at']} because of {', '.join(told['because']) or 'nothing known'}\n")
    listing.print_rows(list(_rows(told)), as_json=False, empty="")
    if not told["done"]:
        click.echo("\nNothing has been changed. To do it, say --yes.")


def _rows(told: dict[str, Any]) -> Iterator[dict[str, str]]:
    # The ids stand in a row and not in the head: heads are words, ids are copied as they stand.
    yield {"what": "profile", "stays": told["merged_into"], "goes": told["profile_id"]}
    for name, stays in told["stays"].items():
        yield {"what": name.replace("_", " "), "stays": _text(stays), "goes": _text(told["goes"][name])}


def _text(value: list[str] | int) -> str:
    return ", ".join(value) if isinstance(value, list) else str(value)
