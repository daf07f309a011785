"""What a new rule asks to be remembered and nobody remembered: which, since when, and how it is taken in."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hub.aggregates import Spec
from hub.clock import Duration, Instant
from hub.events import Event
from hub.profiles import Profile, mark_of, remember
from hub.rules import Rules


@dataclass(frozen=True)
class Remembered:
    """How much of an aggregate every profile has: so many entries, of so long; None: since ever."""

    count: int
    horizon: Duration | None


Memory = Mapping[str, Remembered]
"""Aggregate -> what is remembered of it."""


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


def remember_again(profile: Profile, told: Recall, rules: Rules) -> bool:
    """False if she remembers it already; doing it twice changes nothing, and nothing else of her moves.

    What a full aggregate would only add up by day is left out: a day does not know its events.
    """
    event, mark = told.event, mark_of(told.event.source, told.event.message_id)
    learnt = False
    for spec in rules.specs_for(event):
        before = list(profile.aggregates.get(spec.key, ()))
        is_full = spec.daily and len(before) >= spec.count
        if spec.key not in told.keys or (is_full and (event.at, mark) < before[0][:2]):
            continue
        remember(profile, spec, event, mark)
        learnt = learnt or profile.aggregates.get(spec.key, []) != before
    return learnt
