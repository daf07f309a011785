"""`hub segment`: who is in, since when, and why (or why not); what a rule would change, and a changed one."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import click

from cli import listing, strategies, target
from cli.segment_backfill import backfill
from cli.segment_explain import explain
from cli.segment_preview import preview
from cli.strategies import segment_named
from cli.target import Target
from hub.aws.segment_table import Member
from hub.clock import Instant, format_instant
from hub.definitions import Definition
from hub.profiles import Profile, identifier_of

_READERS = 8


@click.group()
def segment() -> None:
    """Segments: their sizes, their members, and why somebody is in or not."""


segment.add_command(explain)
segment.add_command(preview)
segment.add_command(backfill)


@segment.command("list")
@strategies.option
@listing.json_option
@target.option
def list_(*, directory: Path, stage: str | None, as_json: bool) -> None:
    """All segments with the number of their members, and when that was last held against a count."""
    hub = target.find(stage)
    named = strategies.load(directory).segment_by_name
    sizes, live = hub.segments.sizes(named), hub.definitions.all()
    rows = [
        {
            "name": name,
            "members": size.members,
            "reconciled_at": _time(size.reconciled_at),
            "version": live[("segment", name)].version if ("segment", name) in live else None,
            "description": named[name].description,
        }
        for name, size in sizes.items()
    ]
    listing.print_rows(rows, as_json=as_json, empty="the strategy has no segments")


@segment.command()
@click.argument("name")
@strategies.option
@listing.json_option
@target.option
def show(name: str, *, directory: Path, stage: str | None, as_json: bool) -> None:
    """What segment NAME means, how many are in it, and which versions of it there were."""
    hub = target.find(stage)
    found = segment_named(strategies.load(directory), name)
    live = hub.definitions.all().get(("segment", name))
    shown = {
        "name": found.name,
        "description": found.description,
        "members": hub.segments.size(name),
        **_versions(live),
        "when": found.when.model_dump(mode="json", by_alias=True, exclude_defaults=True),
    }
    listing.print_json(shown) if as_json else listing.print_fields(shown)


def _versions(live: Definition | None) -> dict[str, Any]:
    """Of the rule that is live; the strategy's own may be another one, not deployed yet."""
    if live is None:
        return {"version": None, "live_since": None, "backfilled_at": None, "former_versions": []}
    return {
        "version": live.version,
        "live_since": format_instant(live.since),
        "backfilled_at": _time(live.filled_at),
        "former_versions": [
            {"version": version, "live_since": format_instant(since)} for version, since in live.former
        ],
    }


def _time(at: Instant | None) -> str | None:
    return None if at is None else format_instant(at)


@segment.command()
@click.argument("name")
@strategies.option
@listing.json_option
@target.option
def members(name: str, *, directory: Path, stage: str | None, as_json: bool) -> None:
    """Who is in segment NAME, and since when."""
    hub = target.find(stage)
    segment_named(strategies.load(directory), name)
    rows = list(_members(hub, name))
    if not as_json:
        rows = [{key: value for key, value in row.items() if key != "because"} for row in rows]
    listing.print_rows(rows, as_json=as_json, empty=f"nobody is in {name}")


def _members(hub: Target, name: str) -> Iterator[dict[str, Any]]:
    with ThreadPoolExecutor(_READERS) as threads:
        yield from threads.map(lambda member: _member(hub, member), hub.segments.members(name))


def _member(hub: Target, member: Member) -> dict[str, Any]:
    found = hub.profiles.get(member.profile_id)
    return {
        "profile_id": member.profile_id,
        "user_id": _known(found, "user_id"),
        "anonymous_id": _known(found, "anonymous_id"),
        "since": format_instant(member.since),
        "version": member.version or None,
        "because": dict(member.evidence),
    }


def _known(found: Profile | None, kind: str) -> str | None:
    return (identifier_of(found, kind) or None) if found else None
