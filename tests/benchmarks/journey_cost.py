"""What a million enrollments cost in state transitions: the compiled machine executed, its history counted.

    python -m tests.benchmarks.journey_cost [--json]

The project's own journey of three steps runs in moto's interpreter, its waits shortened to a second each:
once to the end of its time, and once each to a goal after the first, second and third step.
"""

import json
import os
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest
from moto import mock_aws

from hub.authoring import read_strategy
from hub.connector_kit import discover
from hub.strategy.journeys import Journey
from infra.context import ROOT
from tests.benchmarks.prices import MILLION, USD, Unit
from tests.benchmarks.rows import Row, alone
from tests.moto_machines import MotoMachines

TARGET = 130.0
STEPS = 3
SPEED = 1e9
"""Every wait is a second, the shortest there is."""
_AWS = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_DEFAULT_REGION": "us-east-1"}


def rows() -> list[Row]:
    found = transitions()
    dearest = max(found.values())
    usd = dearest * USD[Unit.TRANSITIONS] * MILLION
    cheapest = min(found.values()) * USD[Unit.TRANSITIONS] * MILLION
    return [
        Row(
            what="1 M enrollments in three steps, transitions",
            measured=f"${cheapest:.0f}-{usd:.0f}",
            target=f"≤ ${TARGET:.0f}",
            ok=usd <= TARGET,
            figures={"transitions": found, "usd": usd},
        )
    ]


def transitions() -> dict[str, int]:
    """How a run ended -> the transitions it is billed for."""
    os.environ.update(_AWS)
    with mock_aws(config={"stepfunctions": {"execute_state_machine": True}, "lambda": {"use_docker": False}}):
        return {"ended": _run(goal_after=None)} | {
            f"goal after step {step + 1}": _run(goal_after=step) for step in range(STEPS)
        }


def _run(*, goal_after: int | None) -> int:
    patch = pytest.MonkeyPatch()
    machines = MotoMachines(patch)
    journey = _journey()
    try:
        machines.create(journey, speed=SPEED)
        arn = machines.arns[journey.name]
        ids = json.dumps({"enrollment_id": "e", "profile_id": "p"})
        name = f"run-{goal_after}"
        run = machines.client.start_execution(stateMachineArn=arn, name=name, input=ids)
        if goal_after is not None:
            token = machines.wait_for(calls=goal_after + 1)[goal_after]["token"]
            machines.client.send_task_success(taskToken=token, output='{"outcome": "goal"}')
        machines.until(lambda: machines.calls[-1:] != [] and machines.calls[-1]["do"] == "close")
        machines.until(lambda: _status(machines, run) == "SUCCEEDED")
        history = machines.client.get_execution_history(executionArn=run["executionArn"], maxResults=1_000)
        machines.client.delete_state_machine(stateMachineArn=arn)
    finally:
        patch.undo()
    return billed(history)


def billed(history: Mapping[str, Any]) -> int:
    """One for the start, one a state entered, one a retry (each schedules its task again)."""
    kinds = Counter(event["type"] for event in history["events"])
    entered = sum(number for kind, number in kinds.items() if kind.endswith("StateEntered"))
    return 1 + entered + kinds["TaskScheduled"] - kinds["TaskStateEntered"]


def _status(machines: MotoMachines, run: Mapping[str, Any]) -> str:
    return str(machines.client.describe_execution(executionArn=run["executionArn"])["status"])


def _journey() -> Journey:
    journeys = read_strategy(ROOT / "strategy", discover()).journeys
    return next(journey for journey in journeys if len(journey.steps) == STEPS)


if __name__ == "__main__":
    alone(rows)
