"""What a new rule asks to be remembered and nobody remembered: which, since when, and how it is taken in."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from hub import aggregates, days
from hub.aggregates import Entry, Spec
from hub.clock import DAY, Duration, Instant
from hub.compiling import Compiler
from hub.events import Event
from hub.profiles import Profile, mark_of
from hub.rules import Rules
from hub.strategy.conditions import Condition, predictions_in
from hub.strategy.segments import ordered


@dataclass(frozen=True)
class Remembered:
    """How much of an aggregate every profile has: so many entries, of so long; None: since ever."""

    count: int
    horizon: Duration | None


Memory = Mapping[str, Remembered]
"""Aggregate -> what is remembered of it."""

_RECALLED = "+recalled"
"""Behind a profile's id: its sums of what was recalled stand beside those of what it let go live."""


@dataclass(frozen=True, slots=True)
class Recall:
    """Said to update_profiles of an event that is folded in long since: these aggregates want it too."""

    event: Event
    keys: tuple[str, ...]

    @property
    def at(self) -> Instant:
        return self.event.at


def memory_of(specs: Iterable[Spec]) -> dict[str, Remembered]:
    return {spec.key: Remembered(spec.count, spec.horizon) for spec in specs}


def still_remembered(specs: Iterable[Spec], memory: Memory) -> dict[str, Remembered]:
    """What is left of it under these specs: what no rule asks for, profiles let go."""
    asked = memory_of(specs)
    return {key: _less(asked[key], memory[key]) for key in asked if key in memory}


def _less(left: Remembered, right: Remembered) -> Remembered:
    horizons = [one.horizon for one in (left, right) if one.horizon is not None]
    return Remembered(min(left.count, right.count), min(horizons, default=None))


def lacking(specs: Iterable[Spec], memory: Memory) -> list[Spec]:
    """What today's rules ask for beyond what has been remembered."""
    return [spec for spec in specs if spec.key not in memory or _is_wider(spec, memory[spec.key])]


def _is_wider(spec: Spec, known: Remembered) -> bool:
    if known.horizon is None:
        return spec.count > known.count
    return spec.count > known.count or spec.horizon is None or spec.horizon > known.horizon


def asked_by(segments: Collection[str], rules: Rules) -> list[Spec]:
    """What these segments, and all that they look at, ask to be remembered."""
    names, conditions = set(segments), list[Condition]()
    for one in reversed(ordered(rules.strategy.segments)):
        if one.name in names:
            names |= one.refers_to
            conditions.append(one.when)
    foretold = {trait for condition in conditions for trait in predictions_in(condition)}
    compiler = Compiler(model for model in rules.strategy.models if model.trait in foretold)
    for condition in conditions:
        compiler.compile(condition)
    keys = {spec.key for spec in compiler.specs}
    return [spec for spec in rules.specs if spec.key in keys]


def reaches_back_to(spec: Spec, now: Instant) -> Instant:
    """Events up to this instant can make no difference to it; 0: any can."""
    window = 0 if spec.horizon is None else now - spec.horizon
    return max(window, spec.after or 0)


def remember_again(profile: Profile, told: Recall, rules: Rules) -> bool:
    """False if she remembers it already; doing it twice changes nothing, and nothing else of her moves."""
    asking = [spec for spec in rules.specs_for(told.event) if spec.key in told.keys]
    learnt = [_take_in(profile, spec, told.event) for spec in asking]
    return any(learnt)


def _take_in(profile: Profile, spec: Spec, event: Event) -> bool:
    """One aggregate; what it keeps no longer is added up by day as if it had been let go live."""
    before = list(profile.aggregates.get(spec.key, ()))
    mark = mark_of(event.source, event.message_id)
    let_go = [
        entry
        for entry in aggregates.remember(profile.aggregates, spec, event, mark)
        if not _is_counted(profile, spec, entry, was_kept=entry[1] != mark)
    ]
    if let_go:
        newest = profile.aggregates[spec.key][-1][0]
        days.keep(profile.days, spec, profile.profile_id + _RECALLED, let_go, newest)
    return bool(let_go) or profile.aggregates.get(spec.key, []) != before


def _is_counted(profile: Profile, spec: Spec, entry: Entry, *, was_kept: bool) -> bool:
    """Whether it stands among the days; after this it does, and the ring knows it, as it does messages.

    What live events let go is known by its days alone: from the first of them on, all were counted live.
    """
    mark = mark_of(spec.key, entry[1])
    if mark in profile.ring:
        return True
    founders = profile.days.get(spec.key, {}).items()
    live = [day for founder, sums in founders if not founder.endswith(_RECALLED) for day in sums.by_day]
    if not was_kept and live and entry[0] // DAY >= min(live):
        return True
    profile.ring[mark] = max(profile.ring.values(), default=profile.settled_at)
    return False
