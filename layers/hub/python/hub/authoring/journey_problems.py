"""Journeys whose parts are each right, and together would never do what they say."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hub.authoring.problems import Path, Problem
from hub.authoring.resolving import facts_of
from hub.authoring.sources import Source, Sources
from hub.connector_kit.declaration import Connector
from hub.strategy.conditions import (
    All,
    Any_,
    Cart,
    Condition,
    ConsentsTo,
    IdentifiedBy,
    InSegment,
    Not,
    Trait,
    conjuncts,
    walk,
)
from hub.strategy.event_conditions import Did, DidNot, Filtered, QuietFor
from hub.strategy.journeys import Journey, Step
from hub.strategy.policy import QuietHours
from hub.strategy.segments import Segment

Segments = Mapping[str, Segment]

# What is true now, whatever happened when; of events a goal sees only those after the entry.
_TRUE_NOW = (Trait, Cart, InSegment, IdentifiedBy, ConsentsTo)


def journey_problems(sources: Sources) -> Iterator[Problem]:
    segments = {source.stem: source.model for source in sources.segments if source.model}
    for source in sources.journeys:
        if source.model:
            yield from _over_at_once(source, source.model, segments)
            yield from _never_again(source, source.model, segments)
            yield from _taken_for_paths(source)


def closed_windows(sources: Sources, connectors: Sequence[Connector]) -> Iterator[Problem]:
    """Steps whose `between` lies within the quiet hours: their messages would wait for ever."""
    policy = sources.policy.model if sources.policy else None
    if sources.policy is None or policy is None or policy.quiet_hours is None:
        return
    quiet, written, by_slug = (
        policy.quiet_hours,
        sources.policy.written,
        {one.slug: one for one in connectors},
    )
    hours = f"{quiet.in_words} of {written.file}:{written.place(('quiet_hours',)).line}"
    for source in sources.journeys:
        for index, step in enumerate(source.model.steps if source.model else ()):
            if step.between and step.between.lies_in(quiet):
                for address, channel in _silenced(step, quiet, by_slug):
                    window = step.between.in_words
                    message = f"{address} could never leave: {window} lies within the quiet hours {hours}"
                    advice = f"let between reach out of them, or take {channel} out of quiet_hours.channels"
                    yield source.written.problem(("steps", index, "between"), message, advice)


def _silenced(
    step: Step, quiet: QuietHours, connectors: Mapping[str, Connector]
) -> Iterator[tuple[str, str]]:
    """The actions that keep quiet then, each with its channel."""
    for do in step.actions:
        facts = facts_of(do, connectors)
        if facts and facts.verb == "send" and facts.channel in quiet.channels:
            yield do.address, facts.channel


def _over_at_once(source: Source[Journey], journey: Journey, segments: Segments) -> Iterator[Problem]:
    entry = journey.entry.segment
    known: list[Condition] = list(_known_of_members(entry, segments, set()))
    standing: list[Condition] = [one for one in known if isinstance(one, _TRUE_NOW)]
    ends: list[tuple[str, Condition | None, list[Condition]]] = [
        ("goal", journey.goal.condition, standing),
        ("exit", journey.exit, known),
    ]
    for word, condition, true in ends:
        if condition is not None and _follows(condition, true):
            message = "this holds of everybody who enters: every run would end at once"
            advice = f"write what comes true later, e.g. not: {{in_segment: {entry}}} for leaving the segment"
            yield source.written.problem((word,), message, advice)


def _known_of_members(name: str, segments: Segments, seen: set[str]) -> Iterator[Condition]:
    """What is true of whoever is in a segment; `seen`: circles are told elsewhere."""
    yield InSegment(in_segment=name)
    if name in segments and name not in seen:
        seen.add(name)
        for condition in conjuncts(segments[name].when):
            yield condition
            if isinstance(condition, InSegment):
                yield from _known_of_members(condition.segment, segments, seen)


def _follows(condition: Condition, true: Sequence[Condition]) -> bool:
    if isinstance(condition, Any_):
        return any(_follows(part, true) for part in condition.conditions)
    if isinstance(condition, All):
        return all(_follows(part, true) for part in condition.conditions)
    return condition in true


def _never_again(source: Source[Journey], journey: Journey, segments: Segments) -> Iterator[Problem]:
    """A run that restarts waits for her to enter the segment again: so she must leave it meanwhile."""
    entry = journey.entry.segment
    names = _asked_about(entry, segments, set())
    if journey.restart_when is None or not names <= segments.keys():
        return
    if any(_a_change_ends(part) for name in names for _, part in walk(segments[name].when)):
        return
    message = f"a changed cart ends the run, and she enters no second time: she stays in '{entry}' meanwhile"
    advice = (
        f"give segments/{entry}.yaml a quiet_for (e.g. quiet_for: 30m, under all), or leave restart_when out"
    )
    yield source.written.problem(("restart_when",), message, advice)


def _asked_about(name: str, segments: Segments, seen: set[str]) -> set[str]:
    """A segment and all that it hangs on."""
    if name not in seen:
        seen.add(name)
        for other in segments[name].refers_to if name in segments else ():
            _asked_about(other, segments, seen)
    return seen


def _a_change_ends(condition: Condition) -> bool:
    """Something that happens may make it false, for a time."""
    if isinstance(condition, Did):
        return condition.upper is not None or condition.since is not None
    return isinstance(condition, QuietFor | DidNot | Not) or (
        isinstance(condition, Filtered) and condition.since is not None
    )


def _taken_for_paths(source: Source[Journey]) -> Iterator[Problem]:
    """Steps stand in the machine's definition word for word (`infra.journey_machines`)."""
    for path in _paths(source.written.data["steps"], ("steps",)):
        message = f"'{path[-1]}' ends in .$, which AWS Step Functions takes for a path of its own"
        yield source.written.problem(path, message, "call it otherwise")


def _paths(value: Any, path: Path) -> Iterator[Path]:
    if isinstance(value, dict):
        yield from ((*path, key) for key in value if key.endswith(".$"))
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in inside:
        yield from _paths(inner, (*path, step))
