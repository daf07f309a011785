"""What a new rule asks to be remembered and nobody remembered, and how far back the archive knows it."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from hub.aggregates import Spec
from hub.clock import HOUR, Duration, Instant, parse_instant
from hub.events import Event


@dataclass(frozen=True)
class Remembered:
    """How much of an aggregate every profile has: so many entries, of so long; None: since ever."""

    count: int
    horizon: Duration | None


Memory = Mapping[str, Remembered]
"""Aggregate -> what is remembered of it."""


@dataclass(frozen=True)
class Span:
    """Objects of the archive by their keys: `after` <= key < `until`."""

    after: str
    until: str


@dataclass(frozen=True, slots=True)
class Recall:
    """Said to update_profiles of an event that is folded in long since: these aggregates want it too."""

    event: Event
    keys: tuple[str, ...]

    @property
    def at(self) -> Instant:
        return self.event.at


_ROOT = "events/"
MOST_SPANS = 64
"""Eight are read at once; more would cost transitions and be no faster."""


def memory_of(specs: Iterable[Spec]) -> dict[str, Remembered]:
    return {spec.key: Remembered(spec.count, spec.horizon) for spec in specs}


def lacking(specs: Iterable[Spec], memory: Memory) -> list[Spec]:
    """What today's rules ask for beyond what has been remembered."""
    return [spec for spec in specs if spec.key not in memory or _is_wider(spec, memory[spec.key])]


def _is_wider(spec: Spec, known: Remembered) -> bool:
    if known.horizon is None:
        return spec.count > known.count
    return spec.count > known.count or spec.horizon is None or spec.horizon > known.horizon


def reaches_back_to(spec: Spec, now: Instant) -> Instant:
    """Events up to this instant can make no difference to it; 0: any can."""
    window = 0 if spec.horizon is None else now - spec.horizon
    return max(window, spec.after or 0)


def watches(spec: Spec, event: Event, now: Instant) -> bool:
    """Whether the event could be remembered under the spec; its name is one the spec watches."""
    if not reaches_back_to(spec, now) < event.at or (spec.before is not None and event.at >= spec.before):
        return False
    return spec.matches is None or spec.matches(event.properties)


def mentioned(specs: Iterable[Spec]) -> Callable[[bytes], bool]:
    """Whether a line of the archive may be of an event they watch: parsing it costs thirty times as much."""
    names = {name for spec in specs for name in spec.events}
    needles = [json.dumps(name, ensure_ascii=False)[1:-1].encode() for name in sorted(names)]
    return lambda line: any(needle in line for needle in needles)


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


def in_packs(
    recalled: Iterable[tuple[Event, list[str]]], most: int
) -> Iterator[list[tuple[Event, list[str]]]]:
    """A customer's events together, as far as she is known by one name: her profile is then written once."""
    in_order = sorted(recalled, key=lambda one: (one[0].user_id or one[0].anonymous_id, one[0].at))
    for start in range(0, len(in_order), most):
        yield in_order[start : start + most]
