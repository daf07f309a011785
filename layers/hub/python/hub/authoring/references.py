"""Names in one file that stand for something in another: segments, journeys, identifiers, purposes."""

from collections.abc import Collection, Iterator
from typing import Any
from zoneinfo import available_timezones

from hub.authoring.problems import A_SLIP, Fault, Path, Problem, did_you_mean, listed, nearest
from hub.authoring.sources import Sources
from hub.authoring.written import Written
from hub.authoring.written_conditions import conditions
from hub.strategy.conditions import ConsentsTo, IdentifiedBy, InSegment, walk
from hub.strategy.policy import Policy
from hub.strategy.segments import Segment, find_circle


def name_problems(sources: Sources) -> Iterator[Problem]:
    """A file's name is the name of what is in it."""
    for kind in (sources.segments, sources.journeys, sources.models):
        taken = {source.stem: source.written.file for source in kind}
        for source in kind:
            if source.model and source.model.name != source.stem:
                yield _misnamed(source.written, source.stem, source.model.name, taken)


def reference_problems(sources: Sources) -> Iterator[Problem]:
    segments = [source.stem for source in sources.segments]
    for written, path, condition in conditions(sources):
        if isinstance(condition, InSegment) and condition.segment not in segments:
            yield _missing(written, (*path, "in_segment"), "segment", condition.segment, segments)
    for source in sources.journeys:
        if source.model and source.model.entry.segment not in segments:
            yield _missing(
                source.written, ("entry", "segment"), "segment", source.model.entry.segment, segments
            )


def circle_problems(sources: Sources) -> Iterator[Problem]:
    """Each circle of segments once, at its first step."""
    by_name = {source.stem: source for source in sources.segments if source.model}
    graph = {name: set(source.model.refers_to) for name, source in by_name.items() if source.model}
    while circle := find_circle(graph):
        first, second = circle[:2]
        graph[first].discard(second)
        path = _where_it_refers(by_name[first].model, second)
        message = f"segments go round in a circle: {' -> '.join(circle)}"
        yield by_name[first].written.problem(path, message, "take one of these in_segment out")


def policy_problems(sources: Sources) -> Iterator[Problem]:
    """Time zone and journeys the policy names."""
    if sources.policy is None or sources.policy.model is None:
        return
    journeys = [source.stem for source in sources.journeys]
    for path, message, advice in policy_faults(sources.policy.model, journeys):
        yield sources.policy.written.problem(path, message, advice)


def policy_faults(policy: Policy, journeys: Collection[str]) -> Iterator[Fault]:
    if policy.time_zone not in available_timezones():
        advice = did_you_mean(
            policy.time_zone, available_timezones(), otherwise="write one such as Europe/Prague"
        )
        yield ("time_zone",), f"unknown time zone '{policy.time_zone}'", advice
    named: list[tuple[Path, str]] = [
        (("priorities", index), name) for index, name in enumerate(policy.priorities)
    ]
    named += [
        (("caps", index, "journey"), cap.journey) for index, cap in enumerate(policy.caps) if cap.journey
    ]
    for path, name in named:
        if name not in journeys:
            yield path, *_unknown("journey", name, journeys)


def customer_problems(sources: Sources) -> Iterator[Problem]:
    """Types of identifiers that policy.yaml does not list, and purposes spelt almost as it spells them."""
    if sources.policy and sources.policy.model is None:
        return
    policy = sources.policy.model if sources.policy and sources.policy.model else Policy()
    purposes = set(policy.purposes.values())
    for written, path, condition in conditions(sources):
        if isinstance(condition, IdentifiedBy) and condition.identifier not in policy.identifiers.priority:
            known = policy.identifiers.priority
            yield _missing(written, (*path, "identified_by"), "identifier", condition.identifier, known)
        # A purpose may be asked about although no connector needs it, so only a likely slip is one.
        if isinstance(condition, ConsentsTo) and (near := _slip(condition.purpose, purposes)):
            message = f"unknown purpose '{condition.purpose}'"
            yield written.problem((*path, "consents_to"), message, f"did you mean '{near}'?")


def _slip(name: str, known: set[str]) -> str | None:
    return None if name in known else nearest(name, known, likeness=A_SLIP)


def _misnamed(written: Written, stem: str, name: str, taken: dict[str, str]) -> Problem:
    if name in taken:
        return written.problem(
            ("name",), f"'{name}' is the name of {taken[name]} already", f"write name: {stem}"
        )
    suffix = written.file.rpartition(".")[2]
    advice = f"write name: {stem}, or rename the file to {name}.{suffix}"
    return written.problem(("name",), f"the file is {stem}.{suffix}, the name in it is '{name}'", advice)


def _missing(written: Written, path: Path, kind: str, name: str, known: Any) -> Problem:
    return written.problem(path, *_unknown(kind, name, known))


def _unknown(kind: str, name: str, known: Collection[str]) -> tuple[str, str]:
    otherwise = f"known: {listed(known)}" if known else f"there is no {kind} at all"
    return f"unknown {kind} '{name}'", did_you_mean(name, known, otherwise=otherwise)


def _where_it_refers(segment: Segment | None, other: str) -> Path:
    if segment is None:
        return ()
    found = (
        path for path, part in walk(segment.when) if isinstance(part, InSegment) and part.segment == other
    )
    return ("when", *next(found), "in_segment")
