"""`hub segment explain`: the events and values behind an answer, since when it stands and until when."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from cli import listing, live, profile, target
from cli.target import Target
from hub.clock import format_instant
from hub.evaluators import explain as evidence_of
from hub.evidence import Evidence
from hub.explaining import with_reasons
from hub.foresight import turns_at
from hub.profiles import Profile
from hub.rules import Rules
from hub.strategy.segments import Segment
from hub.timeline import settle

_PARTS = ("all", "any", "not")
_SAID = ("holds", "until", "asks", "missing")


@click.command()
@click.argument("name")
@profile.who_options
@live.strategy_option
@listing.json_option
@target.option
def explain(name: str, *, directory: Path, stage: str | None, as_json: bool, **who: str | None) -> None:
    """Why a customer is in segment NAME, or what is missing.

    `because` is what made her enter; `now` is each part of the condition as it stands at this moment, with
    what it asks for and what is missing; `turns_at` is when she leaves, or enters, if nothing happens
    but time.

    A text of more than 100 characters is shown cut, with its length; of events and of lines in a cart the
    newest ten. Where that is still more than 4 KB, `because` has fewer, and says so in `cut`.

    The rule is the one that is live. Where DIR has another version, a line says so.
    """
    hub = target.find(stage)
    asked, customer = live.segment_named(hub, name), profile.find(hub, **who)
    told = _explained(hub, live.rules(live.segments(hub), directory), asked.segment, customer)
    listing.print_json(told) if as_json else _print(told)
    live.tell_of_other_version(asked, directory)


def _explained(hub: Target, rules: Rules, segment: Segment, found: Profile) -> dict[str, Any]:
    since, member = found.memberships.get(segment.name), hub.segments.member(segment.name, found.profile_id)
    now = _as_it_stands(hub, rules, segment, found)
    turn = turns_at(found, segment.name, rules)
    return {
        "segment": segment.name,
        "profile_id": found.profile_id,
        "is_member": since is not None,
        "since": None if since is None else format_instant(since),
        "turns_at": None if turn is None else format_instant(turn),
        "version": (member.version or None) if member else None,
        "because": dict(member.evidence) if member else None,
        "now": now,
    }


def _as_it_stands(hub: Target, rules: Rules, segment: Segment, found: Profile) -> Evidence:
    """The profile is a copy of our own: time may pass on it without harm."""
    now = hub.now
    settle(found, now, rules)
    rule = next(one for one in rules.segments if one.name == segment.name)
    return with_reasons(segment.when, evidence_of(rule.evaluator, found, now))


def _print(told: Mapping[str, Any]) -> None:
    for line in (_state(told), _turn(told), "", *_lines(told["now"], depth=0)):
        click.echo(line)


def _state(told: Mapping[str, Any]) -> str:
    where = f"{told['profile_id']} is {'' if told['is_member'] else 'not '}in {told['segment']}"
    version = f" (by version {told['version']} of the rule)" if told["version"] else ""
    return f"{where} since {told['since']}{version}" if told["is_member"] else where


def _turn(told: Mapping[str, Any]) -> str:
    stays = "stays in" if told["now"]["holds"] else "stays out"
    turns = "leaves" if told["now"]["holds"] else "enters"
    if told["turns_at"] is None:
        return f"{stays} as long as nothing happens but time"
    return f"{turns} at {told['turns_at']} if nothing happens but time"


def _lines(evidence: Mapping[str, Any], depth: int) -> Iterator[str]:
    """A line for what a condition asks, and one for what was found."""
    mark, indent = "yes" if evidence["holds"] else "no ", "  " * depth
    until = f"  (until {evidence['until']})" if "until" in evidence else ""
    yield f"{mark}  {indent}{evidence.get('asks', '')}{until}"
    inner = [part for word in _PARTS for part in _listed(evidence.get(word)) if "asks" in part]
    for part in inner:
        yield from _lines(part, depth + 1)
    if not inner:
        yield f"     {indent}  {_found(evidence)}"


def _found(evidence: Mapping[str, Any]) -> str:
    """The evidence of what is negated in one word (did_not) stands one below."""
    seen = evidence.get("not", evidence)
    words = [f"{key}: {_text(key, value)}" for key, value in seen.items() if key not in _SAID]
    missing = [f"missing: {evidence['missing']}"] if "missing" in evidence else []
    return " · ".join([*missing, *words])


def _listed(parts: Any) -> list[Mapping[str, Any]]:
    if parts is None:
        return []
    return parts if isinstance(parts, list) else [parts]


def _text(key: str, value: Any) -> str:
    if key != "events":
        return listing.text(value)
    return "; ".join(" ".join(map(str, (one["at"], one.get("value", "")))).strip() for one in value) or "none"
