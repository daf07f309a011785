"""The back-fill's state machine in the Amazon States Language: pure, JSONPath.

The archive is read in spans of hours and the profiles table in parts, by the child workflows of Distributed
Maps. Such a map could list the archive by itself, but only a whole prefix, and not just the hours that a
rule's window reaches back to.
"""

from typing import Any

State = dict[str, Any]

_SIDE_BY_SIDE = 8
"""Children at once: the stream, the queue and the live traffic behind them have work of their own."""
_PAUSE = 5
"""Seconds between two looks at the queue."""
_REST = 10
"""Seconds for a batch of changes that was under way: its members are written first, its counts last."""

_RETRY = [
    {
        "ErrorEquals": ["States.ALL"],
        "IntervalSeconds": 2,
        "MaxAttempts": 5,
        "BackoffRate": 3.0,
        "JitterStrategy": "FULL",
    }
]


def machine(function_arn: str) -> State:
    """Its input: {"do": "begin", "segments": [names]} or {"do": "nightly", "segments": []}."""
    states = {
        "Begin": _call(
            function_arn,
            {"do.$": "$.do", "segments.$": "$.segments", "run.$": "$$.Execution.Name"},
            "Is anything changed?",
        ),
        "Is anything changed?": _choice({"$.todo[0]": "Is anything forgotten?"}, "Reconcile"),
        "Is anything forgotten?": _choice({"$.spans[0]": "Recall"}, "Scan"),
        "Recall": _children(function_arn, "$.spans", "hours", "Recalling"),
        **_sinking(function_arn, "Recalling", "recalling", "Scan"),
        "Scan": _children(function_arn, "$.parts", "profiles", "Scanning"),
        **_sinking(function_arn, "Scanning", "scanning", "Reconcile"),
        "Reconcile": _each_segment(function_arn, "Was anything changed?"),
        "Was anything changed?": _choice({"$.todo[0]": "End"}, "Done"),
        "End": {**_call(function_arn, {"do": "end", "plan.$": "$"}, "Done"), "ResultPath": None},
        "Done": {"Type": "Succeed"},
    }
    del states["End"]["OutputPath"]
    return {
        "Comment": "Holds every profile against the segments that changed.",
        "StartAt": "Begin",
        "States": states,
    }


def _call(function_arn: str, payload: Any, following: str) -> State:
    """What the Lambda answers is the state from here on."""
    name = "Payload.$" if isinstance(payload, str) else "Payload"
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": function_arn, name: payload},
        "OutputPath": "$.Payload",
        "Retry": _RETRY,
        "Next": following,
    }


def _children(function_arn: str, items: str, what: str, following: str) -> State:
    """Each item is worked on by a child that calls until it is through; its counts are its output."""
    read, choice, through = f"Read some {what}", f"All {what}?", f"All {what} read"
    pause = f"Let others pass the {what}"
    work = {
        read: _call(function_arn, "$", choice),
        choice: _until_done(read, through, crowded=pause),
        pause: {"Type": "Wait", "Seconds": _PAUSE, "Next": read},
        through: {"Type": "Succeed"},
    }
    return {
        "Type": "Map",
        "ItemsPath": items,
        "MaxConcurrency": _SIDE_BY_SIDE,
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            "StartAt": read,
            "States": work,
        },
        "ResultPath": None,
        "Next": following,
    }


def _sinking(function_arn: str, name: str, counter: str, following: str) -> dict[str, State]:
    """Wait until update_profiles has taken in what was put on the queue."""
    asking = _call(
        function_arn,
        {"do": "sink_in", "waits.$": f"$.{counter}.waits", "usual.$": "$.usual"},
        f"{name}: is it in?",
    )
    del asking["OutputPath"]
    return {
        name: {"Type": "Wait", "Seconds": _PAUSE, "Next": f"{name}: ask"},
        f"{name}: ask": {
            **asking,
            "ResultSelector": {"waits.$": "$.Payload.waits", "calm.$": "$.Payload.calm"},
            "ResultPath": f"$.{counter}",
        },
        f"{name}: is it in?": {
            "Type": "Choice",
            "Choices": [{"Variable": f"$.{counter}.calm", "BooleanEquals": True, "Next": following}],
            "Default": name,
        },
    }


def _each_segment(function_arn: str, following: str) -> State:
    """Count, wait for what was under way meanwhile, and put the counter right if it has not moved."""
    work = {
        "Count": _call(function_arn, {"do": "count", "of.$": "$"}, "Let it rest"),
        "Let it rest": {"Type": "Wait", "Seconds": _REST, "Next": "Put right"},
        "Put right": _call(function_arn, {"do": "put_right", "of.$": "$"}, "Had it moved?"),
        "Had it moved?": _until_done("Count", "Counted"),
        "Counted": {"Type": "Succeed"},
    }
    return {
        "Type": "Map",
        "ItemsPath": "$.segments",
        "ItemSelector": {"segment.$": "$$.Map.Item.Value"},
        "MaxConcurrency": _SIDE_BY_SIDE,
        "ItemProcessor": {"ProcessorConfig": {"Mode": "INLINE"}, "StartAt": "Count", "States": work},
        "ResultPath": None,
        "Next": following,
    }


def _until_done(again: str, following: str, *, crowded: str = "") -> State:
    choices = [{"Variable": "$.done", "BooleanEquals": True, "Next": following}]
    if crowded:
        choices.append({"Variable": "$.crowded", "BooleanEquals": True, "Next": crowded})
    return {"Type": "Choice", "Choices": choices, "Default": again}


def _choice(present: dict[str, str], otherwise: str) -> State:
    choices = [{"Variable": path, "IsPresent": True, "Next": name} for path, name in present.items()]
    return {"Type": "Choice", "Choices": choices, "Default": otherwise}
