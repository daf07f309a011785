"""The archive's objects lie by the hour in which they arrived: their names, and which hours to read."""

from dataclasses import dataclass
from datetime import UTC, datetime

from hub.clock import HOUR, Instant, parse_instant

_ROOT = "events/"
MOST_SPANS = 64
"""Eight are read at once; more would cost transitions and be no faster."""


@dataclass(frozen=True)
class Span:
    """Objects of the archive by their keys: `after` <= key < `until`."""

    after: str
    until: str


def spans(since: Instant, now: Instant, oldest: Instant) -> list[Span]:
    """The hours of the archive that can hold events later than `since`, in at most MOST_SPANS pieces.

    All in real time, by which Firehose names its objects: an event cannot have arrived before it happened.
    `oldest`: of the archive's first object.
    """
    first, last = max(since, oldest) // HOUR, now // HOUR + 1
    width = max(1, -(-(last - first) // MOST_SPANS))
    return [Span(hour_key(at), hour_key(min(at + width, last))) for at in range(first, last, width)]


def hour_key(hour: int) -> str:
    """events/2026/11/21/13/, of the so-many-th hour since 1970."""
    return datetime.fromtimestamp(hour * 3_600, UTC).strftime(f"{_ROOT}%Y/%m/%d/%H/")


def hour_of(key: str) -> Instant | None:
    """When the hour of an object began; None: it is not named as Firehose names them."""
    try:
        year, month, day, hour = key.removeprefix(_ROOT).split("/")[:4]
        return parse_instant(f"{year}-{month}-{day}T{hour}:00:00Z")
    except ValueError:
        return None
