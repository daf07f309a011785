"""Rows of a table: CSV with a header, or a JSON object a line; plain or gzipped."""

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from cli import ndjson
from cli.ndjson import START, BadLine, Position, RawLine, UnreadableFile

_DELIMITERS = ",;\t|"
_REPLACED = "\ufffd"


@dataclass(frozen=True, slots=True)
class Row:
    file: Path
    number: int
    """Of the line it begins on."""
    after: Position
    """Where the file is done up to once this row is."""
    read: int
    """Bytes of the file as it lies on the disk."""
    fields: Mapping[str, Any]
    """Column -> what stands there; columns with nothing in them are left out."""


@dataclass(frozen=True, slots=True)
class Table:
    """A file, and what its head says of it."""

    file: Path
    columns: tuple[str, ...] | None
    """None where every row names its own."""
    delimiter: str = ""
    body: Position = START
    """Where the rows begin."""


def open_table(file: Path) -> Table:
    first = next(ndjson.read(file), None)
    if first is None:
        raise UnreadableFile(f"{file}: it is empty")
    if first.content.lstrip(b"\xef\xbb\xbf \t").startswith(b"{"):
        return Table(file, None)
    head = first.content.decode("utf-8-sig", errors="replace")
    delimiter = max(_DELIMITERS, key=head.count)
    columns = tuple(name.strip() for name in next(csv.reader([head], delimiter=delimiter)))
    if len(set(columns)) < len(columns) or not all(columns):
        raise UnreadableFile(
            f"{file}: its first line must name every column, each once: {head.strip()[:200]}"
        )
    return Table(file, columns, delimiter, first.after)


def read(table: Table, start: Position = START) -> Iterator[Row | BadLine]:
    """The rows from `start` on."""
    if table.columns is None:
        return (_json_row(table.file, raw) for raw in ndjson.read(table.file, start))
    return _csv_rows(table, table.columns, start if start.lines else table.body)


def _json_row(file: Path, raw: RawLine) -> Row | BadLine:
    number = raw.after.lines
    try:
        fields = json.loads(raw.content)
    except ValueError as problem:
        return BadLine(file, number, f"not JSON: {problem}")
    if not isinstance(fields, dict):
        return BadLine(file, number, "a JSON object is expected")
    known = {name: value for name, value in fields.items() if value not in (None, "")}
    return Row(file, number, raw.after, raw.read, known)


class _Feed:
    """Lines as texts, for the csv module; remembers where it is, since a row may take several."""

    def __init__(self, lines: Iterator[RawLine]) -> None:
        self._lines = lines
        self.first: RawLine | None = None
        """Of the row being read."""
        self.last: RawLine | None = None

    def __iter__(self) -> "_Feed":
        return self

    def __next__(self) -> str:
        self.last = next(self._lines)
        self.first = self.first or self.last
        return self.last.content.decode(errors="replace")


def _csv_rows(table: Table, columns: tuple[str, ...], start: Position) -> Iterator[Row | BadLine]:
    feed = _Feed(ndjson.every_line(table.file, start))
    rows = csv.reader(feed, delimiter=table.delimiter, strict=True)
    while True:
        feed.first = None
        try:
            values = next(rows)
        except StopIteration:
            return
        except csv.Error as problem:
            yield BadLine(table.file, _number(feed), f"not CSV: {problem}; is a quote not closed?")
            continue
        if any(map(str.strip, values)):
            yield _csv_row(table.file, columns, values, feed)


def _csv_row(file: Path, columns: tuple[str, ...], values: list[str], feed: _Feed) -> Row | BadLine:
    number = _number(feed)
    if len(values) != len(columns):
        advice = "quote a value that has the delimiter in it"
        return BadLine(file, number, f"{len(values)} values for {len(columns)} columns: {advice}")
    if _REPLACED in "".join(values):
        return BadLine(file, number, "not UTF-8: save the file as UTF-8")
    last = feed.last
    fields = {name: value.strip() for name, value in zip(columns, values, strict=True) if value.strip()}
    return Row(file, number, last.after if last else START, last.read if last else 0, fields)


def _number(feed: _Feed) -> int:
    return feed.first.after.lines if feed.first else 0


def columns_of(table: Table) -> Iterator[str]:
    """The names that may be asked for: the header's, or those of the first rows."""
    if table.columns is not None:
        return iter(table.columns)
    rows = (row for row in read(table) if isinstance(row, Row))
    return iter(
        dict.fromkeys(chain.from_iterable(row.fields for row, _ in zip(rows, range(100), strict=False)))
    )
