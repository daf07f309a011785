"""Segments: named conditions over profiles."""

from collections.abc import Collection, Iterable, Mapping
from graphlib import CycleError, TopologicalSorter

from hub.errors import StrategyError
from hub.strategy.conditions import Condition, InSegment, walk
from hub.strategy.model import Model, Name


class Segment(Model):
    """A named condition: who fulfils it now is in the segment now."""

    name: Name
    """The segment's name, the same as the file's."""
    description: str = ""
    """Who is in it, in a sentence a colleague understands."""
    when: Condition
    """The condition that must hold."""

    @property
    def refers_to(self) -> frozenset[str]:
        """The segments its condition asks about."""
        return frozenset(part.segment for _, part in walk(self.when) if isinstance(part, InSegment))


def ordered(segments: Iterable[Segment]) -> tuple[Segment, ...]:
    """Each after those it refers to, else by name; StrategyError for a circle or a missing one."""
    known = {segment.name: segment for segment in sorted(segments, key=lambda segment: segment.name)}
    _check_references(known)
    graph = {name: segment.refers_to for name, segment in known.items()}
    if circle := find_circle(graph):
        raise StrategyError(f"segments go round in a circle: {' -> '.join(circle)}")
    return tuple(known[name] for name in TopologicalSorter(_sorted(graph)).static_order())


def find_circle(graph: Mapping[str, Collection[str]]) -> list[str]:
    """[a, b, a]: each refers to the next; [] when there is none."""
    try:
        TopologicalSorter(_sorted(graph)).prepare()
    except CycleError as error:
        # graphlib lists each before the one that depends on it.
        return list(reversed(error.args[1]))
    return []


def _sorted(graph: Mapping[str, Collection[str]]) -> dict[str, list[str]]:
    """The same graph, always walked in the same order."""
    return {name: sorted(graph[name]) for name in sorted(graph)}


def _check_references(known: dict[str, Segment]) -> None:
    for segment in known.values():
        if missing := sorted(segment.refers_to - known.keys()):
            raise StrategyError(f"segment '{segment.name}' refers to '{missing[0]}', which does not exist")
