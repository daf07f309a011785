"""Messages of a file, a JSON object a line, made ready to travel."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

from cli import ndjson
from cli.ndjson import START, BadLine, Position, RawLine
from hub.clock import Instant
from hub.skew import read_instant

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Line:
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


def content_hash(file: Path) -> str:
    digest = blake2b(digest_size=16)
    with file.open("rb") as raw:
        while chunk := raw.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def read(file: Path, start: Position = START, seed: str = "") -> Iterator[Line | BadLine]:
    """The lines from `start` on.

    A message without an id gets one made of `seed` and its line number: the same whenever the file
    is sent, so that a batch sent twice (no answer, broken off) is still counted once.
    """
    return (_line(file, raw, seed) for raw in ndjson.read(file, start))


def _line(file: Path, raw: RawLine, seed: str) -> Line | BadLine:
    number = raw.after.lines
    try:
        message = json.loads(raw.content)
    except ValueError as problem:
        return BadLine(file, number, f"not JSON: {problem}")
    if not isinstance(message, dict):
        start = raw.content.strip()[:40].decode(errors="replace")
        return BadLine(file, number, f"a JSON object is expected, this is {start}")
    due = read_instant(message.get("timestamp") or message.get("originalTimestamp"))
    return Line(file, raw.after, raw.read, _payload(message, f"{seed}-{number}"), due)


def _payload(message: dict[str, Any], own_id: str) -> bytes:
    """Without the `sentAt` of an earlier journey: what is sent now was not sent then."""
    fresh = {name: value for name, value in message.items() if name != "sentAt"}
    fresh["messageId"] = fresh.get("messageId") or own_id
    return json.dumps(fresh, separators=(",", ":")).encode()
