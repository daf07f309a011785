"""Levels converge: what should stand is compared with what was confirmed, and the difference is told."""

from hub.clock import HOUR
from hub.connector_kit.requests import LostAnswer, NeverLeft
from hub.connector_kit.results import Result
from hub.deliveries import Status
from hub.policy import Hold, Later, No
from hub.policy import Send as Go
from hub.profiles import Profile
from tests.delivery_desk import Desk, a_join, an_update

OTHER = "win_back-9"


def test_a_wanted_level_is_turned_on_and_confirmed() -> None:
    desk = Desk()

    [result] = desk.turn_on(a_join())

    assert desk.vendor.audiences == {"tea": {"anna@example.com"}}
    assert result.delivery is not None
    assert (result.delivery.status, result.delivery.paid) == (Status.ON, True)


def test_a_repeated_hint_asks_the_vendor_nothing_and_says_the_same() -> None:
    desk = Desk()
    desk.turn_on(a_join())

    [result] = desk.deliver(a_join())

    assert len(desk.vendor.requests) == 1
    assert result.delivery is not None
    assert result.delivery.status is Status.ON


def test_at_the_end_it_is_turned_off_and_the_time_that_took_is_known() -> None:
    desk = Desk()
    desk.turn_on(a_join())
    over_at = desk.time.now()
    desk.time.advance(1_700)

    [result] = desk.turn_off(a_join(planned_at=over_at))

    assert desk.vendor.audiences == {"tea": set()}
    assert result.delivery is not None
    assert result.delivery.status is Status.OFF
    assert result.time_to_off == 1_700


def test_turning_off_never_asks_the_gate() -> None:
    desk = Desk()
    desk.turn_on(a_join())
    desk.say = lambda _: No("no consent to ads")

    desk.turn_off(a_join())

    assert desk.vendor.audiences == {"tea": set()}


def test_a_late_join_finds_its_level_unwanted() -> None:
    desk = Desk()
    desk.turn_on(a_join())
    desk.turn_off(a_join())

    [late] = desk.deliver(a_join())

    assert desk.vendor.audiences == {"tea": set()}
    assert len(desk.vendor.requests) == 2
    assert late.delivery is not None
    assert late.delivery.status is Status.OFF


def test_what_was_never_on_is_not_turned_off_and_the_cancelled_message_is_withheld() -> None:
    desk = Desk()
    desk.effects.want(a_join())

    [result] = desk.turn_off(a_join())

    assert desk.vendor.requests == []
    assert result.delivery is not None
    assert (result.delivery.status, result.delivery.reason) == (Status.WITHHELD, "no longer wanted")
    assert result.time_to_off is None


def test_the_gates_no_leaves_it_off() -> None:
    desk = Desk(say=lambda _: No("no consent to ads"))

    [result] = desk.turn_on(a_join())

    assert desk.vendor.requests == []
    assert result.delivery is not None
    assert (result.delivery.status, result.delivery.reason) == (Status.WITHHELD, "no consent to ads")


def test_what_the_gate_puts_off_leaves_the_queue_with_its_word() -> None:
    desk = Desk()
    morning = desk.time.now() + HOUR
    desk.say = lambda _: Later(morning, "delivery window")

    [result] = desk.turn_on(a_join())

    assert result == Result(deferred=Later(morning, "delivery window"))


def test_where_two_journeys_want_the_same_one_that_may_have_it_is_enough() -> None:
    desk = Desk()
    first, second = a_join(), a_join(message_id="msg_2", enrollment_id=OTHER)
    desk.say = lambda message: No("cap: 1 ads in 7d") if message == first else Go(Profile("p_anna"))
    desk.effects.want(first)
    desk.effects.want(second)

    results = desk.deliver(first, second)

    assert [one.delivery.status for one in results if one.delivery] == [Status.WITHHELD, Status.ON]
    assert desk.vendor.audiences == {"tea": {"anna@example.com"}}


def test_where_one_of_two_only_has_to_wait_it_waits_and_the_other_is_told_no() -> None:
    desk = Desk()
    first, second = a_join(), a_join(message_id="msg_2", enrollment_id=OTHER)
    desk.say = lambda message: No("cap: 1 ads in 7d") if message == first else Hold()
    desk.effects.want(first)
    desk.effects.want(second)

    refused, waiting = desk.deliver(first, second)

    assert refused.delivery is not None
    assert refused.delivery.status is Status.WITHHELD
    assert waiting == Result(deferred=Hold())


