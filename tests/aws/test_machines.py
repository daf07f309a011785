"""The compiled journey executed for real, by moto, and the runs that it steps through."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hub import stepping
from hub.aws.machines import StateMachines
from hub.aws.run_table import RunTable
from hub.clock import HOUR, Instant
from hub.effects import EffectKey
from hub.profiles import Profile
from hub.reacting import Hands, act
from hub.reactions import Finish, Start
from hub.rules import Rules
from hub.strategy.journeys import Step
from hub.strategy.strategy import Strategy
from tests.fakes import FakeMembers, FakeOutbox, FakeProfiles, FakeTimers
from tests.fakes_delivery import FakeEffects, FakeOutcomes
from tests.moto_machines import MotoMachines, Work
from tests.moto_stack import MotoStack
from tests.recovery_journey import ENROLLMENT, ENTERED, journey

MakeMachines = Callable[[Work], MotoMachines]


def test_a_second_start_is_no_second_execution_not_even_after_the_end(moto_machines: MotoMachines) -> None:
    moto_machines.create(journey("0s"))
    machines = StateMachines(moto_machines.client, moto_machines.arns)
    machines.start("recovery", "recovery-1", "p_1")
    machines.start("recovery", "recovery-1", "p_1")
    machines.succeed(moto_machines.wait_for(calls=1)[0]["token"], "goal")
    moto_machines.wait_for_end("recovery")

    machines.start("recovery", "recovery-1", "p_1")

    assert len(moto_machines.executions("recovery")) == 1
    assert [call["do"] for call in moto_machines.calls] == ["step", "close"]


def test_steps_follow_each_other_when_nobody_answers_and_the_run_ends(moto_machines: MotoMachines) -> None:
    written = journey("0s", "1h", "2h")
    moto_machines.create(written)

    StateMachines(moto_machines.client, moto_machines.arns).start("recovery", "recovery-1", "p_1")
    *steps, close = moto_machines.wait_for(calls=4)

    assert [(one["do"], one["step"], one["journey"]) for one in steps] == [
        ("step", 0, "recovery"),
        ("step", 1, "recovery"),
        ("step", 2, "recovery"),
    ]
    assert tuple(Step.model_validate(one["definition"]) for one in steps) == written.steps
    assert len({one["token"] for one in steps}) == 3
    ids = {"enrollment_id": "recovery-1", "profile_id": "p_1"}
    assert close == {"do": "close", "journey": "recovery", "outcome": "ended", **ids}
    assert {(one["enrollment_id"], one["profile_id"]) for one in steps} == {("recovery-1", "p_1")}


def test_a_first_step_that_is_not_at_once_is_waited_for(moto_machines: MotoMachines) -> None:
    moto_machines.create(journey("1h"))

    StateMachines(moto_machines.client, moto_machines.arns).start("recovery", "recovery-1", "p_1")

    assert moto_machines.executions("recovery")[0]["status"] == "RUNNING"
    assert [one["step"] for one in moto_machines.wait_for(calls=1)] == [0]


def test_an_answered_step_closes_with_the_answer_and_no_step_follows(moto_machines: MotoMachines) -> None:
    moto_machines.create(journey("0s", "1h"))
    machines = StateMachines(moto_machines.client, moto_machines.arns)
    machines.start("recovery", "recovery-1", "p_1")

    machines.succeed(moto_machines.wait_for(calls=1)[0]["token"], "goal")

    ended = moto_machines.wait_for_end("recovery")
    assert [(one["do"], one.get("outcome")) for one in moto_machines.calls] == [
        ("step", None),
        ("close", "goal"),
    ]
    assert json.loads(ended["input"]) == {"enrollment_id": "recovery-1", "profile_id": "p_1"}


def test_a_step_that_fails_for_good_closes_the_run_as_failed(machines_doing: MakeMachines) -> None:
    def broken(payload: dict[str, Any]) -> None:
        if payload["do"] == "step":
            raise OSError("the table is gone")

    moto = machines_doing(broken)
    moto.create(journey("0s", "1h"), Retry=[])

    StateMachines(moto.client, moto.arns).start("recovery", "recovery-1", "p_1")

    moto.wait_for_end("recovery")
    assert [(one["do"], one.get("outcome")) for one in moto.calls] == [("step", None), ("close", "failed")]


class Running:
    """A run of the real domain: its steps, its table, its machine; queues and levels in memory."""

    def __init__(self, dynamodb: Any, stack: MotoStack, machines_doing: MakeMachines) -> None:
        self.moto = machines_doing(self._work)
        self.now: Instant = ENTERED
        self.profiles, self.effects = FakeProfiles(), FakeEffects()
        self.outbox, self.outcomes = FakeOutbox(), FakeOutcomes()
        self.runs = RunTable(dynamodb, stack.journeys)
        self.machines = StateMachines(self.moto.client, self.moto.arns)
        self.rules = Rules(Strategy())
        self.profiles.put(Profile("p_1", enrollments={ENROLLMENT.enrollment_id: ENROLLMENT}))

    def react(self, reaction: Start | Finish) -> None:
        hands = Hands(
            members=FakeMembers(),
            runs=self.runs,
            machines=self.machines,
            timers=FakeTimers(),
            effects=self.effects,
            outbox=self.outbox,
            policy=self.rules.policy,
        )
        act([reaction], hands)

    def reaches_the_goal(self, at: Instant) -> None:
        """As update_profiles decides it, and react_to_changes hears of it."""
        profile = self.profiles.get("p_1")
        assert profile
        over = replace(ENROLLMENT, closed_at=at, outcome="goal")
        profile.enrollments[ENROLLMENT.enrollment_id] = over
        self.profiles.put(profile)
        self.react(Finish(ENROLLMENT.enrollment_id, "goal", at))

    def wait_for_step(self, step: int) -> None:
        """Until it is done, and its state waits."""
        self.moto.until(lambda: self.moto.done == step + 1)

    def is_wanted(self, target: str) -> bool:
        (level,) = self.effects.read([EffectKey(profile_id="p_1", connector="audiences", target=target)])
        return level.wanted

    def _work(self, payload: dict[str, Any]) -> None:
        hands = stepping.Hands(
            profiles=self.profiles,
            runs=self.runs,
            machines=self.machines,
            effects=self.effects,
            outbox=self.outbox,
            outcomes=self.outcomes,
        )
        if payload["do"] == "close":
            stepping.close_run(payload["enrollment_id"], payload["outcome"], hands, self.now)
            return
        stepping.run_step(stepping.StepCall.of(payload), hands, self.rules, self.now)


def test_the_goal_ends_a_running_machine_and_turns_off_what_its_steps_turned_on(
    dynamodb: Any, stack: MotoStack, machines_doing: MakeMachines
) -> None:
    running = Running(dynamodb, stack, machines_doing)
    running.moto.create(journey("0s", "1h", "2h"))
    running.react(Start(ENROLLMENT, "p_1"))
    running.wait_for_step(1)

    running.reaches_the_goal(ENTERED + HOUR + 7)

    running.moto.wait_for_end("recovery")
    closed = running.runs.get("recovery-1")
    assert closed is not None
    assert (closed.outcome, closed.closed_at, closed.step) == ("goal", ENTERED + HOUR + 7, 1)
    assert not running.is_wanted("carts 0s")
    assert not running.is_wanted("carts 1h")
    off = [one for one in running.outbox.take("audiences") if one.planned_at == ENTERED + HOUR + 7]
    assert {one.target for one in off} == {"carts 0s", "carts 1h"}
    assert [call["do"] for call in running.moto.calls] == ["step", "step", "close"], running.moto.errors
    assert len(running.outbox.take("mailer")) == 2


def test_a_goal_that_comes_before_the_first_step_leaves_nothing_to_do(
    dynamodb: Any, stack: MotoStack, machines_doing: MakeMachines
) -> None:
    running = Running(dynamodb, stack, machines_doing)
    running.moto.create(journey("1h", "2h"))
    running.react(Start(ENROLLMENT, "p_1"))

    running.reaches_the_goal(ENTERED + 7)

    running.moto.wait_for_end("recovery")
    assert running.outbox.queued == []
    assert running.effects.rows == {}
    assert [(call["do"], call.get("outcome")) for call in running.moto.calls] == [
        ("step", None),
        ("close", "goal"),
    ]
