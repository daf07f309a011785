"""Changes of levels told to a vendor: many rows a request, and one bad row never spoils the others."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Any

from hub.connector_kit.declaration import Level, Row
from hub.connector_kit.outcomes import Accepted, Refused, Sent
from hub.connector_kit.requests import Plan, Request
from hub.connector_kit.vendor import Said, Vendor
from hub.effects import Effect, EffectKey


@dataclass(frozen=True, kw_only=True)
class Change:
    """One leased level on its way to on (one row) or to off (every row it was ever given)."""

    effect: Effect
    action: type[Level]
    on: bool
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class _Line:
    change: Change
    row: Row


def tell(changes: Sequence[Change], vendor: Vendor) -> dict[EffectKey, Said]:
    """What each level's conversation came to. Off goes first: it is what customers wait for."""
    said: dict[EffectKey, list[Said]] = {}
    for chunk in _chunks(changes):
        for line, answer in _tell(chunk, vendor):
            said.setdefault(line.change.effect.key, []).append(answer)
    return {key: _together(answers) for key, answers in said.items()}


def _chunks(changes: Sequence[Change]) -> Iterator[list[_Line]]:
    for _, alike in groupby(sorted(changes, key=_request_of), key=_request_of):
        lines = [_Line(change, row) for change in alike for row in change.rows]
        size = lines[0].change.action.batch
        yield from (lines[start : start + size] for start in range(0, len(lines), size))


def _request_of(change: Change) -> tuple[bool, str, str]:
    """Changes that can share a request."""
    return (change.on, change.effect.action, change.effect.key.target)


def _tell(lines: Sequence[_Line], vendor: Vendor) -> Iterable[tuple[_Line, Said]]:
    until = min(line.change.effect.leased_until for line in lines)
    said = vendor.ask(partial(_build, lines), until=until)
    answers = vendor.connector.answers
    if said.answer is None or len(lines) == 1 or not answers.blames_a_row(said.answer):
        return [(line, said) for line in lines]
    named = answers.rows_at_fault(said.answer)
    return _without(named, lines, said, vendor) if named else _halved(lines, vendor)


def _build(lines: Sequence[_Line], credentials: Any) -> Request | Plan | None:
    change = lines[0].change
    call = change.action.on if change.on else change.action.off
    return call([line.row for line in lines], change.effect.key.target, credentials)


def _without(
    named: Mapping[int, str], lines: Sequence[_Line], said: Said, vendor: Vendor
) -> list[tuple[_Line, Said]]:
    """The rows the vendor named are refused; the others are told again."""
    good = [line for place, line in enumerate(lines) if place not in named]
    refused = [
        (lines[place], Said(outcome=Refused("row", why), answer=said.answer))
        for place, why in named.items()
        if place < len(lines)
    ]
    return [*refused, *(_tell(good, vendor) if good and refused else [(line, said) for line in good])]


def _halved(lines: Sequence[_Line], vendor: Vendor) -> list[tuple[_Line, Said]]:
    middle = len(lines) // 2
    return [*_tell(lines[:middle], vendor), *_tell(lines[middle:], vendor)]


def _together(answers: Sequence[Said]) -> Said:
    """Several rows of one level: done when all are; in doubt when only some are."""
    failed = [said for said in answers if not isinstance(said.outcome, Sent | Accepted)]
    if not failed:
        return answers[-1]
    touched = any(said.touched for said in answers)
    return Said(outcome=failed[0].outcome, answer=failed[0].answer, touched=touched)
