"""Batches of lines, within what an endpoint takes at once, at full speed or in step with hub time."""

import heapq
import time
from collections.abc import Callable, Iterable, Iterator, Sequence

from cli.sending.lines import Line
from hub.clock import Clock

Batch = Sequence[Line]

MOST_MESSAGES = 100
MOST_BYTES = 450 * 1024
"""Under the 500 KB of the API (SPEC §1), envelope included."""
_LOOK_AGAIN = 0.25
"""Seconds of real time a wait is cut into, so that answers are seen meanwhile."""


class _Growing:
    def __init__(self) -> None:
        self.lines: list[Line] = []
        self._size = 0

    def has_room_for(self, line: Line) -> bool:
        fits = len(self.lines) < MOST_MESSAGES and self._size + len(line.payload) <= MOST_BYTES
        return fits or not self.lines

    def add(self, line: Line) -> None:
        self.lines.append(line)
        self._size += len(line.payload) + 1

    def take(self) -> Batch:
        taken, self.lines, self._size = self.lines, [], 0
        return taken


def at_full_speed(files: Iterable[Iterable[Line]]) -> Iterator[Batch]:
    """File after file; a batch never spans two."""
    for file in files:
        batch = _Growing()
        for line in file:
            if not batch.has_room_for(line):
                yield batch.take()
            batch.add(line)
        if batch.lines:
            yield batch.take()


def paced(
    files: Sequence[Iterable[Line]], clock: Clock, sleep: Callable[[float], None] = time.sleep
) -> Iterator[Batch]:
    """Each message when hub time reaches its own; what has no time, or is late, goes at once.

    Files run side by side, each in order of time. Yields empty batches while there is nothing to send.
    """
    batch = _Growing()
    for line in heapq.merge(*files, key=lambda one: one.due or 0):
        if batch.lines and (_wait(line, clock) > 0 or not batch.has_room_for(line)):
            yield batch.take()
        while (wait := _wait(line, clock)) > 0:
            yield ()
            sleep(min(wait, _LOOK_AGAIN))
        batch.add(line)
    if batch.lines:
        yield batch.take()


def _wait(line: Line, clock: Clock) -> float:
    """Seconds of real time until hub time reaches the line's own."""
    return 0.0 if line.due is None else (line.due - clock.now()) / clock.speed / 1_000
