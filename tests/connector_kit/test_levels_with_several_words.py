"""Several runs want one level, each in words of its own: the run entered last of those let is heard."""

from typing import Any

import pytest

from hub.connector_kit.requests import LostAnswer, NeverLeft
from hub.deliveries import Message, Status
from hub.enrollments import Enrollment
from hub.policy import Decision, Later, No
from hub.policy import Send as Go
from hub.profiles import Profile
from tests.delivery_desk import Desk, an_update, key_of

HELD_OUT = No("hold-out", Profile("p_anna"))
TOMORROW = Later(10**15, "delivery window")


def says(words: str, run: str, step: int = 0) -> Message:
    params = {"attributes": {"offer": words}}
    return an_update(message_id=f"msg_{run}{step}", enrollment_id=run, step=step, params=params)


A, B, C = (says(f"of {run}", run) for run in "abc")


def entered(run: str, at: int) -> Enrollment:
    return Enrollment(
        enrollment_id=run, journey=run, key="", entered_at=at, ends_at=at + 1_000, arm="treated"
    )


def a_desk(**refusals: Decision) -> Desk:
    """Anna entered a, then b, then c; the gate says yes but for what is told."""
    anna = Profile("p_anna", enrollments={run: entered(run, at) for at, run in enumerate("abc")})
    desk = Desk(customers={"p_anna": anna})
    desk.say = lambda message: refusals.get(message.enrollment_id) or Go(anna)
    return desk


def offers(desk: Desk) -> list[Any]:
    """What the vendor was told, in order; None is emptied."""
    return [request.json["what"]["offer"] for request in desk.vendor.requests]


def told(desk: Desk) -> list[tuple[str, Status, str]]:
    return [(one.message_id, one.status, one.reason) for one in desk.outcomes.deliveries]


@pytest.mark.parametrize(
    "refusal", [HELD_OUT, No("cap: 1 ads in 7d", leaves_standing=True), TOMORROW], ids=repr
)
def test_who_may_not_have_it_changes_nothing_that_stands(refusal: Decision) -> None:
    desk = a_desk(b=refusal)
    desk.turn_on(A)

    desk.turn_on(B)
    desk.deliver(A)

    assert offers(desk) == ["of a"]


def test_the_words_of_the_run_entered_last_stand_whoever_comes_last() -> None:
    desk = a_desk()
    desk.turn_on(B)
    desk.turn_on(A)

    assert offers(desk) == ["of b"]
    assert [status for _, status, _ in told(desk)] == [Status.ON, Status.ON]


def test_when_the_last_leaves_the_next_ones_words_stand_again_and_then_nobodys() -> None:
    desk = a_desk()
    for one in (A, B, C):
        desk.turn_on(one)

    for one in (C, B, A):
        desk.turn_off(one.model_copy(update={"turns_off": True}))

    assert offers(desk) == ["of a", "of b", "of c", "of b", "of a", None]
    assert told(desk)[3:] == [
        ("msg_c0", Status.OFF, "stands for another run"),
        ("msg_b0", Status.OFF, "stands for another run"),
        ("msg_a0", Status.OFF, ""),
    ]


def test_when_another_leaves_nobody_is_told_anything() -> None:
    desk = a_desk()
    desk.turn_on(A)
    desk.turn_on(B)

    desk.turn_off(A)

    assert offers(desk) == ["of a", "of b"]


def test_whose_turn_it_is_again_is_asked_for_anew_and_goes_with_a_no() -> None:
    desk = a_desk()
    for one in (A, B, C):
        desk.turn_on(one)
    anna = desk.customers["p_anna"]
    desk.say = lambda message: No("converted") if message == B else Go(anna)

    desk.turn_off(C)

    assert offers(desk)[3:] == ["of a"]
    [effect] = desk.effects.read([key_of(A)])
    assert effect.stands_for == {"a"}


def test_who_could_not_be_told_of_any_more_gives_way_and_what_is_left_over_is_withdrawn() -> None:
    desk = a_desk()
    desk.turn_on(A)
    desk.turn_on(B)
    desk.emails.clear()

    desk.turn_off(B)

    assert offers(desk) == ["of a", "of b", None]


def test_a_later_step_says_it_anew_and_one_that_is_refused_leaves_the_words_of_the_earlier() -> None:
    desk, later = a_desk(), says("later", "a", step=1)
    desk.turn_on(A)
    desk.turn_on(later)
    anna = desk.customers["p_anna"]
    desk.say = lambda message: No("expired", leaves_standing=True) if message.step == 2 else Go(anna)

    desk.turn_on(says("latest", "a", step=2))
    desk.deliver(A)

    assert offers(desk) == ["of a", "later"]
    assert told(desk)[2] == ("msg_a2", Status.WITHHELD, "expired")


