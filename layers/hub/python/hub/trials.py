"""A segment's rule beside the one that is live: all else is the same on both sides."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from hub.aggregates import Spec
from hub.clock import Duration
from hub.definitions import Definition, Key
from hub.profiles import Profile
from hub.recalling import Memory, lacking, memory_of
from hub.rules import Rules
from hub.strategy.conditions import All, Any_, Condition, InSegment, Not, walk
from hub.strategy.event_conditions import Filtered
from hub.strategy.journeys import Journey
from hub.strategy.segments import Segment
from hub.strategy.strategy import Strategy

Segments = Mapping[str, Segment]


@dataclass(frozen=True)
class Trial:
    segment: str
    live: Rules
    new: Rules

    def forgotten(self, memory: Memory | None) -> list[Spec]:
        """What the new rule asks of profiles that they have not been told to remember: they answer about."""
        known = memory_of(self.live.specs) if memory is None else memory
        return lacking(self.new.specs, known)

    @property
    def reach(self) -> Duration | None:
        """How far back the two rules look; None: without end."""
        found = [reach_of(self.segment, rules) for rules in (self.live, self.new)]
        return None if None in found else max(span for span in found if span is not None)


def trial(strategy: Strategy, segment: str, definitions: Mapping[Key, Definition]) -> Trial:
    """`strategy` says the new rule; `definitions` are those that are live, as far as they differ from it."""
    written = strategy.segment_by_name
    live = {name: one.segment for (kind, name), one in definitions.items() if kind == "segment"}
    standing = {**written, **live}
    new = _with_segments(strategy, _on_trial(written[segment], standing, written))
    if segment not in live:
        return Trial(segment, Rules(_without(new, segment)), Rules(new))
    return Trial(segment, Rules(_with_segments(strategy, standing)), Rules(new))


def _on_trial(new: Segment, standing: Segments, written: Segments) -> Segments:
    """The others stay as they are; if the new rule would then ask in a circle, they are as written."""
    together = {**standing, new.name: new}
    if new.name in set(_behind(new, together)):
        together |= {name: written[name] for name in _behind(new, written)}
    return together


def _behind(segment: Segment, segments: Segments) -> Iterator[str]:
    """The names of all that it asks about, and of all that these do."""
    waiting, known = list(segment.refers_to), set[str]()
    while waiting:
        name = waiting.pop()
        if name in known:
            continue
        known.add(name)
        yield name
        waiting += segments[name].refers_to


def _with_segments(strategy: Strategy, segments: Segments) -> Strategy:
    return strategy.model_copy(update={"segments": tuple(segments.values())})


def _without(strategy: Strategy, gone: str) -> Strategy:
    """The strategy as if there had never been such a segment, nor what hangs on it."""
    names = {gone}
    while more := {one.name for one in strategy.segments if one.refers_to & names} - names:
        names |= more
    segments = tuple(one for one in strategy.segments if one.name not in names)
    journeys = tuple(one for one in strategy.journeys if not _looked_at(one) & names)
    return strategy.model_copy(update={"segments": segments, "journeys": journeys})


def _looked_at(journey: Journey) -> set[str]:
    conditions: list[Condition] = [journey.goal.condition]
    conditions += [journey.exit] if journey.exit else []
    conditions += [step.only_if for step in journey.steps if step.only_if]
    parts = (part for condition in conditions for _, part in walk(condition))
    return {journey.entry.segment, *(part.segment for part in parts if isinstance(part, InSegment))}


def reach_of(segment: str, rules: Rules) -> Duration | None:
    """How long before an instant events can matter to who is in the segment then; None: without end.

    Only windows have an end; traits, carts, orders and quiet last. And whoever did nothing within the windows
    is not known from there on: a rule that holds for somebody who never did anything asks for everybody.
    """
    known = rules.strategy.segment_by_name
    if segment not in known:
        return 0
    asked = [known[segment], *(known[name] for name in _behind(known[segment], known))]
    windows = [window for one in asked for window in _windows(one.when)]
    if None in windows or segment in _members_for_nothing(rules):
        return None
    return max((one for one in windows if one is not None), default=0)


def _windows(condition: Condition) -> Iterator[Duration | None]:
    for _, part in walk(condition):
        if isinstance(part, Filtered):
            yield part.within
        elif not isinstance(part, All | Any_ | Not | InSegment):
            yield None


def _members_for_nothing(rules: Rules) -> set[str]:
    """The segments in which somebody is who never did anything."""
    nobody = Profile("p_nobody")
    for one in rules.segments:
        if one.evaluator.evaluate(nobody, 0, -1)[0]:
            nobody.memberships[one.name] = 0
    return set(nobody.memberships)
