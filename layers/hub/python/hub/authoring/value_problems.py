"""Tests of values against what the values are: no number is a text, and no sum a time."""

from collections.abc import Iterator

from hub.authoring.plan_shapes import is_number
from hub.authoring.problems import Fault, Problem
from hub.authoring.sources import Sources
from hub.authoring.tested_values import TestedValue, tested_values
from hub.authoring.written_conditions import conditions
from hub.reading import read_number, read_time
from hub.strategy.comparisons import COMPARING_WORDS, TEXT_WORDS, TIME_WORDS
from hub.strategy.conditions import Condition
from hub.strategy.event_conditions import Maximum, Minimum
from hub.strategy.possible_values import operands_of
from hub.strategy.tracking_plan import TrackingPlan


def value_problems(sources: Sources) -> Iterator[Problem]:
    plan = sources.tracking_plan.model if sources.tracking_plan else None
    for written, path, condition in conditions(sources):
        for inner, message, advice in value_faults(condition, plan):
            yield written.problem((*path, *inner), message, advice)


def value_faults(condition: Condition, plan: TrackingPlan | None) -> Iterator[Fault]:
    for value in tested_values(condition):
        for inner, message, advice in _faults(value, may_be_time=_may_be_time(condition, plan)):
            yield (*value.place, *inner), message, advice


def _faults(value: TestedValue, *, may_be_time: bool) -> Iterator[Fault]:
    if value.kind == "number":
        yield from _of_number(value, may_be_time=may_be_time)
    elif value.kind == "time":
        yield from _of_time(value)


def _of_number(value: TestedValue, *, may_be_time: bool) -> Iterator[Fault]:
    foreign = [word for word in TEXT_WORDS if not (may_be_time and word in TIME_WORDS)]
    for word in foreign:
        if getattr(value.test, word) is not None:
            advice = "use more_than, at_most, …" + (
                "" if word not in TIME_WORDS else "; first and last of a property can be a time"
            )
            yield (word,), f"'{value.subject}' is a number, '{word}' is for others", advice
    for word in COMPARING_WORDS:
        for operand in operands_of(value.test, (word,)):
            if read_number(operand) is None:
                message = f"'{value.subject}' is a number, and '{operand}' is none"
                yield (word.rstrip("_"),), message, "compare it with a number"


def _of_time(value: TestedValue) -> Iterator[Fault]:
    for word in COMPARING_WORDS:
        for operand in operands_of(value.test, (word,)):
            if not isinstance(operand, str) or read_time(operand) is None:
                message = f"'{value.subject}' is a time, and '{operand}' is none"
                yield (word.rstrip("_"),), message, "write a day, e.g. 2026-11-27, or use within_last"


def _may_be_time(condition: Condition, plan: TrackingPlan | None) -> bool:
    """The least or greatest of times told in seconds: only where the plan says that they are numbers."""
    if not isinstance(condition, Minimum | Maximum) or plan is None:
        return False
    return all(is_number(plan.events.get(event), condition.property) for event in condition.of)