@pytest.mark.parametrize("trouble", [NeverLeft("no route"), LostAnswer("timeout")])
def test_what_was_on_its_way_when_its_run_ended_gives_way_to_what_stood_before(trouble: Exception) -> None:
    desk = a_desk()
    desk.turn_on(A)
    desk.vendor.answers = [trouble]
    desk.turn_on(B)

    desk.turn_off(B)

    assert desk.vendor.attributes == {"anna@example.com": {"offer": "of a"}}
    [effect] = desk.effects.read([key_of(A)])
    assert (effect.says, bool(effect.confirmed)) == ("a", True)


def test_words_that_could_not_be_replaced_come_again() -> None:
    desk = a_desk()
    desk.turn_on(A)
    desk.turn_on(B)
    desk.vendor.answers = [NeverLeft("no route")]

    [waiting] = desk.turn_off(B)
    [done] = desk.deliver(B)

    assert (waiting.delivery, waiting.again is not None) == (None, True)
    assert done.delivery is not None
    assert done.delivery.status is Status.OFF
    assert desk.vendor.attributes == {"anna@example.com": {"offer": "of a"}}


def test_in_one_batch_each_message_has_its_own_word() -> None:
    desk = a_desk(b=TOMORROW, c=HELD_OUT)
    for one in (A, B, C):
        desk.effects.want(one)

    results = desk.deliver(A, B, C)

    assert told(desk) == [("msg_a0", Status.ON, ""), ("msg_c0", Status.WITHHELD, "hold-out")]
    assert results[1].deferred == TOMORROW


# ---- what is told of a run that is over


def test_who_never_had_it_is_not_told_of_as_on_because_another_has_it() -> None:
    desk = a_desk(b=TOMORROW)
    desk.turn_on(B)
    desk.turn_off(B.model_copy(update={"turns_off": True}))
    desk.turn_on(A)
    anna = desk.customers["p_anna"]
    desk.say = lambda message: No("converted") if message == B else Go(anna)

    desk.deliver(B)

    assert told(desk) == [
        ("msg_b0", Status.WITHHELD, "no longer wanted"),
        ("msg_a0", Status.ON, ""),
        ("msg_b0", Status.WITHHELD, "converted"),
    ]


def test_who_never_had_it_is_not_told_of_as_off_because_another_had_it() -> None:
    desk = a_desk()
    desk.turn_on(A)
    desk.turn_off(A)

    desk.turn_off(B)

    assert told(desk)[-1] == ("msg_b0", Status.WITHHELD, "no longer wanted")


def test_a_late_hint_does_not_hide_the_off_of_a_run_that_had_it() -> None:
    desk = a_desk()
    desk.turn_on(B)
    desk.turn_off(B)
    desk.turn_on(A)

    desk.deliver(B)

    assert told(desk)[-1] == ("msg_b0", Status.OFF, "stands for another run")


def test_an_off_is_told_with_its_own_time_however_often_it_is_told() -> None:
    desk = a_desk()
    desk.turn_on(A)
    over_at = desk.time.now()
    desk.time.advance(5_000)
    desk.turn_off(A.model_copy(update={"turns_off": True, "planned_at": over_at}))
    desk.time.advance(72_000)

    [again] = desk.deliver(A.model_copy(update={"turns_off": True, "planned_at": desk.time.now()}))

    assert [one.at for one in desk.outcomes.deliveries[1:]] == [over_at + 5_000] * 2
    assert again.time_to_off is None


def test_the_end_of_a_run_is_told_of_the_step_that_had_it() -> None:
    desk = a_desk()
    desk.turn_on(A)
    anna = desk.customers["p_anna"]
    desk.say = lambda message: No("cap: 1", leaves_standing=True) if message.step else Go(anna)
    desk.turn_on(says("later", "a", step=1))

    desk.turn_off(says("later", "a", step=1).model_copy(update={"turns_off": True}))

    assert told(desk)[1:] == [("msg_a1", Status.WITHHELD, "cap: 1"), ("msg_a0", Status.OFF, "")]


def test_what_stood_and_is_refused_when_asked_for_again_stays_off_as_of_then() -> None:
    desk = a_desk()
    desk.turn_on(A)
    desk.turn_off(A)
    off_at = desk.time.now()
    desk.time.advance(1_000)
    desk.say = lambda _: No("cap: 1 ads in 7d", leaves_standing=True)

    desk.turn_on(A)

    last = desk.outcomes.deliveries[-1]
    assert (last.status, last.at) == (Status.OFF, off_at)


def test_a_gate_that_cannot_say_why_a_run_never_had_it_troubles_no_other_message() -> None:
    desk, elsewhere = a_desk(), A.model_copy(update={"target": "t2", "message_id": "msg_other"})
    desk.effects.want(elsewhere)
    anna = desk.customers["p_anna"]

    def say(message: Message) -> Decision:
        if message == B:
            raise TimeoutError
        return Go(anna)

    desk.say = say

    late, done = desk.deliver(B, elsewhere)

    assert (late.delivery, late.again is not None) == (None, True)
    assert done.delivery is not None
    assert done.delivery.status is Status.ON
