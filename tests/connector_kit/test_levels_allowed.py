"""Being wanted is not being allowed: a level stands for runs that the gate let have it, and for no other."""

import pytest

from hub.connector_kit.requests import LostAnswer
from hub.connector_kit.results import Result
from hub.deliveries import Message, Status
from hub.policy import Decision, Hold, Later, No
from hub.policy import Send as Go
from hub.profiles import Profile
from tests.delivery_desk import Desk, a_join, key_of

OTHER = "win_back-9"
THEIRS = a_join(message_id="msg_2", enrollment_id=OTHER)
HELD_OUT = No("hold-out", Profile("p_anna"))
CAPPED = No("cap: 1 ads in 7d", leaves_standing=True)
NO_CONSENT = No("no consent to ads")
TOMORROW = Later(10**15, "delivery window")


def told(results: list[Result]) -> list[tuple[Status, str]]:
    return [(one.delivery.status, one.delivery.reason) for one in results if one.delivery]


def desk_where_another(says: Decision) -> Desk:
    """Hers stands; another run that wants the same is told this by the gate."""
    desk = Desk()
    desk.turn_on(a_join())
    desk.say = lambda message: says if message.enrollment_id == OTHER else Go(Profile("p_anna"))
    return desk


@pytest.mark.parametrize("says", [HELD_OUT, CAPPED, NO_CONSENT, TOMORROW, Hold()], ids=repr)
def test_who_only_wants_a_level_does_not_keep_it_on(says: Decision) -> None:
    desk = desk_where_another(says)
    desk.turn_on(THEIRS)

    results = desk.turn_off(a_join())

    assert desk.vendor.audiences == {"tea": set()}
    assert told(results) == [(Status.OFF, "")]


@pytest.mark.parametrize("says", [HELD_OUT, CAPPED, NO_CONSENT], ids=lambda one: one.reason)
def test_who_may_not_have_what_another_has_hears_why(says: No) -> None:
    desk = desk_where_another(says)

    assert told(desk.turn_on(THEIRS)) == [(Status.WITHHELD, says.reason)]
    assert desk.vendor.audiences == {"tea": {"anna@example.com"}}


@pytest.mark.parametrize("says", [TOMORROW, Hold()])
def test_who_has_to_wait_waits_though_the_level_is_turned_off_for_the_other_in_the_same_batch(
    says: Later | Hold,
) -> None:
    desk = desk_where_another(says)
    desk.effects.want(THEIRS)
    desk.effects.unwant(key_of(a_join()), a_join().enrollment_id)

    results = desk.deliver(a_join(), THEIRS)

    assert desk.vendor.audiences == {"tea": set()}
    assert [told(results), results[1].deferred] == [[(Status.OFF, "")], says]


def test_who_was_let_have_it_keeps_it_on_when_the_first_is_over() -> None:
    desk = Desk()
    desk.turn_on(a_join())
    desk.turn_on(THEIRS)

    desk.turn_off(a_join())

    assert desk.vendor.audiences == {"tea": {"anna@example.com"}}
    assert len(desk.vendor.requests) == 1


def later_step(number: int = 2) -> Message:
    return a_join(message_id=f"msg_{number}", step=number)


def test_a_no_to_a_later_step_takes_down_what_an_earlier_one_of_the_run_had() -> None:
    desk = Desk()
    desk.turn_on(a_join())
    desk.say = lambda _: NO_CONSENT

    results = desk.turn_on(later_step())

    assert desk.vendor.audiences == {"tea": set()}
    assert told(results) == [(Status.WITHHELD, "no consent to ads")]


def test_what_a_run_has_standing_stays_where_the_gate_only_wants_no_more_of_it() -> None:
    desk = Desk()
    desk.turn_on(a_join())
    desk.say = lambda _: CAPPED

    results = desk.turn_on(later_step())

    assert desk.vendor.audiences == {"tea": {"anna@example.com"}}
    assert told(results) == [(Status.WITHHELD, CAPPED.reason)]


def test_a_withdrawal_that_waited_for_its_vendor_is_not_undone_by_a_later_step_that_may_not() -> None:
    desk = Desk()
    desk.turn_on(a_join())
    desk.effects.unwant(key_of(a_join()), a_join().enrollment_id)
    desk.effects.want(later_step())
    desk.say = lambda _: NO_CONSENT

    results = desk.deliver(a_join(turns_off=True))

    assert desk.vendor.audiences == {"tea": set()}
    assert told(results) == [(Status.OFF, "")]
    assert told(desk.deliver(later_step())) == [(Status.WITHHELD, "no consent to ads")]


def test_an_early_step_that_is_too_late_says_nothing_against_a_later_one() -> None:
    desk = Desk()
    expired = No("expired", leaves_standing=True)
    desk.say = lambda message: expired if message.step == 0 else Go(Profile("p_anna"))
    desk.effects.want(a_join())
    desk.effects.want(later_step())

    first = desk.deliver(a_join())

    assert told(first) == [(Status.WITHHELD, "expired")]
    assert told(desk.deliver(later_step())) == [(Status.ON, "")]
    assert desk.vendor.audiences == {"tea": {"anna@example.com"}}


def test_a_level_in_doubt_stays_on_for_who_may_have_it_when_another_is_told_no() -> None:
    desk = desk_where_another(NO_CONSENT)
    desk.emails["p_anna"] = "anna@new.example.com"
    desk.vendor.answers = [LostAnswer("ReadTimeoutError")]
    desk.deliver(a_join())

    results = desk.turn_on(THEIRS)

    assert told(results) == [(Status.WITHHELD, "no consent to ads")]
    assert desk.vendor.audiences == {"tea": {"anna@example.com", "anna@new.example.com"}}
