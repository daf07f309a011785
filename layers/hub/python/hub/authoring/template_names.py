"""Liquid against the other files: traits nobody planned, predictions and segments that there are not."""

from collections.abc import Iterator
from dataclasses import dataclass

from hub.authoring.action_problems import placed_texts
from hub.authoring.liquid_text import Fault, uses_of
from hub.authoring.plan_problems import unknown_trait
from hub.authoring.problems import Problem, did_you_mean, listed
from hub.authoring.sources import Sources
from hub.strategy.scoring_models import PREFIX
from hub.strategy.tracking_plan import TrackingPlan


@dataclass(frozen=True)
class Known:
    plan: TrackingPlan
    predicted: frozenset[str]
    segments: frozenset[str]


def template_name_problems(sources: Sources) -> Iterator[Problem]:
    known = _known(sources)
    for text in (*(text for source in sources.templates for text in source.texts), *placed_texts(sources)):
        yield from map(text.problem, _faults(text.text, known))


def _known(sources: Sources) -> Known:
    plan = sources.tracking_plan.model if sources.tracking_plan else None
    # The name of a model that is wrong in itself is that of its file, as far as one can tell.
    predicted = {source.model.trait if source.model else source.stem for source in sources.models}
    segments = frozenset(source.stem for source in sources.segments)
    return Known(plan or TrackingPlan(), frozenset(predicted), segments)


def _faults(text: str, known: Known) -> Iterator[Fault]:
    uses = uses_of(text)
    for index, trait in uses.traits:
        for _, message, advice in unknown_trait((), trait, known.plan):
            yield index, message, advice
    for index, trait in uses.predicted:
        if trait not in known.predicted:
            names = [f"profile.{PREFIX}.{one}" for one in known.predicted]
            otherwise = f"the models foretell {listed(names)}" if names else "add a model under models/"
            advice = did_you_mean(f"profile.{PREFIX}.{trait}", names, otherwise=otherwise)
            yield index, f"no model foretells '{trait}'", advice
    for index, name in uses.segments:
        if name not in known.segments:
            otherwise = f"known: {listed(known.segments)}"
            yield index, f"unknown segment '{name}'", did_you_mean(name, known.segments, otherwise=otherwise)
