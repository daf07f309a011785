"""From a journey to its state machine in the Amazon States Language: pure, JSONPath.

One state a step, which is also the wait for the next one: run_journey_step gets a task token, and the
state stands until the token is answered (the goal was reached, or the journey exited) or the time is up.
"""

from itertools import pairwise
from typing import Any

from hub.clock import SECOND, Duration
from hub.strategy.durations import format_duration
from hub.strategy.journeys import Journey, Step

State = dict[str, Any]

_ENDED, _DONE, _FAILED = "Close: ended", "Close: done", "Close: failed"

_FROM_ANSWER = {"outcome.$": "$.answer.outcome"}
_CLOSES = {_ENDED: {"outcome": "ended"}, _DONE: _FROM_ANSWER, _FAILED: {"outcome": "failed"}}
_IDS = {"enrollment_id.$": "$.enrollment_id", "profile_id.$": "$.profile_id"}

# Both Lambdas' calls may be repeated: message ids are derived, levels and closing are idempotent. A bad
# deployment or a throttled account may last for hours, and must not end every run that begins a step then:
# with full jitter, 60 attempts at most ten minutes apart take four hours and a half.
_PATIENCE = {
    "IntervalSeconds": 2,
    "MaxAttempts": 60,
    "BackoffRate": 2.5,
    "MaxDelaySeconds": 600,
    "JitterStrategy": "FULL",
}
_RETRY_STEP = [{"ErrorEquals": ["States.TaskFailed"], **_PATIENCE}]
_RETRY_CLOSE = [{"ErrorEquals": ["States.ALL"], **_PATIENCE}]


def machine(journey: Journey, function_arn: str, speed: float) -> State:
    """`speed`: hub seconds a real second; every wait is in real seconds."""
    waits = [_seconds(wait, speed) for wait in _waits(journey)]
    names = [_name(place, step) for place, step in enumerate(journey.steps)]
    states: dict[str, State] = {}
    for place, step in enumerate(journey.steps):
        overdue = names[place + 1] if place + 1 < len(names) else _ENDED
        states[names[place]] = _step(journey, place, step, function_arn, waits[place], overdue)
    states |= {name: _close(journey, function_arn, outcome) for name, outcome in _CLOSES.items()}
    first = journey.steps[0].after
    if first:
        wait = {"Type": "Wait", "Seconds": _seconds(first, speed), "Next": names[0]}
        return _machine(journey, "Wait for the first step", {"Wait for the first step": wait, **states})
    return _machine(journey, names[0], states)


def _machine(journey: Journey, first: str, states: dict[str, State]) -> State:
    return {"Comment": journey.description or journey.name, "StartAt": first, "States": states}


def _waits(journey: Journey) -> list[Duration]:
    """How long each step's state stands: until the next step, the last one until the end."""
    moments = [*(step.after for step in journey.steps), journey.ends_after]
    return [later - earlier for earlier, later in pairwise(moments)]


def _seconds(wait: Duration, speed: float) -> int:
    return max(1, round(wait / SECOND / speed))


def _name(place: int, step: Step) -> str:
    return f"Step {place + 1} at {format_duration(step.after)}"


def _step(journey: Journey, place: int, step: Step, function_arn: str, seconds: int, overdue: str) -> State:
    """A state's input and output are ids only: the history of an execution cannot be deleted."""
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
        "Parameters": {"FunctionName": function_arn, "Payload": _call(journey, place, step)},
        "TimeoutSeconds": seconds,
        "ResultPath": "$.answer",
        "Retry": _RETRY_STEP,
        "Catch": [
            {"ErrorEquals": ["States.Timeout"], "ResultPath": None, "Next": overdue},
            {"ErrorEquals": ["States.ALL"], "ResultPath": None, "Next": _FAILED},
        ],
        "Next": _DONE,
    }


def _call(journey: Journey, place: int, step: Step) -> State:
    return {
        "do": "step",
        "step": place,
        # The run keeps the definition it began with, however often the strategy is deployed meanwhile.
        "definition": step.model_dump(mode="json", by_alias=True, exclude_defaults=True),
        "journey": journey.name,
        **_IDS,
        "token.$": "$$.Task.Token",
    }


def _close(journey: Journey, function_arn: str, outcome: dict[str, str]) -> State:
    payload = {"do": "close", "journey": journey.name, **_IDS, **outcome}
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": function_arn, "Payload": payload},
        "ResultPath": None,
        "Retry": _RETRY_CLOSE,
        "End": True,
    }
