"""Scoring models against the other files: who asks for what none foretells, and events nobody planned."""

from collections.abc import Iterator

from hub.authoring.plan_problems import unknown_event
from hub.authoring.problems import Problem, did_you_mean, listed
from hub.authoring.sources import Sources
from hub.authoring.written_conditions import conditions
from hub.strategy.conditions import Trait
from hub.strategy.scoring_models import PREFIX


def model_problems(sources: Sources) -> Iterator[Problem]:
    yield from _foretold_twice(sources)
    yield from _foretold_by_none(sources)
    yield from _unplanned(sources)


def _foretold_twice(sources: Sources) -> Iterator[Problem]:
    first: dict[str, str] = {}
    for source in sources.models:
        if source.model is None:
            continue
        other = first.setdefault(source.model.trait, source.written.file)
        if other != source.written.file:
            message = f"'{source.model.trait}' is foretold by {other} already"
            yield source.written.problem(("trait",), message, "give one of them another trait")


def _foretold_by_none(sources: Sources) -> Iterator[Problem]:
    if any(source.model is None for source in sources.models):
        return
    known = [f"{PREFIX}.{source.model.trait}" for source in sources.models if source.model]
    otherwise = f"the models foretell {listed(known)}" if known else "add a model under models/"
    for written, path, condition in conditions(sources):
        if isinstance(condition, Trait) and _is_predicted(condition.name) and condition.name not in known:
            advice = did_you_mean(condition.name, known, otherwise=otherwise)
            yield written.problem((*path, "trait"), f"no model foretells '{condition.name}'", advice)


def _is_predicted(trait: str) -> bool:
    return trait.partition(".")[0] == PREFIX


def _unplanned(sources: Sources) -> Iterator[Problem]:
    plan = sources.tracking_plan.model if sources.tracking_plan else None
    if plan is None:
        return
    for source in sources.models:
        for name, feature in source.model.features.items() if source.model else ():
            for place, event in enumerate(getattr(feature, "events", ())):
                path = ("features", name, feature.kind, place)
                for inner, message, advice in unknown_event(path, event, plan):
                    yield source.written.problem(inner, message, advice)
