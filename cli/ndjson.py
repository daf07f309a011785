"""Files of lines, plain or gzipped, read with a place to come back to."""

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, NamedTuple

from hub.errors import HubError

_GZIP_MAGIC = b"\x1f\x8b"


class UnreadableFile(HubError):
    """The file itself, not a line of it, is broken."""


class Position(NamedTuple):
    """How far a file is done: lines, and bytes of what they decompress to."""

    lines: int = 0
    offset: int = 0


START = Position()


class RawLine(NamedTuple):
    content: bytes
    after: Position
    """Where the file is done up to once this line is; its number is `after.lines`."""
    read: int
    """Bytes of the file as it lies on the disk."""


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that is not what it should be."""

    file: Path
    number: int
    problem: str

    def __str__(self) -> str:
        return f"{self.file}:{self.number}: {self.problem}"


def read(file: Path, start: Position = START) -> Iterator[RawLine]:
    """The lines from `start` on; empty ones are passed over."""
    return (line for line in every_line(file, start) if line.content.strip())


def every_line(file: Path, start: Position = START) -> Iterator[RawLine]:
    """The lines from `start` on, empty ones too."""
    with file.open("rb") as raw:
        try:
            yield from _lines(raw, start)
        except (EOFError, gzip.BadGzipFile, zlib.error) as broken:
            raise UnreadableFile(
                f"{file}: cannot be read any further ({broken}); is it complete?"
            ) from broken


def _lines(raw: IO[bytes], start: Position) -> Iterator[RawLine]:
    is_gzip = raw.read(len(_GZIP_MAGIC)) == _GZIP_MAGIC
    raw.seek(0)
    text = gzip.GzipFile(fileobj=raw) if is_gzip else raw
    text.seek(start.offset)
    place = start
    for content in text:
        place = Position(place.lines + 1, place.offset + len(content))
        yield RawLine(content, place, raw.tell() if is_gzip else place.offset)
