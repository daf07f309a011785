"""What `hub.ports.Machines` promises, held against Step Functions and against its fake."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cli.rehearsal.machines import InMemoryMachines
from hub.aws.machines import StateMachines
from hub.ports import Machines
from infra.journey_machines import machine
from tests.fakes import FakeMachines
from tests.moto_machines import MotoMachines
from tests.recovery_journey import ENTERED, journey

Waiting = Callable[[], str]


@pytest.fixture(params=["fake", "hand", "moto"])
def port(request: pytest.FixtureRequest) -> tuple[Machines, Waiting]:
    """The port, and the token of the state that waits first."""
    if request.param == "fake":
        fake = FakeMachines()

        def wait() -> str:
            fake.waiting.add("token-0")
            return "token-0"

        return fake, wait
    if request.param == "hand":
        tokens: list[str] = []
        hand = InMemoryMachines(
            {"recovery": machine(journey("0s"), "arn", 1)}, lambda payload: tokens.append(payload["token"])
        )
        return hand, lambda: tokens[0] if hand.run(ENTERED) else ""
    moto: MotoMachines = request.getfixturevalue("moto_machines")
    moto.create(journey("0s"))
    return StateMachines(moto.client, moto.arns), lambda: str(moto.wait_for(calls=1)[0]["token"])


def test_a_waiting_state_goes_on(port: tuple[Machines, Waiting]) -> None:
    machines, waiting = port
    machines.start("recovery", "recovery-1", "p_1")

    assert machines.succeed(waiting(), "goal")


def test_nothing_waits_by_a_token_nobody_gave(port: tuple[Machines, Waiting]) -> None:
    machines, _ = port

    assert not machines.succeed("AAAAnosuchtoken", "goal")


def test_the_same_enrollment_is_started_once(port: tuple[Machines, Waiting]) -> None:
    machines, waiting = port

    machines.start("recovery", "recovery-1", "p_1")
    machines.start("recovery", "recovery-1", "p_1")

    assert machines.succeed(waiting(), "goal")


class Refusing:
    """Step Functions that says no to everything, in the same words."""

    def __init__(self, code: str) -> None:
        self._error = ClientError({"Error": {"Code": code, "Message": "no"}}, "Any")

    def send_task_success(self, **_: Any) -> None:
        raise self._error

    def start_execution(self, **_: Any) -> None:
        raise self._error


@pytest.mark.parametrize("code", ["TaskTimedOut", "TaskDoesNotExist", "InvalidToken"])
def test_a_token_of_a_state_that_is_over_answers_nothing(code: str) -> None:
    machines = StateMachines(Refusing(code), {})

    assert not machines.succeed("token-0", "goal")


def test_another_refusal_is_an_error_so_that_the_end_of_a_run_is_not_lost() -> None:
    machines = StateMachines(Refusing("ThrottlingException"), {"recovery": "arn"})

    with pytest.raises(ClientError, match="ThrottlingException"):
        machines.succeed("token-0", "goal")
    with pytest.raises(ClientError, match="ThrottlingException"):
        machines.start("recovery", "recovery-1", "p_1")
