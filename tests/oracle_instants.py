"""Where an answer can change at all: the instants at which `tests.oracle` is asked."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from hub.clock import DAY, Instant
from hub.events import Event
from hub.strategy.durations import parse_duration
from tests.oracle_values import anniversaries, as_number, as_time

Written = Mapping[str, Any]
SPANS = ("within", "quiet_for", "within_last", "within_next", "anniversary_within")


def instants(conditions: Iterable[Written], events: Sequence[Event], until: Instant) -> list[Instant]:
    """Every instant at which anything can change, with the moments next to it, up to `until`."""
    begun = min((event.at for event in events), default=until)
    spans = {span for condition in conditions for span in _spans(condition)}
    marks = {event.at for event in events}
    marks |= {event.at + span for event in events for span in spans}
    for value in (value for event in events for value in _values(event)):
        marks |= _marks_of(value, spans, begun, until)
    near = {at + step for at in marks for step in (-1, 0, 1)}
    return sorted(at for at in near | {begun, until} if begun <= at <= until)


def _spans(condition: Any) -> Iterator[int]:
    if isinstance(condition, Mapping):
        for word, value in condition.items():
            if word in SPANS and isinstance(value, str):
                yield parse_duration(value)
            yield from _spans(value)
    elif isinstance(condition, list):
        for part in condition:
            yield from _spans(part)


def _values(event: Event) -> Iterator[Any]:
    todo: list[Any] = [event.properties, event.traits]
    while todo:
        value = todo.pop()
        if isinstance(value, Mapping):
            todo += value.values()
        elif isinstance(value, list):
            todo += value
        else:
            yield value


def _marks_of(value: Any, spans: set[int], begun: Instant, until: Instant) -> set[Instant]:
    """A minimum or maximum is a number even where the event had a text."""
    moments = {moment for one in (value, as_number(value)) if (moment := as_time(one)) is not None}
    days = moments | {day for at in (begun, until) for one in moments for day in anniversaries(one, at)}
    return (
        days
        | {day + DAY for day in days}
        | {day + sign * span for day in days for span in spans for sign in (-1, 1)}
    )
