"""Past events from files: the hub's own archive, or any export in the tracking spec's words."""

from collections.abc import Callable, Iterator
from pathlib import Path

from cli import ndjson
from cli.ndjson import BadLine
from hub.archive_lines import read_line
from hub.errors import InvalidEvent
from hub.events import Event


def read(file: Path, advance: Callable[[int], None]) -> Iterator[Event | BadLine]:
    """Every line as an event; `advance` hears how many bytes of the file have been read."""
    for raw in ndjson.read(file):
        advance(raw.read)
        try:
            yield read_line(raw.content.decode(errors="replace"))
        except (InvalidEvent, ValueError) as problem:
            yield BadLine(file, raw.after.lines, str(problem))
