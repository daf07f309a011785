"""Whether the Lambdas can load what is deployed: the compiled strategy, read back before anything is."""

from collections.abc import Iterator, Mapping
from typing import Any

from hub.authoring.problems import Problem
from hub.strategy.strategy import Strategy

_ADVICE = "write numbers with a value (no .nan, no .inf, nothing like 1e999), and texts of whole characters"


def read_back_problems(strategy: Strategy) -> Iterator[Problem]:
    """Every file of which something else comes back than was written, or nothing at all."""
    if not _comes_back(strategy):
        changed = [file for file, part in _parts(strategy) if not _comes_back(Strategy(**part))]
        for file in changed or ["."]:
            yield Problem(file, 1, 1, "", "a value in here is lost where the strategy is deployed", _ADVICE)


def _comes_back(strategy: Strategy) -> bool:
    try:
        return Strategy.model_validate_json(strategy.to_json()) == strategy
    except ValueError:
        return False


def _parts(strategy: Strategy) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each file's part, as a strategy of nothing else."""
    yield "policy.yaml", {"policy": strategy.policy}
    yield "tracking_plan.yaml", {"tracking_plan": strategy.tracking_plan}
    for segment in strategy.segments:
        yield f"segments/{segment.name}.yaml", {"segments": (segment,)}
    for journey in strategy.journeys:
        yield f"journeys/{journey.name}.yaml", {"journeys": (journey,)}
    for model in strategy.models:
        yield f"models/{model.name}.json", {"models": (model,)}
    for name, template in strategy.templates.items():
        yield f"templates/{name}.liquid", {"templates": {name: template}}
