"""Events by event time, however they came, in bounded memory."""

import heapq
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from itertools import islice
from operator import attrgetter
from tempfile import TemporaryFile
from typing import IO

from hub.events import Event, from_json, to_json

_key = attrgetter("at", "message_id")

IN_MEMORY = 500_000
"""Events sorted at once; more are sorted in as many parts, laid down on the disk and merged."""


def in_order(
    events: Iterable[Event], *, in_memory: int = IN_MEMORY, counted: Callable[[int], None] = lambda _: None
) -> Iterator[Event]:
    """By event time, then message id: the same order whatever order they came in.

    `counted` hears how many there are, before the first one.
    """
    coming = iter(events)
    with ExitStack() as files:
        laid_down: list[IO[str]] = []
        total = 0
        while part := _sorted_part(coming, in_memory):
            total += len(part)
            if len(part) < in_memory:
                break
            laid_down.append(_lay_down(part, files))
        counted(total)
        yield from heapq.merge(*(map(_read_back, file) for file in laid_down), part, key=_key)


def _sorted_part(coming: Iterator[Event], most: int) -> list[Event]:
    part = list(islice(coming, most))
    part.sort(key=_key)
    return part


def _lay_down(part: list[Event], files: ExitStack) -> IO[str]:
    file = files.enter_context(TemporaryFile("w+", encoding="utf-8"))  # noqa: SIM115 - the stack closes it
    file.writelines(json.dumps(to_json(event)) + "\n" for event in part)
    file.seek(0)
    return file


def _read_back(line: str) -> Event:
    return from_json(json.loads(line))
