"""The back-fill's state machine in the Amazon States Language: pure, JSONPath.

The archive is read in spans of hours and the profiles table in parts, by the child workflows of Distributed
Maps. Such a map could list the archive by itself, but only a whole prefix, and not just the hours that a
rule's window reaches back to.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

State = dict[str, Any]

_SIDE_BY_SIDE = 8
"""Children at once: the stream, the queue and the live traffic behind them have work of their own."""
_PAUSE = 5
"""Seconds between two looks at the queue."""

# An execution's history ends at 25,000 events, and the execution with it. Together with retries a call and
# what goes with it are 24 events of a child's history, and a round of children 30 of the machine's.
_CALLS = 900
"""Of a child; what it leaves is another child's."""
_ROUNDS = 300
"""Of children, for the archive and for the profiles: 64 parts of 270,000 calls each."""

_RETRY = [
    {
        "ErrorEquals": ["States.ALL"],
        "IntervalSeconds": 2,
        "MaxAttempts": 5,
        "BackoffRate": 3.0,
        "JitterStrategy": "FULL",
    }
]


@dataclass(frozen=True, kw_only=True)
class Waits:
    """Seconds for what others still have in their hands."""

    archive: int
    """Until the events that came before the new rules lie in the archive."""
    counts: int
    """Until a batch of changes is told in full: its members are written first, its counts last."""


def machine(function_arn: str, waits: Waits) -> State:
    """Its input: {"do": "begin", "segments": [names]}, or "nightly" or "anew" with no segments."""
    return {
        "Comment": "Holds every profile against the segments that changed.",
        "StartAt": "Begin",
        "States": {
            **_beginning(function_arn),
            **_filling(function_arn, waits),
            **_ending(function_arn, waits),
        },
    }


def _beginning(function_arn: str) -> dict[str, State]:
    asked = {"do.$": "$.do", "segments.$": "$.segments", "run.$": "$$.Execution.Name"}
    return {
        "Begin": _call(function_arn, asked, "Is anything changed?"),
        "Is anything changed?": _if_changed("Is anything forgotten?", "Reconcile"),
    }


def _filling(function_arn: str, waits: Waits) -> dict[str, State]:
    """First the archive, then the profiles: what nobody remembers must not be asked of anybody."""
    return {
        "Is anything forgotten?": _if_any("recall", "Let the archive fill", "Scan"),
        "Let the archive fill": {"Type": "Wait", "Seconds": waits.archive, "Next": "Recall"},
        **_rounds(function_arn, "Recall", "recall", "hours", "Recalling"),
        **_sinking(function_arn, "Recalling", "recalling", "Scan"),
        **_rounds(function_arn, "Scan", "scan", "profiles", "Scanning"),
        **_sinking(function_arn, "Scanning", "scanning", "Reconcile"),
        "Too much": {
            "Type": "Fail",
            "Error": "TooMuch",
            "Cause": f"after {_ROUNDS} rounds the parts are not through; nothing of it counts as filled",
        },
    }


def _ending(function_arn: str, waits: Waits) -> dict[str, State]:
    told = {"do": "end", "run.$": "$.run", "todo.$": "$.todo"}
    return {
        "Reconcile": _each_segment(function_arn, waits, "Was anything changed?"),
        "Was anything changed?": _if_changed("End", "Done"),
        "End": {**_task(function_arn, told, "Done"), "ResultPath": None},
        "Done": {"Type": "Succeed"},
    }


def _call(function_arn: str, payload: Any, following: str) -> State:
    """What the Lambda answers is the state from here on."""
    return _task(function_arn, payload, following, OutputPath="$.Payload")


def _note(function_arn: str, payload: Any, kept: str, names: Sequence[str], following: str) -> State:
    """Of what the Lambda answers these are kept, under a name of the state."""
    return {
        **_task(function_arn, payload, following),
        "ResultSelector": {f"{name}.$": f"$.Payload.{name}" for name in names},
        "ResultPath": f"$.{kept}",
    }


