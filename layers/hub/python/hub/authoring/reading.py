"""From a directory of text files to one checked Strategy, or to all its problems."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from hub.authoring.action_problems import action_problems, liquid_in_params, policy_action_problems
from hub.authoring.contradiction_problems import contradiction_problems
from hub.authoring.identifier_problems import identifier_problems
from hub.authoring.journey_problems import closed_windows, journey_problems
from hub.authoring.model_problems import model_problems
from hub.authoring.plan_problems import plan_problems
from hub.authoring.problems import Problem, StrategyProblems
from hub.authoring.read_back import read_back_problems
from hub.authoring.references import (
    circle_problems,
    customer_problems,
    name_problems,
    policy_problems,
    reference_problems,
)
from hub.authoring.resolving import resolve
from hub.authoring.sources import Sources, read_models, read_sources
from hub.authoring.template_names import template_name_problems
from hub.authoring.value_problems import value_problems
from hub.connector_kit.declaration import Connector
from hub.strategy.policy import Policy
from hub.strategy.scoring_models import ScoringModel
from hub.strategy.segments import Segment
from hub.strategy.strategy import FILE, Strategy


def read_strategy(directory: Path | str, connectors: Sequence[Connector] | None = None) -> Strategy:
    """The strategy in a directory; StrategyProblems lists all that is wrong with it.

    Without `connectors` the actions of journeys are not held against those there are, nor told their facts.
    """
    return _checked(read_sources(Path(directory)), connectors)


def read_trial(
    directory: Path | str, file: Path | str, connectors: Sequence[Connector] | None = None
) -> tuple[Strategy, Segment]:
    """The strategy in a directory as it would be with the segment of `file` in it, and that segment."""
    sources = read_sources(Path(directory), Path(file))
    strategy = _checked(sources, connectors)
    return strategy, strategy.segment_by_name[sources.segments[-1].stem]


def _checked(sources: Sources, connectors: Sequence[Connector] | None) -> Strategy:
    problems = [*_in_files(sources), *_between_files(sources)]
    if connectors is not None:
        problems += [*action_problems(sources, connectors), *policy_action_problems(sources, connectors)]
        problems += closed_windows(sources, connectors)
    if problems:
        raise StrategyProblems(problems)
    strategy = resolve(_assemble(sources), connectors or ())
    if lost := list(read_back_problems(strategy)):
        raise StrategyProblems(lost)
    return strategy


def compile_strategy(
    directory: Path | str, out_dir: Path | str, connectors: Sequence[Connector] | None = None
) -> Path:
    """Write the strategy as Lambdas load it: one file, the same bytes for the same strategy."""
    compiled = read_strategy(directory, connectors).to_json()
    file = Path(out_dir) / FILE
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(compiled + "\n", encoding="utf-8", newline="\n")
    return file


def read_scoring_models(directory: Path | str) -> tuple[ScoringModel, ...]:
    """The models in a strategy's directory and nothing else of it; StrategyProblems if they are wrong."""
    sources = read_models(Path(directory))
    if problems := [problem for source in sources for problem in source.problems]:
        raise StrategyProblems(problems)
    return tuple(source.model for source in sources if source.model)


def _in_files(sources: Sources) -> Iterator[Problem]:
    yield from sources.problems
    for source in (
        *sources.segments,
        *sources.journeys,
        sources.policy,
        sources.tracking_plan,
        *sources.templates,
        *sources.models,
    ):
        if source is not None:
            yield from source.problems


def _between_files(sources: Sources) -> Iterator[Problem]:
    yield from name_problems(sources)
    yield from reference_problems(sources)
    yield from circle_problems(sources)
    yield from policy_problems(sources)
    yield from identifier_problems(sources)
    yield from customer_problems(sources)
    yield from contradiction_problems(sources)
    yield from value_problems(sources)
    yield from plan_problems(sources)
    yield from model_problems(sources)
    yield from liquid_in_params(sources)
    yield from template_name_problems(sources)
    yield from journey_problems(sources)


def _assemble(sources: Sources) -> Strategy:
    """In order of names, so that the same files give the same bytes on every machine."""
    return Strategy(
        segments=tuple(source.model for source in sources.segments if source.model),
        journeys=tuple(source.model for source in sources.journeys if source.model),
        policy=sources.policy.model if sources.policy and sources.policy.model else Policy(),
        tracking_plan=sources.tracking_plan.model if sources.tracking_plan else None,
        templates={source.name: source.template for source in sources.templates if source.template},
        models=tuple(source.model for source in sources.models if source.model),
    )
