"""A step is run, again and again if need be, and a run that is over leaves nothing standing."""

from dataclasses import replace
from typing import Any

from hub import stepping
from hub.clock import HOUR
from hub.deliveries import Status
from hub.effects import EffectKey
from hub.enrollments import Breakdown
from hub.profiles import Profile
from hub.rules import Rules
from hub.stepping import Hands, StepCall
from hub.strategy.journeys import Step
from tests.builders import NOW, a_journey, a_level, an_action, conversions_by, enrolled, rules_of
from tests.fakes import FakeMachines, FakeOutbox, FakeProfiles, FakeRuns
from tests.fakes_delivery import FakeEffects, FakeOutcomes

TOKEN = "t-1"
ADS = EffectKey(profile_id="p_1", connector="ads", target="shoppers")


class World:
    """All the ports, with one customer in one run."""

    def __init__(self, step: dict[str, Any] | None = None, **enrollment: Any) -> None:
        steps = [{"after": "0s", "do": [an_action(), a_level()], **(step or {})}]
        self.rules: Rules = rules_of(journeys=[a_journey(steps=steps)])
        self.profiles, self.runs, self.machines = FakeProfiles(), FakeRuns(), FakeMachines()
        self.effects, self.outbox, self.outcomes = FakeEffects(), FakeOutbox(), FakeOutcomes()
        profile = Profile("p_1")
        self.enrollment = enrolled(profile, **enrollment)
        self.profiles.put(profile)
        self.runs.open(self.enrollment, "p_1")
        self.machines.waiting.add(TOKEN)

    @property
    def hands(self) -> Hands:
        return Hands(
            profiles=self.profiles,
            runs=self.runs,
            machines=self.machines,
            effects=self.effects,
            outbox=self.outbox,
            outcomes=self.outcomes,
        )

    def run(self, **fields: Any) -> None:
        given: dict[str, Any] = {
            "enrollment_id": self.enrollment.enrollment_id,
            "profile_id": "p_1",
            "journey": "recovery",
            "step": 0,
            "definition": self.rules.strategy.journey_by_name["recovery"].steps[0],
            "token": TOKEN,
        }
        stepping.run_step(StepCall(**{**given, **fields}), self.hands, self.rules, NOW)

    def convert_by(self, connector: str, action: str) -> None:
        profile = self.profiles.get("p_1")
        assert profile is not None
        self.profiles.put(replace(profile, conversions=conversions_by((connector, action))))

    def close(self, outcome: str = "goal") -> None:
        stepping.close_run(self.enrollment.enrollment_id, outcome, self.hands, NOW + HOUR)

    def asked(self) -> list[str]:
        return [message.connector for message in self.outbox.queued]


def test_a_call_is_read_off_what_the_machines_state_hands_over() -> None:
    definition = {"after": "10m", "do": [an_action()]}
    ids = {"enrollment_id": "recovery-1", "profile_id": "p_1", "journey": "recovery"}

    call = StepCall.of({"do": "step", "step": 2, "definition": definition, "token": TOKEN, **ids})

    assert call == StepCall(**ids, step=2, definition=Step.model_validate(definition), token=TOKEN)


def test_a_step_asks_its_connectors_and_leaves_the_machine_waiting() -> None:
    world = World()

    world.run()

    run = world.runs.runs[world.enrollment.enrollment_id]
    assert world.asked() == ["mailer", "ads"]
    assert (run.step, run.token, [level.connector for level in run.levels]) == (0, TOKEN, ["ads"])
    assert world.machines.waiting == {TOKEN}


def test_a_level_is_wanted_before_its_connector_looks() -> None:
    world = World()

    world.run()

    assert world.effects.rows[ADS].wanted_by == {world.enrollment.enrollment_id}


def test_running_a_step_again_asks_for_the_same_messages() -> None:
    world = World()

    world.run()
    first = [message.message_id for message in world.outbox.queued]
    world.run()

    assert [message.message_id for message in world.outbox.queued] == [*first, *first]
    assert len(world.runs.runs[world.enrollment.enrollment_id].levels) == 1


def test_a_step_that_is_run_again_keeps_to_the_channel_it_chose_first() -> None:
    """She would have a mail and a text message for one step: her order in between spoke for the other."""
    world = World({"do": [], "choose": [an_action(), an_action("texter", "send_sms", channel="sms")]})

    world.run()
    world.convert_by("texter", "send_sms")
    world.run()

    assert world.asked() == ["mailer", "mailer"]


def test_a_step_held_back_by_its_condition_reports_it_and_waits() -> None:
    world = World({"only_if": {"identified_by": "email"}})

    world.run()

    assert world.asked() == []
    assert {one.status for one in world.outcomes.deliveries} == {Status.WITHHELD}
    assert world.machines.waiting == {TOKEN}


def test_a_step_of_a_run_that_is_over_asks_nothing_and_lets_the_machine_go_on() -> None:
    world = World(outcome="goal", closed_at=NOW - 1)

    world.run()

    assert world.asked() == []
    assert world.machines.succeeded == {TOKEN: "goal"}


def test_a_step_of_a_customer_who_is_gone_lets_the_machine_go_on() -> None:
    world = World()

    world.run(profile_id="p_erased", enrollment_id="gone")

    assert world.asked() == []
    assert world.machines.succeeded == {TOKEN: "failed"}


def test_a_closed_run_wants_nothing_any_more_and_its_connectors_are_told() -> None:
    world = World()
    world.run()
    world.outbox.queued.clear()

    world.close()

    assert world.asked() == ["ads"]
    assert world.outbox.queued[0].planned_at == NOW + HOUR
    assert world.effects.rows[ADS].wanted_by == frozenset()


def test_closing_twice_keeps_the_first_end() -> None:
    world = World()
    world.run()

    world.close("goal")
    world.close("ended")

    run = world.runs.runs[world.enrollment.enrollment_id]
    assert (run.outcome, run.closed_at) == ("goal", NOW + HOUR)


def test_only_that_a_machine_broke_is_told_to_the_profile_which_knows_all_else() -> None:
    world = World()
    world.run()

    world.close("goal")
    assert world.outcomes.breakdowns == []
    world.close("failed")

    [told] = world.outcomes.breakdowns
    assert told == Breakdown("p_1", world.enrollment.enrollment_id, NOW + HOUR)


def test_a_run_that_is_closed_while_its_step_runs_leaves_nothing_standing() -> None:
    """Between noting the levels and wanting them, the goal came and turned them off: too early."""
    world = World()
    want = world.effects.want

    class Goal(FakeEffects):
        def want(self, message: Any) -> None:
            world.close()
            want(message)

    late = Goal()
    late.rows = world.effects.rows
    world.effects = late

    world.run()

    assert world.effects.rows[ADS].wanted_by == frozenset()
