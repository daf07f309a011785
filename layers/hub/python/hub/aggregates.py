"""What a rule needs to remember of past events: the few entries that can still change its answer.

"At least 3 in 7 days" needs the 3 most recent matches and nothing else. An aggregate is a sorted
set of (time, mark, value), cut down to what its spec keeps: a function of the set alone, so that
order, repetition and merging of events cannot matter (P1).
"""

import math
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from hub.clock import Duration, Instant
from hub.events import Event
from hub.reading import pick, read_number

BOUND = 500
"""Values kept for a sum, average or other whole-window answer; older ones are added up by `hub.days`."""

Entry = tuple[Instant, str, Any]
"""(event time, mark of the message, value of the property or None)."""

Keep = Literal["recent", "oldest", "least", "greatest"]
_NUMERIC = frozenset({"least", "greatest"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """One thing to remember; rules that ask for the same share it (`key`), at the largest `count`."""

    key: str
    events: tuple[str, ...]
    matches: Callable[[Mapping[str, Any]], bool] | None
    property: str = ""
    after: Instant | None = None
    before: Instant | None = None
    keep: Keep = "recent"
    count: int = 1
    horizon: Duration | None = None
    """No rule looks further back than this from any later instant; None: without end."""
    daily: bool = False
    """What is let go past `count` is added up by day."""
    timed: tuple[str, ...] = ()
    """Properties that are looked at again as time passes: an entry's value is then [value, *these]."""
    ends: Callable[[Sequence[Any]], float] | None = None
    """Of these properties: the instant from which on they pass never again."""


Aggregates = dict[str, list[Entry]]


def remember(aggregates: Aggregates, spec: Spec, event: Event, mark: str) -> Sequence[Entry]:
    """Take in an event whose name the spec watches; the entries to add up by day instead."""
    if not _in_range(spec, event.at) or (spec.matches is not None and not spec.matches(event.properties)):
        return ()
    value = pick(event.properties, spec.property) if spec.property else None
    if spec.property and not _is_told(spec, value):
        return ()
    kept = [value, *(pick(event.properties, path) for path in spec.timed)] if spec.timed else value
    return _insert(aggregates.setdefault(spec.key, []), (event.at, mark, kept), spec)


def join(left: Aggregates, right: Aggregates, specs: Iterable[Spec]) -> Aggregates:
    """Both sides' entries under the specs of today; what no rule asks for any more is let go."""
    return {spec.key: entries for spec in specs if (entries := _union(left, right, spec))}


def _in_range(spec: Spec, at: Instant) -> bool:
    return (spec.after is None or at > spec.after) and (spec.before is None or at < spec.before)


def _is_told(spec: Spec, value: Any) -> bool:
    """An event without the property, or with no number where one is asked for, says nothing."""
    return value is not None and (spec.keep not in _NUMERIC or read_number(value) is not None)


def _insert(entries: list[Entry], entry: Entry, spec: Spec) -> Sequence[Entry]:
    if not entries or entries[-1][:2] < entry[:2]:
        entries.append(entry)
    else:
        place = bisect_left(entries, entry[:2], key=lambda kept: kept[:2])
        if entries[place][:2] == entry[:2]:
            return ()
        entries.insert(place, entry)
    if spec.horizon is not None and entries[0][0] <= entries[-1][0] - spec.horizon:
        _forget(entries, spec.horizon)
    return _trim(entries, spec) if len(entries) > spec.count else ()


def _union(left: Aggregates, right: Aggregates, spec: Spec) -> list[Entry]:
    both = {entry[:2]: entry for entry in (*left.get(spec.key, ()), *right.get(spec.key, ()))}
    entries = [both[place] for place in sorted(both)]
    if spec.horizon is not None and entries:
        _forget(entries, spec.horizon)
    # What is added up by day is so at the next event, not here: joining twice must not add twice.
    if len(entries) > spec.count and not spec.daily:
        _trim(entries, spec)
    return entries


def _forget(entries: list[Entry], horizon: Duration) -> None:
    """Let go what no window reaches any more."""
    oldest = entries[-1][0] - horizon
    while entries[0][0] <= oldest:
        del entries[0]


def _trim(entries: list[Entry], spec: Spec) -> Sequence[Entry]:
    """Cut down to what the spec keeps; the entries that had to go, where they are added up."""
    let_go: Sequence[Entry] = ()
    if spec.ends is not None:
        _keep_lasting(entries, spec)
    elif spec.keep == "recent":
        excess = len(entries) - spec.count
        let_go = entries[:excess] if spec.daily else ()
        del entries[:excess]
    elif spec.keep == "oldest":
        del entries[spec.count :]
    else:
        _keep_extreme(entries, spec)
    return let_go


def _keep_lasting(entries: list[Entry], spec: Spec) -> None:
    """What passes, or counts, the longest: who goes first can then pass no longer than who stays."""

    def lasts(entry: Entry) -> tuple[float, Instant, str]:
        ends = spec.ends(entry[2][1:]) if spec.ends is not None else math.inf
        return (ends if spec.horizon is None else min(ends, entry[0] + spec.horizon), *entry[:2])

    entries[:] = sorted(sorted(entries, key=lasts)[-spec.count :], key=lambda entry: entry[:2])


def _keep_extreme(entries: list[Entry], spec: Spec) -> None:
    sign = 1 if spec.keep == "least" else -1
    best = sorted(entries, key=lambda entry: (sign * (read_number(entry[2]) or 0.0), entry[:2]))
    entries[:] = sorted(best[: spec.count], key=lambda entry: entry[:2])
