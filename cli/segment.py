"""`hub segment`: who is in, since when, and why (or why not); what a rule would change, and a changed one."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import click

from cli import listing, live, target
from cli.segment_backfill import backfill
from cli.segment_explain import explain
from cli.segment_preview import preview
from cli.target import Target
from hub.clock import Instant, format_instant
from hub.counting import Member
from hub.definitions import Definition
from hub.profiles import Profile, identifier_of
from hub.strategy.model import AS_WRITTEN

_READERS = 8


@click.group()
def segment() -> None:
    """Segments: their sizes, their members, and why somebody is in or not."""


segment.add_command(explain)
segment.add_command(preview)
segment.add_command(backfill)


@segment.command("list")
@listing.json_option
@target.option
def list_(*, stage: str | None, as_json: bool) -> None:
    """All live segments with the number of their members, and when that was last held against a count."""
    hub = target.find(stage)
    known = live.segments(hub)
    sizes = hub.segments.sizes(known)
    rows = [
        {
            "name": name,
            "members": size.members,
            "reconciled_at": _time(size.reconciled_at),
            "version": known[name].version,
            "description": known[name].description,
        }
        for name, size in sizes.items()
    ]
    listing.print_rows(rows, as_json=as_json, empty="no segment is live")


@segment.command()
@click.argument("name")
@live.strategy_option
@listing.json_option
@target.option
def show(name: str, *, directory: Path, stage: str | None, as_json: bool) -> None:
    """What segment NAME means, how many are in it, and which versions of it there were.

    All of it as it is live. Where DIR has another version, a line says so.
    """
    hub = target.find(stage)
    found = live.segment_named(hub, name)
    shown = {
        "name": found.name,
        "description": found.description,
        "members": hub.segments.size(name),
        **_versions(found),
        "when": found.segment.when.model_dump(mode="json", exclude_defaults=True, context=AS_WRITTEN),
    }
    listing.print_json(shown) if as_json else listing.print_fields(shown)
    live.tell_of_other_version(found, directory)


def _versions(found: Definition) -> dict[str, Any]:
    return {
        "version": found.version,
        "live_since": format_instant(found.since),
        "backfilled_at": _time(found.filled_at),
        "former_versions": [
            {"version": version, "live_since": format_instant(since)} for version, since in found.former
        ],
    }


def _time(at: Instant | None) -> str | None:
    return None if at is None else format_instant(at)


@segment.command()
@click.argument("name")
@listing.json_option
@target.option
def members(name: str, *, stage: str | None, as_json: bool) -> None:
    """Who is in segment NAME, and since when."""
    hub = target.find(stage)
    live.segment_named(hub, name)
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
