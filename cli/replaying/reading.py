"""Past events from files: the hub's own archive, or any export in the tracking spec's words."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from sys import intern
from typing import Any

from cli import ndjson
from cli.ndjson import BadLine
from cli.replaying.quick_json import quick_parse
from hub.archive_lines import read_message
from hub.clock import Instant, format_instant
from hub.errors import InvalidEvent
from hub.events import Event


def read(
    file: Path, advance: Callable[[int], None], *, latest: Instant | None = None
) -> Iterator[Event | BadLine]:
    """Every line as an event, but for those later than `latest`.

    `advance` hears how many bytes of the file have been read.
    """
    context: Mapping[str, Any] = {}
    for raw in ndjson.read(file):
        advance(raw.read)
        try:
            event = read_message(quick_parse(raw.content))
        except (InvalidEvent, ValueError) as problem:
            yield BadLine(file, raw.after.lines, str(problem))
            continue
        if latest is not None and event.at > latest:
            yield BadLine(file, raw.after.lines, f"happens only at {format_instant(event.at)}")
            continue
        # Line after line says the same of its sender: kept once, an event takes two thirds of the memory.
        if event.context == context:
            event.context = context
        context, event.name = event.context, intern(event.name)
        yield event
