"""Events by event time, however they came, in bounded memory."""

import heapq
import marshal
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from itertools import islice
from operator import attrgetter
from tempfile import TemporaryFile
from typing import IO

from hub.events import Event, from_json, to_json

_key = attrgetter("at", "message_id")

IN_MEMORY = 300_000
"""Events sorted at once, some 400 MB; more are sorted in as many parts, laid down on the disk and merged."""
AT_ONCE = 500
"""Events of a part that are read back together."""
MOST_PARTS = 50
"""Laid down at a time; more become one."""
_LENGTH = 8


def in_order(
    events: Iterable[Event], *, in_memory: int = IN_MEMORY, counted: Callable[[int], None] = lambda _: None
) -> Iterator[Event]:
    """By event time, then message id: the same order whatever order they came in.

    `counted` hears how many there are, before the first one.
    """
    coming = iter(events)
    with ExitStack() as files:
        laid_down: list[IO[bytes]] = []
        total = 0
        while part := _sorted_part(coming, in_memory):
            total += len(part)
            if len(part) < in_memory:
                break
            laid_down.append(_lay_down(part, files))
            if len(laid_down) == MOST_PARTS:
                laid_down = [_lay_down(_merged(laid_down), files)]
        counted(total)
        yield from _merged(laid_down, part)


def _sorted_part(coming: Iterator[Event], most: int) -> list[Event]:
    part = list(islice(coming, most))
    part.sort(key=_key)
    return part


def _merged(laid_down: Iterable[IO[bytes]], part: Iterable[Event] = ()) -> Iterator[Event]:
    return heapq.merge(*map(_read_back, laid_down), part, key=_key)


def _lay_down(part: Iterable[Event], files: ExitStack) -> IO[bytes]:
    """As Python's own marshal, which is several times faster than JSON; nobody but this process reads it."""
    file = files.enter_context(TemporaryFile())  # noqa: SIM115 - the stack closes it
    coming = iter(part)
    while some := list(islice(coming, AT_ONCE)):
        block = marshal.dumps([to_json(event) for event in some])
        file.write(len(block).to_bytes(_LENGTH, "big") + block)
    file.seek(0)
    return file


def _read_back(file: IO[bytes]) -> Iterator[Event]:
    while length := file.read(_LENGTH):
        block = file.read(int.from_bytes(length, "big"))
        yield from map(from_json, marshal.loads(block))  # noqa: S302 - written by this process
