"""A row as a message of the tracking spec: an identify of the customer it speaks of."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

from cli.importing.rows import Row
from hub.clock import Instant
from hub.errors import HubError, InvalidEvent
from hub.events import accept
from hub.identities import PRIORITY, Reader
from hub.reading import id_text, pick
from hub.screening import Screen
from hub.skew import read_instant


class BadRow(HubError):
    """What is wrong with a row, and what to do."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What to make of a row."""

    source: str
    ids: Mapping[str, str]
    """Type of identifier -> the column it stands in; the most trusted first."""
    traits: tuple[str, ...] | None
    """Columns that become traits; None: all that are no identifier."""
    renamed: Mapping[str, str]
    """Column -> the trait it becomes."""
    at: str | None
    """Column that says when it was so; None: when it is imported."""

    @property
    def digest(self) -> str:
        """Of what is wanted: the same file wanted otherwise is another import."""
        told = [self.source, dict(self.ids), self.traits, dict(self.renamed), self.at]
        return blake2b(json.dumps(told).encode(), digest_size=8).hexdigest()


class Maker:
    """Makes messages of rows, and refuses those the hub would have no use for."""

    def __init__(self, wanted: Wanted, reader: Reader, screen: Screen, now: Instant) -> None:
        self.wanted = wanted
        self._reader = reader
        self._screen = screen
        self._now = now

    def message(self, row: Row) -> dict[str, Any]:
        """BadRow where the row says nothing of anybody, or something that cannot be."""
        ids = dict(self._ids(row))
        traits = dict(self._traits(row)) | {kind: ids[kind] for kind in ("email", "phone") if kind in ids}
        if not traits:
            raise BadRow("it says nothing but who she is: name columns for --traits that are not empty")
        said = {"type": "identify", **self._who(ids), "traits": traits, **self._when(row)}
        message = {
            "messageId": _id(self.wanted.source, said),
            **said,
            "context": self._context(row.file, row.number, ids),
        }
        self._check(message)
        return message

    def _ids(self, row: Row) -> Iterator[tuple[str, str]]:
        for kind, column in self.wanted.ids.items():
            if (value := _at(row, column)) is None:
                continue
            if not self._reader.normalised(kind, value, self.wanted.source):
                raise BadRow(_unusable(kind, column, value))
            yield kind, id_text(value) or str(value)

    def _who(self, ids: Mapping[str, str]) -> dict[str, str]:
        """Every message needs a user or an anonymous id; who has neither gets one made of what he has."""
        if not ids:
            raise BadRow(f"nobody: {', '.join(self.wanted.ids.values())} empty; fill one, or delete the row")
        named = {"userId": ids.get("user_id"), "anonymousId": ids.get("anonymous_id")}
        if not any(named.values()):
            kind, value = next(iter(ids.items()))
            known_as = self._reader.normalised(kind, value, self.wanted.source)
            named["anonymousId"] = f"import_{_digest(kind, known_as)}"
        return {name: value for name, value in named.items() if value}

    def _traits(self, row: Row) -> Iterator[tuple[str, Any]]:
        columns = self.wanted.traits
        if columns is None:
            columns = tuple(name for name in row.fields if name not in self._not_traits)
        for column in columns:
            if (value := _at(row, column)) is not None:
                yield self.wanted.renamed.get(column, column), value

    @property
    def _not_traits(self) -> set[str]:
        return {*self.wanted.ids.values(), *([self.wanted.at] if self.wanted.at else ())}

    def _when(self, row: Row) -> dict[str, Any]:
        if self.wanted.at is None:
            return {}
        said = _at(row, self.wanted.at)
        if read_instant(said) is None:
            raise BadRow(f"{self.wanted.at} {said!r} is no time: write ISO 8601, e.g. 2026-11-21T10:00:00Z")
        return {"timestamp": said}

    def _context(self, file: Path, number: int, ids: Mapping[str, str]) -> dict[str, Any]:
        others = [{"id": value, "type": kind} for kind, value in ids.items() if kind not in PRIORITY]
        came_from = {"import": {"file": file.name, "row": number}}
        return came_from | ({"externalIds": others} if others else {})

    def _check(self, message: dict[str, Any]) -> None:
        """As the hub will: what it would refuse or set aside is better known before anything is sent."""
        try:
            event = accept(message, received_at=self._now, source=self.wanted.source)
        except InvalidEvent as problem:
            raise BadRow(problem.message) from problem
        for broken in self._screen.violations(event):
            if broken.quarantines:
                raise BadRow(f"the tracking plan would set it aside: {broken.path} {broken.message}")


def _at(row: Row, column: str) -> Any:
    """What stands in a column; a row of JSON may have columns in columns."""
    return row.fields[column] if column in row.fields else pick(row.fields, column)


def _id(source: str, said: Mapping[str, Any]) -> str:
    """Of what is said and not of where it stands: the same row, sent again, is the same message."""
    return f"import-{_digest(source, json.dumps(said, sort_keys=True))}"


def _digest(*texts: str) -> str:
    return blake2b("\x1f".join(texts).encode(), digest_size=16).hexdigest()


def _unusable(kind: str, column: str, value: object) -> str:
    if kind == "email":
        return f"{column} {value!r} is no e-mail address: correct it, or empty it"
    if kind == "phone":
        advice = "write it with its country (+420 …), or as in the region that policy.yaml gives the source"
        return f"{column} {value!r} is no telephone number: {advice}"
    return f"{column} {value!r} stands for nobody: correct it, or empty it"
