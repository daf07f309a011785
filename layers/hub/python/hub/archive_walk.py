"""Through the archive in bounded pieces: object by object, and within a large one line by line."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from hub.archive_hours import Span

MOST_READ = 64_000_000
"""Bytes in one piece, as they lie there; one object at least."""
T = TypeVar("T")


@dataclass(frozen=True)
class ArchivedObject:
    key: str
    size: int
    """Bytes as they lie there."""


class Archive(Protocol):
    def first_key(self) -> str | None:
        """Of the oldest object; None: nothing has been archived."""

    def objects(self, span: Span) -> Iterator[ArchivedObject]:
        """In the order of their keys, which is that of their hours."""

    def lines(self, key: str) -> list[bytes]: ...


@dataclass
class Walk(Generic[T]):
    """Where it has come to, and what it found on the way."""

    place: str | None
    """Key of the last object read to its end; None: there is nothing more."""
    skip: int = 0
    """Lines already read of the object behind it."""
    objects: int = 0
    """Read to their ends."""
    lines: int = 0
    found: list[T] = field(default_factory=list)


def walk(archive: Archive, span: Span, skip: int, pick: Callable[[bytes], T | None], *, most: int) -> Walk[T]:
    """Until `most` have been picked, enough has been read, or the span is through."""
    way: Walk[T] = Walk(span.after, skip)
    read = 0
    for one in archive.objects(span):
        if way.objects and read + one.size > MOST_READ:
            return way
        if _is_enough(way, archive.lines(one.key), pick, most):
            return way
        way.place, way.skip = one.key, 0
        way.objects, read = way.objects + 1, read + one.size
    way.place = None
    return way


def _is_enough(way: Walk[T], lines: list[bytes], pick: Callable[[bytes], T | None], most: int) -> bool:
    for line in lines[way.skip :]:
        way.skip, way.lines = way.skip + 1, way.lines + 1
        if (picked := pick(line)) is not None:
            way.found.append(picked)
            if len(way.found) >= most:
                return True
    return False