def test_who_is_held_out_of_one_journey_is_so_though_another_turned_the_same_on() -> None:
    desk = Desk()
    treated, held_out = a_join(), a_join(message_id="msg_2", enrollment_id=OTHER)
    told_out = No("hold-out", Profile("p_anna"))
    desk.say = lambda message: told_out if message == held_out else Go(Profile("p_anna"))
    desk.effects.want(held_out)
    desk.effects.want(treated)

    results = [*desk.deliver(held_out, treated), *desk.deliver(held_out)]

    told = [
        (one.delivery.message_id, one.delivery.status, one.delivery.reason) for one in results if one.delivery
    ]
    assert told == [
        ("msg_2", Status.WITHHELD, "hold-out"),
        ("msg_1", Status.ON, ""),
        ("msg_2", Status.WITHHELD, "hold-out"),
    ]


def test_a_level_is_not_turned_on_for_who_is_held_out() -> None:
    desk = Desk()
    desk.say = lambda _: No("hold-out", Profile("p_anna"))

    [result] = desk.turn_on(a_join())

    assert result.delivery is not None
    assert (result.delivery.status, result.delivery.reason) == (Status.WITHHELD, "hold-out")
    assert desk.vendor.requests == []


def test_a_level_of_whom_it_could_not_have_reached_is_no_exposure() -> None:
    desk = Desk(emails={})
    desk.say = lambda _: No("hold-out", Profile("p_anna"))

    [result] = desk.turn_on(a_join())

    assert result.delivery is not None
    assert result.delivery.reason.startswith("no address")


def test_what_stands_confirmed_is_not_taken_back_by_a_cap() -> None:
    desk = Desk()
    desk.turn_on(a_join())
    desk.say = lambda _: No("cap: 1 ads in 7d", leaves_standing=True)

    [result] = desk.deliver(a_join())

    assert desk.vendor.audiences == {"tea": {"anna@example.com"}}
    assert result.delivery is not None
    assert result.delivery.status is Status.ON


def test_what_is_in_doubt_is_taken_back_by_a_no_and_may_have_stood() -> None:
    desk = Desk()
    desk.vendor.answers = [LostAnswer("ReadTimeoutError")]
    desk.turn_on(a_join())
    desk.vendor.audiences = {"tea": {"anna@example.com"}}
    desk.say = lambda _: No("no consent to ads")

    [result] = desk.deliver(a_join())

    assert desk.vendor.audiences == {"tea": set()}
    assert result.delivery is not None
    assert (result.delivery.status, result.delivery.reason) == (Status.OFF, "no consent to ads")


def test_it_stays_on_while_another_journey_wants_it() -> None:
    desk = Desk()
    desk.turn_on(a_join())
    desk.turn_on(a_join(message_id="msg_2", enrollment_id=OTHER))

    [result] = desk.turn_off(a_join())

    assert desk.vendor.audiences == {"tea": {"anna@example.com"}}
    assert result.delivery is not None
    assert (result.delivery.status, result.delivery.reason) == (Status.OFF, "stands for another run")
    assert result.time_to_off is None


def test_a_customer_without_an_address_is_withheld() -> None:
    desk = Desk(emails={})

    [result] = desk.turn_on(a_join())

    assert result.delivery is not None
    assert result.delivery.reason == "no address: email (profile.traits.email)"


def test_off_takes_back_everything_that_was_ever_put_in() -> None:
    desk = Desk()
    desk.turn_on(a_join())
    desk.emails["p_anna"] = "anna@new.example.com"
    desk.deliver(a_join())
    assert desk.vendor.audiences == {"tea": {"anna@example.com", "anna@new.example.com"}}
    desk.emails.clear()

    desk.turn_off(a_join())

    assert desk.vendor.audiences == {"tea": set()}


def test_content_that_changed_is_told_again_and_withdrawn_by_name() -> None:
    desk = Desk()
    desk.turn_on(an_update())
    assert desk.vendor.attributes == {"anna@example.com": {"cart": "2 x Green tea"}}

    desk.turn_off(an_update())

    assert desk.vendor.attributes == {"anna@example.com": {"cart": None}}


def test_a_join_that_did_not_reach_its_vendor_gives_its_place_back() -> None:
    desk = Desk()
    desk.vendor.answers = [NeverLeft("no route")]

    [result] = desk.turn_on(a_join())

    assert result.again is not None
    assert desk.given_back == [a_join()]


def test_a_join_that_may_have_reached_it_keeps_its_place() -> None:
    desk = Desk()
    desk.vendor.answers = [LostAnswer("timeout")]

    [result] = desk.turn_on(a_join())

    assert result.again is not None
    assert desk.given_back == []
