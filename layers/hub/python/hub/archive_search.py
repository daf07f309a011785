"""Looking through the archive for what a new rule asks and no profile remembers."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence

from hub.aggregates import Spec
from hub.archive_lines import read_line
from hub.clock import Instant
from hub.errors import InvalidEvent
from hub.events import Event
from hub.recalling import Recall, reaches_back_to
from hub.rules import Rules
from hub.screening import Found, Screen


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


class Search:
    """Line by line of the archive: what the lacking aggregates would have remembered."""

    def __init__(self, lacks: Sequence[Spec], rules: Rules, screen: Screen, now: Instant) -> None:
        self._lacks, self._rules, self._screen, self._now = lacks, rules, screen, now
        self._is_mentioned = mentioned(lacks)

    def recall(self, line: bytes) -> Recall | None:
        if not self._is_mentioned(line):
            return None
        try:
            event = read_line(line.decode(errors="replace"))
        except (InvalidEvent, ValueError):
            return None
        keys = self._keys(event)
        is_somebodys = bool(keys) and bool(self._rules.identifiers.of(event))
        return Recall(event, keys) if is_somebodys and self._screen.admits(event, Found()) else None

    def _keys(self, event: Event) -> tuple[str, ...]:
        asking = {spec.key for spec in self._rules.specs_for(event)}
        lacks = (spec for spec in self._lacks if spec.key in asking)
        return tuple(spec.key for spec in lacks if watches(spec, event, self._now))


def in_packs(recalls: Iterable[Recall], most: int) -> Iterator[list[Recall]]:
    """A customer's events together, as far as she is known by one name: her profile is then written once."""
    in_order = sorted(recalls, key=lambda one: (one.event.user_id or one.event.anonymous_id, one.at))
    for start in range(0, len(in_order), most):
        yield in_order[start : start + most]
