"""`hub segment`: who is in, since when, and why (or why not)."""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import click

from cli import listing, profile, strategies, target
from cli.target import Target
from hub.authoring.problems import did_you_mean, listed
from hub.aws.segment_table import Member
from hub.clock import Instant, format_instant
from hub.evaluators import explain as evidence_of
from hub.profiles import Profile, identifier_of
from hub.rules import Rules, SegmentRule
from hub.strategy.segments import Segment
from hub.strategy.strategy import Strategy
from hub.timeline import settle

_READERS = 8


@click.group()
def segment() -> None:
    """Segments: their sizes, their members, and why somebody is in or not."""


@segment.command("list")
@strategies.option
@listing.json_option
@target.option
def list_(*, directory: Path, stage: str | None, as_json: bool) -> None:
    """All segments with the number of their members."""
    hub = target.find(stage)
    rows = [
        {"name": one.name, "members": hub.segments.size(one.name), "description": one.description}
        for one in strategies.load(directory).segments
    ]
    listing.print_rows(rows, as_json=as_json, empty="the strategy has no segments")


@segment.command()
@click.argument("name")
@strategies.option
@listing.json_option
@target.option
def show(name: str, *, directory: Path, stage: str | None, as_json: bool) -> None:
    """What segment NAME means, and how many are in it."""
    hub = target.find(stage)
    found = _named(strategies.load(directory), name)
    shown = {
        "name": found.name,
        "description": found.description,
        "members": hub.segments.size(name),
        "when": found.when.model_dump(mode="json", by_alias=True, exclude_defaults=True),
    }
    listing.print_json(shown) if as_json else listing.print_fields(shown)


@segment.command()
@click.argument("name")
@strategies.option
@listing.json_option
@target.option
def members(name: str, *, directory: Path, stage: str | None, as_json: bool) -> None:
    """Who is in segment NAME, and since when."""
    hub = target.find(stage)
    _named(strategies.load(directory), name)
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
        "because": dict(member.evidence),
    }


def _known(found: Profile | None, kind: str) -> str | None:
    return (identifier_of(found, kind) or None) if found else None


@segment.command()
@click.argument("name")
@profile.who_options
@strategies.option
@listing.json_option
@target.option
def explain(name: str, *, directory: Path, stage: str | None, as_json: bool, **who: str | None) -> None:
    """Why a customer is in segment NAME, or what is missing.

    `because` is what made her enter; `now` is each part of the condition as it stands at this moment.
    """
    hub = target.find(stage)
    strategy = strategies.load(directory)
    _named(strategy, name)
    told = _explained(hub, Rules(strategy), name, profile.find(hub, **who))
    listing.print_json(told) if as_json else _print(told)


def _explained(hub: Target, rules: Rules, name: str, found: Profile) -> dict[str, Any]:
    since, member = found.memberships.get(name), hub.segments.member(name, found.profile_id)
    return {
        "segment": name,
        "profile_id": found.profile_id,
        "is_member": since is not None,
        "since": None if since is None else format_instant(since),
        "because": dict(member.evidence) if member else None,
        "now": _as_it_stands(rules, name, found, hub.now),
    }


def _as_it_stands(rules: Rules, name: str, found: Profile, now: Instant) -> dict[str, Any]:
    """The profile is a copy of our own: time may pass on it without harm."""
    found.changes = None
    settle(found, now, rules)
    rule: SegmentRule = next(one for one in rules.segments if one.name == name)
    return evidence_of(rule.evaluator, found, now)


def _print(told: Mapping[str, Any]) -> None:
    state = (
        f"is in {told['segment']} since {told['since']}"
        if told["is_member"]
        else f"is not in {told['segment']}"
    )
    click.echo(f"{told['profile_id']} {state}\n")
    for line in _lines(told["now"], depth=0):
        click.echo(line)


def _lines(evidence: Mapping[str, Any], depth: int) -> Iterator[str]:
    """One line a condition: whether it holds, and what it looked at."""
    parts = {word: evidence[word] for word in ("all", "any", "not") if word in evidence}
    looked_at = {key: value for key, value in evidence.items() if key not in (*parts, "holds", "until")}
    until = f"  (until {evidence['until']})" if "until" in evidence else ""
    mark = "yes" if evidence["holds"] else "no "
    words = ", ".join(f"{key}: {_text(key, value)}" for key, value in looked_at.items())
    yield f"{mark}  {'  ' * depth}{' '.join(parts) or words}{until}"
    for inner in parts.values():
        for part in inner if isinstance(inner, list) else [inner]:
            yield from _lines(part, depth + 1)


def _text(key: str, value: Any) -> str:
    if key != "events":
        return listing.text(value)
    return "; ".join(" ".join(map(str, (one["at"], one.get("value", "")))).strip() for one in value) or "none"


def _named(strategy: Strategy, name: str) -> Segment:
    found = strategy.segment_by_name.get(name)
    if found is None:
        names = list(strategy.segment_by_name)
        advice = did_you_mean(name, names, otherwise=f"there are {listed(names)}")
        raise click.UsageError(f"there is no segment {name!r}: {advice}")
    return found
