"""Reading and writing the strategy's text files; the only room that knows YAML, and not in the Lambdas."""

from hub.authoring.problems import Problem, StrategyProblems
from hub.authoring.reading import compile_strategy, read_scoring_models, read_strategy, read_trial
from hub.authoring.schemas import write_schemas

__all__ = [
    "Problem",
    "StrategyProblems",
    "compile_strategy",
    "read_scoring_models",
    "read_strategy",
    "read_trial",
    "write_schemas",
]