def _task(function_arn: str, payload: Any, following: str, **more: str) -> State:
    name = "Payload.$" if isinstance(payload, str) else "Payload"
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": function_arn, name: payload},
        **more,
        "Retry": _RETRY,
        "Next": following,
    }


def _rounds(function_arn: str, name: str, of: str, what: str, following: str) -> dict[str, State]:
    """Children for the parts, and children for what these leave, until none is left."""
    leaving, left, room = f"{name}: what is left", f"{name}: is any left?", f"{name}: is there room?"
    asked = {"do": "left", "of.$": f"$.{of}"}
    return {
        name: _children(function_arn, f"$.{of}.left", what, leaving),
        leaving: _note(function_arn, asked, of, ("left", "rounds"), left),
        left: _if_any(of, room, following),
        room: {
            "Type": "Choice",
            "Choices": [_at_least(f"$.{of}.rounds", _ROUNDS, "Too much")],
            "Default": name,
        },
    }


def _children(function_arn: str, items: str, what: str, following: str) -> State:
    """Each part is a child's, which calls until it is through or has called often enough."""
    read, choice, through = f"Read some {what}", f"All {what}?", f"Enough {what} read"
    pause = f"Let others pass the {what}"
    choices = [
        _if_true("$.done", through),
        _at_least("$.calls", _CALLS, through),
        _if_true("$.crowded", pause),
    ]
    work = {
        read: _call(function_arn, "$", choice),
        choice: {"Type": "Choice", "Choices": choices, "Default": read},
        pause: {"Type": "Wait", "Seconds": _PAUSE, "Next": read},
        through: {"Type": "Succeed"},
    }
    return {**_map(items, read, work, following), "ResultPath": items}


def _map(items: str, first: str, work: dict[str, State], following: str) -> State:
    """A child workflow, with a history of its own, for each item."""
    return {
        "Type": "Map",
        "ItemsPath": items,
        "MaxConcurrency": _SIDE_BY_SIDE,
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            "StartAt": first,
            "States": work,
        },
        "ResultPath": None,
        "Next": following,
    }


def _sinking(function_arn: str, name: str, counter: str, following: str) -> dict[str, State]:
    """Wait until update_profiles has taken in what was put on the queue."""
    asked = {"do": "sink_in", "waits.$": f"$.{counter}.waits", "usual.$": "$.usual"}
    answered = f"{name}: is it in?"
    return {
        name: {"Type": "Wait", "Seconds": _PAUSE, "Next": f"{name}: ask"},
        f"{name}: ask": _note(function_arn, asked, counter, ("waits", "calm"), answered),
        answered: {
            "Type": "Choice",
            "Choices": [_if_true(f"$.{counter}.calm", following)],
            "Default": name,
        },
    }


def _each_segment(function_arn: str, waits: Waits, following: str) -> State:
    """Count, wait for what was under way meanwhile, and put the counter right if it has not moved."""
    work = {
        "Count": _call(function_arn, {"do": "count", "of.$": "$"}, "Let it rest"),
        "Let it rest": {"Type": "Wait", "Seconds": waits.counts, "Next": "Put right"},
        "Put right": _call(function_arn, {"do": "put_right", "of.$": "$"}, "Had it moved?"),
        "Had it moved?": {"Type": "Choice", "Choices": [_if_true("$.done", "Counted")], "Default": "Count"},
        "Counted": {"Type": "Succeed"},
    }
    return _map("$.segments", "Count", work, following)


def _if_changed(following: str, otherwise: str) -> State:
    return {"Type": "Choice", "Choices": [_if_true("$.changed", following)], "Default": otherwise}


def _if_any(of: str, following: str, otherwise: str) -> State:
    present = {"Variable": f"$.{of}.left[0]", "IsPresent": True, "Next": following}
    return {"Type": "Choice", "Choices": [present], "Default": otherwise}


def _if_true(variable: str, following: str) -> State:
    return {"Variable": variable, "BooleanEquals": True, "Next": following}


def _at_least(variable: str, bound: int, following: str) -> State:
    return {"Variable": variable, "NumericGreaterThanEquals": bound, "Next": following}
