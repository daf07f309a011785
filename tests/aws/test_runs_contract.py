"""What `hub.ports.Runs` promises, held against the table and against its fake."""

from dataclasses import replace

import pytest

from hub.aws.run_table import RunTable
from hub.deliveries import Message
from hub.enrollments import Enrollment
from hub.ports import Run
from tests.builders import WHOLE
from tests.fakes import FakeRuns

Runs = RunTable | FakeRuns
ENROLLMENT = Enrollment(
    enrollment_id="cart_recovery-1",
    journey="cart_recovery",
    key="c-1",
    entered_at=1_000,
    ends_at=9_000,
    arm="treated",
)


@pytest.fixture(params=["fake", "moto"])
def runs(request: pytest.FixtureRequest) -> Runs:
    if request.param == "fake":
        return FakeRuns()
    return RunTable(request.getfixturevalue("dynamodb"), request.getfixturevalue("stack").journeys)


def level(connector: str, target: str, step: int = 0) -> Message:
    return Message(
        message_id=f"msg_{connector}_{step}",
        profile_id="p_1",
        enrollment_id="cart_recovery-1",
        journey="cart_recovery",
        step=step,
        connector=connector,
        action="join",
        verb="join",
        planned_at=1_000,
        **{**WHOLE, "target": target},
    )


JUST_OPENED = Run(
    enrollment_id="cart_recovery-1", profile_id="p_1", journey="cart_recovery", entered_at=1_000
)


def test_a_run_that_was_opened_is_there(runs: Runs) -> None:
    runs.open(ENROLLMENT, "p_1")

    assert runs.get("cart_recovery-1") == JUST_OPENED
    assert runs.get("cart_recovery-2") is None


def test_beginning_a_step_notes_the_waiting_state_and_what_it_turns_on(runs: Runs) -> None:
    runs.open(ENROLLMENT, "p_1")
    audience, slot = level("meta", "left a # cart"), level("site", "welcome")

    begun = runs.begin_step("cart_recovery-1", 0, "token-0", [slot, audience])

    assert begun == runs.get("cart_recovery-1")
    assert begun is not None
    assert (begun.step, begun.token, begun.levels) == (0, "token-0", (audience, slot))


def test_a_later_step_adds_its_levels_to_those_of_the_steps_before(runs: Runs) -> None:
    runs.open(ENROLLMENT, "p_1")
    first, second = level("google", "carts"), level("meta", "carts", step=1)
    runs.begin_step("cart_recovery-1", 0, "token-0", [first])

    begun = runs.begin_step("cart_recovery-1", 1, "token-1", [second])

    assert begun is not None
    assert (begun.step, begun.token, begun.levels) == (1, "token-1", (first, second))


def test_a_step_without_levels_only_moves_the_token(runs: Runs) -> None:
    runs.open(ENROLLMENT, "p_1")

    begun = runs.begin_step("cart_recovery-1", 2, "token-2", [])

    assert begun is not None
    assert (begun.step, begun.token, begun.levels) == (2, "token-2", ())


def test_opening_again_leaves_the_run_as_it_is(runs: Runs) -> None:
    runs.open(ENROLLMENT, "p_1")
    begun = runs.begin_step("cart_recovery-1", 0, "token-0", [level("meta", "carts")])

    runs.open(ENROLLMENT, "p_1")

    assert runs.get("cart_recovery-1") == begun


def test_a_run_closes_once_and_keeps_its_first_outcome(runs: Runs) -> None:
    runs.open(ENROLLMENT, "p_1")

    first = runs.close("cart_recovery-1", "goal", 5_000)
    second = runs.close("cart_recovery-1", "ended", 6_000)

    assert first is not None
    assert (first.outcome, first.closed_at) == ("goal", 5_000)
    assert second == first == runs.get("cart_recovery-1")


def test_no_step_begins_once_a_run_is_closed_or_where_there_is_none(runs: Runs) -> None:
    runs.open(ENROLLMENT, "p_1")
    runs.close("cart_recovery-1", "exit", 5_000)

    assert runs.begin_step("cart_recovery-1", 1, "token-1", [level("meta", "carts")]) is None
    assert runs.begin_step("cart_recovery-2", 0, "token-0", []) is None
    assert (runs.get("cart_recovery-1") or JUST_OPENED).levels == ()


def test_a_run_keeps_the_version_that_it_began_with(runs: Runs) -> None:
    runs.open(ENROLLMENT, "p_1", "v-old")
    runs.open(ENROLLMENT, "p_1", "v-new")

    assert (runs.get("cart_recovery-1") or JUST_OPENED).version == "v-old"


def test_runs_are_counted_by_version_many_at_once(runs: Runs) -> None:
    for number in range(130):
        one = replace(ENROLLMENT, enrollment_id=f"cart_recovery-{number}")
        runs.open(one, "p_1", "v-old" if number < 100 else "v-new")
    asked = [f"cart_recovery-{number}" for number in range(140)]

    assert runs.versions([*asked, *asked]) == {"v-old": 100, "v-new": 30}
    assert runs.versions([]) == {}


def test_a_closed_run_is_not_opened_again(runs: Runs) -> None:
    runs.open(ENROLLMENT, "p_1")
    closed = runs.close("cart_recovery-1", "goal", 5_000)

    runs.open(ENROLLMENT, "p_1")

    assert runs.get("cart_recovery-1") == closed


def test_closing_what_was_never_opened_says_so(runs: Runs) -> None:
    assert runs.close("cart_recovery-2", "goal", 5_000) is None
    assert runs.get("cart_recovery-2") is None


def test_the_first_choice_of_a_step_stands_and_each_step_has_its_own(runs: Runs) -> None:
    runs.open(ENROLLMENT, "p_1")

    assert [runs.choose("cart_recovery-1", 0, 2), runs.choose("cart_recovery-1", 0, 1)] == [2, 2]
    assert runs.choose("cart_recovery-1", 1, 0) == 0
    assert runs.get("cart_recovery-1") == JUST_OPENED


def test_a_choice_makes_no_run_where_there_is_none(runs: Runs) -> None:
    assert runs.choose("cart_recovery-2", 0, 1) == 1
    assert runs.get("cart_recovery-2") is None
