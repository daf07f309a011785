"""Files of messages, a JSON object a line, plain or gzipped, read with a place to come back to."""

import gzip
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import IO, Any

from hub.clock import Instant, parse_instant
from hub.errors import HubError

_GZIP_MAGIC = b"\x1f\x8b"
_CHUNK = 1 << 20


class UnreadableFile(HubError):  # noqa: N818 - named like the hub's other errors, for what happened
    """The file itself, not a line of it, is broken."""


@dataclass(frozen=True, slots=True)
class Position:
    """How far a file is done: lines, and bytes of what they decompress to."""

    lines: int = 0
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """One message, ready to travel."""

    file: Path
    after: Position
    """Where the file is done up to once this line is."""
    read: int
    """Bytes of the file as it lies on the disk."""
    payload: bytes
    due: Instant | None
    """The message's own time; None if it has none that can be read."""

    @property
    def place(self) -> str:
        return f"{self.file}:{self.after.lines}"


@dataclass(frozen=True, slots=True)
class BadLine:
    file: Path
    number: int
    problem: str

    @property
    def place(self) -> str:
        return f"{self.file}:{self.number}"


def content_hash(file: Path) -> str:
    digest = blake2b(digest_size=16)
    with file.open("rb") as raw:
        while chunk := raw.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def read(file: Path, start: Position = Position(), *, seed: str = "") -> Iterator[Line | BadLine]:
    """The lines from `start` on; empty ones are passed over.

    A message without an id gets one made of `seed` and its line number: the same whenever the file
    is sent, so that a batch sent twice (no answer, broken off) is still counted once.
    """
    with file.open("rb") as raw:
        try:
            yield from _lines(file, raw, start, seed)
        except (EOFError, OSError, zlib.error) as broken:
            raise UnreadableFile(
                f"{file}: cannot be read any further ({broken}); is the file complete?"
            ) from broken


def _lines(file: Path, raw: IO[bytes], start: Position, seed: str) -> Iterator[Line | BadLine]:
    is_gzip = raw.read(2) == _GZIP_MAGIC
    raw.seek(0)
    # A name as text or bytes would be a path, hence the wrapper's own parameter.
    text: IO[bytes] = gzip.GzipFile(fileobj=raw) if is_gzip else raw  # type: ignore[assignment]
    text.seek(start.offset)
    place = start
    for content in text:
        place = Position(place.lines + 1, place.offset + len(content))
        if content.strip():
            yield _line(file, place, raw.tell() if is_gzip else place.offset, content, seed)


def _line(file: Path, place: Position, read_bytes: int, content: bytes, seed: str) -> Line | BadLine:
    try:
        message = json.loads(content)
    except ValueError as problem:
        return BadLine(file, place.lines, f"not JSON: {problem}")
    if not isinstance(message, dict):
        return BadLine(
            file,
            place.lines,
            f"a JSON object is expected, this is {content.strip()[:40].decode(errors='replace')}",
        )
    return Line(file, place, read_bytes, _payload(message, f"{seed}-{place.lines}"), _due(message))


def _payload(message: dict[str, Any], own_id: str) -> bytes:
    """Without the `sentAt` of an earlier journey: the batch says when it is sent now."""
    fresh = {name: value for name, value in message.items() if name != "sentAt"}
    fresh["messageId"] = fresh.get("messageId") or own_id
    return json.dumps(fresh, separators=(",", ":")).encode()


def _due(message: dict[str, Any]) -> Instant | None:
    try:
        return parse_instant(message.get("timestamp") or message.get("originalTimestamp") or "")
    except (TypeError, ValueError):
        return None
