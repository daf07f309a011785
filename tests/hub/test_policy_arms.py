"""A hold-out is told of those, and when, to whom the message would have gone out: both arms alike."""

from typing import Any

import pytest

from hub.clock import DAY
from hub.deliveries import Message, Status
from hub.policy import Hold, Later, No, Send
from hub.profiles import Profile, note
from hub.strategy.policy import Policy
from hub.touches import Touch, from_delivery, record
from tests.builders import NOW, a_delivery, a_message, enrolled
from tests.hub.test_policy import decided

REFUSALS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"expires_at": NOW}, {}),
    ({}, {"purposes": {"mailer": "news"}}),
    ({}, {"caps": [{"at_most": 0, "within": "1d"}]}),
    ({}, {"quiet_hours": {"from": "00:00", "to": "23:59", "channels": ["email"]}}),
]


def customer(arm: str) -> Profile:
    profile = Profile("p_1")
    enrolled(profile, arm=arm)
    return profile


@pytest.mark.parametrize(("message", "policy"), REFUSALS)
def test_what_stops_or_delays_the_others_stops_or_delays_who_is_held_out(
    message: dict[str, Any], policy: dict[str, Any]
) -> None:
    answers = [decided(customer(arm), a_message(**message), **policy) for arm in ("treated", "holdout")]

    assert answers[0] == answers[1]
    assert not isinstance(answers[0], Send)


def test_a_pause_holds_both_back() -> None:
    assert [decided(customer(arm), state="paused") for arm in ("treated", "holdout")] == [Hold(), Hold()]


def would_have_gone_out(profile: Profile, *names: str) -> None:
    for name in names:
        note(profile, a_delivery(message_id=name, status="withheld", reason="hold-out"), Policy())


def test_her_caps_fill_up_with_what_would_have_gone_out() -> None:
    caps = {"caps": [{"channel": "email", "at_most": 2, "within": "7d"}]}
    profile = customer("holdout")
    would_have_gone_out(profile, "one")
    assert decided(profile, **caps) == No("hold-out")

    would_have_gone_out(profile, "two")

    assert decided(profile, **caps) == No("cap: 2 email in 7d")
    assert decided(profile, now=NOW + 7 * DAY, **caps) == No("hold-out")


def test_what_would_have_gone_out_takes_no_place_from_a_journey_she_is_treated_in() -> None:
    profile = customer("treated")
    would_have_gone_out(profile, "one", "two")

    assert isinstance(decided(profile, caps=[{"at_most": 1, "within": "7d"}]), Send)


def told(status: str, at: int, reason: str = "") -> Touch:
    return from_delivery(a_delivery(status=status, at=at, reason=reason))


def test_who_is_held_out_stays_so_whatever_others_who_want_the_same_make_of_it() -> None:
    out, off = told("withheld", NOW, "hold-out"), told("off", NOW + 1)
    for order in ([out, off], [off, out]):
        touches: dict[str, Touch] = {}
        for touch in order:
            record(touches, touch)

        assert touches["msg_1"].status is Status.WITHHELD


@pytest.mark.parametrize("verb", ["upsert", "show", "track"])
def test_levels_and_conversions_are_held_out_too(verb: Any) -> None:
    message: Message = a_message(verb=verb, target="x")

    assert decided(customer("holdout"), message) == No("hold-out")
    assert isinstance(decided(customer("treated"), message), Send)


def test_a_message_in_quiet_hours_is_an_exposure_only_when_they_are_over() -> None:
    night = {"quiet_hours": {"from": "09:00", "to": "11:00", "channels": ["email"]}}

    waiting = decided(customer("holdout"), **night)

    assert isinstance(waiting, Later)
    assert decided(customer("holdout"), now=waiting.at, **night) == No("hold-out")
