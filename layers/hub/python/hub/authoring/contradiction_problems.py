"""Conditions that no customer can ever fulfil, and tests that no value passes."""

from collections.abc import Iterator
from typing import get_args

from hub.authoring.problems import Fault, Path, Problem
from hub.authoring.sources import Sources
from hub.authoring.tested_values import tested_values
from hub.authoring.value_problems import value_faults
from hub.authoring.written_conditions import roots
from hub.condition_words import test_in_words
from hub.profiles import OWN_PARTIES
from hub.strategy.claims import World
from hub.strategy.conditions import All, Condition, walk
from hub.strategy.contradictions import contradiction
from hub.strategy.policy import Party
from hub.strategy.possible_values import Asked, is_possible
from hub.strategy.tracking_plan import TrackingPlan

_ADVICE = "correct it, or take it out"
_ADVICE_ON_SEVERAL = "correct one of the two, or put them under any"


def contradiction_problems(sources: Sources) -> Iterator[Problem]:
    world, plan = _world(sources), sources.tracking_plan.model if sources.tracking_plan else None
    for written, path, condition in roots(sources):
        for inner, message, advice in _faults(condition, world, plan):
            yield written.problem((*path, *inner), message, advice)


def _world(sources: Sources) -> World:
    models = (source.model for source in sources.models if source.model)
    probabilities = frozenset(one.trait for one in models if one.link == "logistic")
    return World(only_own=_parties(sources) <= OWN_PARTIES, probabilities=probabilities)


def _parties(sources: Sources) -> set[str]:
    """Of the sources of events that are known as such, also where the policy is wrong elsewhere."""
    data = sources.policy.written.data if sources.policy else None
    named = data.get("sources") if isinstance(data, dict) else None
    told = named.values() if isinstance(named, dict) else ()
    return {one["party"] for one in told if isinstance(one, dict) and one.get("party") in get_args(Party)}


def _faults(condition: Condition, world: World, plan: TrackingPlan | None) -> Iterator[Fault]:
    """Only the innermost: what is around a condition that never holds, or makes no sense, is no news."""
    told: list[Path] = []
    for path, part in sorted(walk(condition), key=lambda found: -len(found[0])):
        if any(one[: len(path)] == path for one in told):
            continue
        if any(value_faults(part, plan)):
            told.append(path)
            continue
        for fault in (*_of_tests(part, path), *_of_whole(part, path, world))[:1]:
            told.append(path)
            yield fault


def _of_tests(part: Condition, path: Path) -> Iterator[Fault]:
    for value in tested_values(part):
        if not is_possible([Asked(value.test)]):
            message = f"no value is {test_in_words(value.test).removeprefix('is ')}"
            yield (*path, *value.place), message, _ADVICE


def _of_whole(part: Condition, path: Path, world: World) -> Iterator[Fault]:
    if why := contradiction(part, world):
        advice = _ADVICE_ON_SEVERAL if isinstance(part, All) else _ADVICE
        yield (*path, part.kind), f"this can never be true: {why}", advice
