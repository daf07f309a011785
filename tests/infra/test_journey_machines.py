"""A journey's machine: as text, to the linters, and running in moto."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws
from statelint.linter import Linter

from hub.clock import DAY, HOUR, MINUTE
from hub.strategy.journeys import Journey
from infra.journey_machines import machine
from tests.conftest import MACHINES_RUN
from tests.infra.conftest import properties_of
from tests.moto_machines import FUNCTION, ROLE, MotoMachines
from tests.moto_stack import Template

IDS = {"enrollment_id": "e_1", "profile_id": "p_1"}


def a_journey(*afters: str, ends_after: str = "3d") -> Journey:
    step = {"do": [{"site.show": {"slot": "welcome", "content": "hello"}}]}
    return Journey.model_validate(
        {
            "name": "recovery",
            "entry": {"segment": "abandoner"},
            "goal": {"did": "Order Completed"},
            "ends_after": ends_after,
            "steps": [{"after": after, **step} for after in afters],
        }
    )


def steps(definition: dict[str, Any]) -> list[dict[str, Any]]:
    return [state for state in definition["States"].values() if "TimeoutSeconds" in state]


def test_a_step_waits_for_the_next_and_the_last_for_the_end() -> None:
    definition = machine(a_journey("0s", "4h", "12h"), FUNCTION, speed=1)

    waits = [step["TimeoutSeconds"] for step in steps(definition)]

    assert waits == [4 * HOUR // 1000, 8 * HOUR // 1000, (3 * DAY - 12 * HOUR) // 1000]


def test_a_rehearsal_waits_in_its_own_time_but_never_less_than_a_second() -> None:
    definition = machine(a_journey("0s", "10m", "12h"), FUNCTION, speed=720)

    assert [step["TimeoutSeconds"] for step in steps(definition)] == [1, 59, 300]


def test_a_run_takes_one_transition_a_step_and_one_to_close() -> None:
    definition = machine(a_journey("0s", "4h", "12h"), FUNCTION, speed=1)

    assert definition["StartAt"] == "Step 1 at 0s"
    assert len(definition["States"]) == 3 + 3


def test_a_first_step_that_comes_later_is_waited_for() -> None:
    definition = machine(a_journey("30m", "4h"), FUNCTION, speed=1)

    first = definition["States"][definition["StartAt"]]

    assert first == {"Type": "Wait", "Seconds": 30 * MINUTE // 1000, "Next": "Step 1 at 30m"}


def test_a_state_is_told_its_definition_and_ids_and_nothing_else_of_the_customer() -> None:
    journey = a_journey("0s")

    payload = steps(machine(journey, FUNCTION, speed=1))[0]["Parameters"]["Payload"]

    assert payload == {
        "do": "step",
        "step": 0,
        "definition": json.loads(journey.steps[0].model_dump_json(by_alias=True, exclude_defaults=True)),
        "journey": "recovery",
        "enrollment_id.$": "$.enrollment_id",
        "profile_id.$": "$.profile_id",
        "token.$": "$$.Task.Token",
    }


def test_a_call_that_fails_is_tried_for_hours_before_its_run_is_given_up() -> None:
    definition = machine(a_journey("0s", "4h"), FUNCTION, speed=1)

    for state in definition["States"].values():
        [rule] = state["Retry"]
        delays = (rule["IntervalSeconds"] * rule["BackoffRate"] ** one for one in range(rule["MaxAttempts"]))
        # Full jitter: on average half of it.
        assert sum(min(one, rule["MaxDelaySeconds"]) for one in delays) / 2 > 4 * 3600


@pytest.mark.parametrize("afters", [("0s",), ("0s", "4h", "12h"), ("30m", "1d")])
def test_it_is_good_states_language(afters: tuple[str, ...]) -> None:
    definition = machine(a_journey(*afters), FUNCTION, speed=1)

    assert Linter.validate(definition) == []


def test_our_own_journeys_are_good_states_language_in_the_template(prod: Template) -> None:
    for definition in definitions(prod):
        assert Linter.validate(definition) == []


def definitions(template: Template, function: str = FUNCTION) -> Iterator[dict[str, Any]]:
    """The machines' definitions with the Lambda's ARN filled in, as CloudFormation does."""
    for properties in properties_of(template, "AWS::StepFunctions::StateMachine"):
        parts = properties["DefinitionString"]["Fn::Join"][1]
        yield json.loads("".join(part if isinstance(part, str) else function for part in parts))


class Run:
    """The first machine of a template in moto, sped up: every wait and every retry takes a second."""

    def __init__(self, template: Template, moto: MotoMachines) -> None:
        self._client = boto3.client("stepfunctions")
        definition = next(definitions(template, moto.function))
        for state in definition["States"].values():
            state.update({"TimeoutSeconds": 1} if "TimeoutSeconds" in state else {})
            state["Retry"] = [{**rule, "IntervalSeconds": 1, "MaxAttempts": 1} for rule in state["Retry"]]
        made = self._client.create_state_machine(name="m", definition=json.dumps(definition), roleArn=ROLE)
        moto.arns["m"] = made["stateMachineArn"]
        self._client.start_execution(
            stateMachineArn=made["stateMachineArn"], name="e_1", input=json.dumps(IDS)
        )
        self._moto = moto

    def calls(self) -> list[tuple[str, Any]]:
        """(do, step or outcome) of every call of the Lambda, once the run is over."""
        self._moto.wait_for_end("m", seconds=30)
        return [(call["do"], call.get("step", call.get("outcome"))) for call in self._moto.calls]

    def answer(self, call: dict[str, Any], outcome: str) -> None:
        self._client.send_task_success(taskToken=call["token"], output=json.dumps({"outcome": outcome}))


@pytest.fixture
def aws() -> Iterator[None]:
    with mock_aws(config=MACHINES_RUN):
        yield


@pytest.mark.usefixtures("aws")
def test_a_run_that_nothing_ends_goes_through_all_steps(
    prod: Template, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Run(prod, MotoMachines(monkeypatch))

    calls = run.calls()

    assert calls == [("step", 0), ("step", 1), ("step", 2), ("close", "ended")]


@pytest.mark.usefixtures("aws")
def test_a_goal_reached_at_a_step_closes_the_run_there(
    prod: Template, monkeypatch: pytest.MonkeyPatch
) -> None:
    moto = MotoMachines(monkeypatch)
    run = Run(prod, moto)

    run.answer(moto.wait_for(calls=2)[1], "goal")

    assert run.calls() == [("step", 0), ("step", 1), ("close", "goal")]


@pytest.mark.usefixtures("aws")
def test_a_step_that_fails_for_good_still_turns_everything_off(
    prod: Template, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail_at_the_second_step(payload: dict[str, Any]) -> None:
        if payload.get("step") == 1:
            raise RuntimeError("the table is on fire")

    run = Run(prod, MotoMachines(monkeypatch, fail_at_the_second_step))

    assert run.calls() == [("step", 0), ("step", 1), ("step", 1), ("close", "failed")]


@pytest.mark.usefixtures("aws")
def test_every_call_carries_the_ids_of_its_run(prod: Template, monkeypatch: pytest.MonkeyPatch) -> None:
    moto = MotoMachines(monkeypatch)

    Run(prod, moto).calls()

    assert [{name: call[name] for name in IDS} for call in moto.calls] == [IDS] * 4


def test_cfn_lint_finds_no_error_in_the_template(prod: Template) -> None:
    from cfnlint.api import lint_all  # noqa: PLC0415 - a second to import, for one test

    found = [one for one in lint_all(json.dumps(prod)) if one.rule.id.startswith("E")]

    assert [f"{one.rule.id} {one.message} at {one.path}" for one in found] == []
