"""Asking the gate keeps a place, so that two journeys at once cannot both slip through."""

from collections.abc import Callable

import pytest

from hub.clock import DAY, HOUR, Instant
from hub.deliveries import Message, Status
from hub.errors import Conflict
from hub.gate import Gate
from hub.journey_states import States
from hub.merges import Merge
from hub.policy import Decision, Hold, No, Send
from hub.profiles import Profile, note
from hub.rules import Rules
from hub.strategy.policy import Policy
from tests.builders import (
    NOW,
    a_delivery,
    a_journey,
    a_line,
    a_message,
    a_profile,
    enrolled,
    go_on,
    rules_of,
)
from tests.fakes import FakeProfiles

ONE_A_DAY = rules_of(policy={"caps": [{"at_most": 1, "within": "1d"}]})


def kept(store: FakeProfiles | None = None) -> FakeProfiles:
    profiles = store or FakeProfiles()
    profile = Profile("p_1")
    enrolled(profile)
    profiles.put(profile)
    return profiles


def at_the_gate(
    profiles: FakeProfiles,
    rules: Rules = ONE_A_DAY,
    now: Instant = NOW,
    step_aside: Callable[[int], None] = lambda _: None,
) -> Gate:
    return Gate(profiles=profiles, rules=rules, now=lambda: now, step_aside=step_aside)


def asked(
    profiles: FakeProfiles,
    message: Message,
    rules: Rules = ONE_A_DAY,
    now: Instant = NOW,
    *,
    paid: bool = False,
    why_not: str = "",
) -> Decision:
    return at_the_gate(profiles, rules, now).permit(message, "email", paid=paid, ready=lambda *_: why_not)


def the_customer(profiles: FakeProfiles) -> Profile:
    profile = profiles.get("p_1")
    assert profile
    return profile


class Contested(FakeProfiles):
    """Other writers are faster, a few times."""

    def __init__(self, others: int, write: Message | None = None) -> None:
        super().__init__()
        self.others, self.write = others, write

    def put(self, profile: Profile) -> None:
        if profile.version and self.others:
            self.others -= 1
            if self.write:
                other, self.write = self.write, None
                asked(self, other)
            raise Conflict(profile.profile_id)
        super().put(profile)


def test_a_yes_is_written_on_the_profile_before_it_is_given() -> None:
    profiles = kept()

    answer = asked(profiles, a_message(), paid=True)

    (touch,) = the_customer(profiles).touches.values()
    assert isinstance(answer, Send)
    assert set(answer.profile.touches) == {"msg_1"}
    assert (touch.status, touch.first_at, touch.channel, touch.paid, touch.capped) == (
        Status.QUEUED, NOW, "email", True, True,
    )  # fmt: skip


def test_the_next_message_meets_the_cap() -> None:
    profiles = kept()

    answers = [asked(profiles, a_message(message_id=name)) for name in ("msg_1", "msg_2")]

    assert isinstance(answers[0], Send)
    assert answers[1] == No("cap: 1 messages in 1d")


def test_asking_again_for_the_same_message_says_yes_and_takes_no_second_place() -> None:
    profiles = kept()

    answers = [asked(profiles, a_message()) for _ in range(2)]

    assert all(isinstance(answer, Send) for answer in answers)
    assert set(the_customer(profiles).touches) == {"msg_1"}


def test_a_no_writes_nothing() -> None:
    profiles = kept()

    assert asked(profiles, a_message(enrollment_id="unknown")) == No("not in the journey")
    assert len(profiles.changes) == 1


def test_what_is_not_capped_takes_no_place() -> None:
    profiles = kept()

    assert isinstance(asked(profiles, a_message(verb="upsert", target="x")), Send)
    assert the_customer(profiles).touches == {}


def permitted(profiles: FakeProfiles, now: Instant = NOW) -> Gate:
    """A consumer that may send the message."""
    gate = at_the_gate(profiles, now=now)
    answer = gate.permit(a_message(), "email", paid=False, ready=lambda *_: "")
    assert isinstance(answer, Send)
    return gate


def test_what_did_not_leave_gives_its_place_to_the_next() -> None:
    profiles = kept()

    permitted(profiles).give_back(a_message())

    assert the_customer(profiles).touches == {}
    assert isinstance(asked(profiles, a_message(message_id="msg_2")), Send)
    assert asked(profiles, a_message()) == No("cap: 1 messages in 1d")


def test_what_has_left_gives_nothing_back() -> None:
    profiles = kept()
    gate = permitted(profiles)
    profile = the_customer(profiles)
    note(profile, a_delivery(at=NOW + 1), Policy())
    profiles.put(profile)

    gate.give_back(a_message())

    assert the_customer(profiles).touches["msg_1"].status is Status.SENT


def test_a_place_is_given_back_though_others_write_meanwhile() -> None:
    profiles = Contested(0)
    gate = permitted(kept(profiles))

    profiles.others = 3
    gate.give_back(a_message())

    assert the_customer(profiles).touches == {}


def test_a_place_lapses_if_others_never_rest() -> None:
    profiles = Contested(0)
    gate = permitted(kept(profiles))

    profiles.others = 1_000
    gate.give_back(a_message())

    assert the_customer(profiles).touches["msg_1"].has_place


TOGETHER = pytest.mark.parametrize("later", [0, 1, -5], ids=["at once", "later", "by a slow clock"])


@TOGETHER
@pytest.mark.parametrize("first", [0, 1])
def test_of_twins_that_may_both_leave_one_that_did_not_takes_no_place_from_the_other(
    later: int, first: int
) -> None:
    profiles = kept()
    twins = [permitted(profiles), permitted(profiles, NOW + later)]

    twins[first].give_back(a_message())

    assert asked(profiles, a_message(message_id="msg_2"), now=NOW + 2) == No("cap: 1 messages in 1d")


@TOGETHER
def test_twins_that_both_did_not_leave_keep_no_place(later: int) -> None:
    profiles = kept()
    first, second = permitted(profiles), permitted(profiles, NOW + later)

    second.give_back(a_message())
    first.give_back(a_message())

    assert the_customer(profiles).touches == {}


def test_who_is_given_its_place_anew_gives_it_back_once() -> None:
    profiles = kept()
    gate = permitted(profiles)
    gate.permit(a_message(), "email", paid=False, ready=lambda *_: "")

    gate.give_back(a_message())
    gate.give_back(a_message())

    assert the_customer(profiles).touches == {}


def test_the_place_of_a_consumer_that_died_is_nobodys() -> None:
    profiles = kept()
    died = permitted(profiles)

    permitted(profiles, NOW + died.in_flight).give_back(a_message())

    assert the_customer(profiles).touches == {}


def test_a_place_lapses_with_its_window_and_the_message_is_asked_again() -> None:
    profiles = kept()
    asked(profiles, a_message())

    assert isinstance(asked(profiles, a_message(message_id="msg_2"), now=NOW + DAY), Send)
    assert asked(profiles, a_message(), now=NOW + DAY + 1) == No("cap: 1 messages in 1d")


def test_what_leaves_later_than_it_was_first_asked_about_counts_from_then() -> None:
    profiles = kept()
    asked(profiles, a_message())

    assert isinstance(asked(profiles, a_message(), now=NOW + DAY - 1), Send)
    assert asked(profiles, a_message(message_id="msg_2"), now=NOW + DAY) == No("cap: 1 messages in 1d")


def test_who_cannot_be_reached_takes_no_place_from_what_can() -> None:
    profiles = kept()

    assert asked(profiles, a_message(), why_not="no address") == No("no address")
    assert isinstance(asked(profiles, a_message(message_id="msg_2")), Send)


def test_what_has_to_wait_for_its_vendor_takes_no_place() -> None:
    def wait(*_: object) -> str:
        raise TimeoutError

    profiles = kept()
    with pytest.raises(TimeoutError):
        at_the_gate(profiles).permit(a_message(), "email", paid=False, ready=wait)

    assert the_customer(profiles).touches == {}


def test_what_no_cap_counts_takes_no_place() -> None:
    profiles = kept()
    of_texts = rules_of(policy={"caps": [{"channel": "sms", "at_most": 1, "within": "1d"}]})

    assert isinstance(asked(profiles, a_message(), of_texts), Send)
    assert len(profiles.changes) == 1


def test_of_two_messages_at_once_only_one_would_have_gone_out_to_who_is_held_out() -> None:
    profiles = FakeProfiles()
    profile = Profile("p_1")
    enrolled(profile, arm="holdout")
    profiles.put(profile)

    answers = [asked(profiles, a_message(message_id=name)) for name in ("msg_1", "msg_2", "msg_1")]

    assert answers == [No("hold-out"), No("cap: 1 messages in 1d"), No("hold-out")]


def test_a_lost_race_is_decided_again_on_what_the_winner_left() -> None:
    profiles = kept(Contested(1))

    assert isinstance(asked(profiles, a_message()), Send)
    assert set(the_customer(profiles).touches) == {"msg_1"}


def test_of_two_messages_at_once_only_one_slips_through() -> None:
    profiles = kept(Contested(1, write=a_message(message_id="msg_2")))

    answer = asked(profiles, a_message())

    assert answer == No("cap: 1 messages in 1d")
    assert set(the_customer(profiles).touches) == {"msg_2"}


def test_who_loses_every_race_gives_the_message_back() -> None:
    profiles = kept(Contested(1_000))

    with pytest.raises(Conflict, match="msg_1"):
        asked(profiles, a_message())


def test_between_two_races_it_steps_aside_longer_every_time() -> None:
    waits: list[int] = []

    gate = at_the_gate(kept(Contested(3)), step_aside=waits.append)
    answer = gate.permit(a_message(), "email", paid=False, ready=lambda *_: "")

    assert isinstance(answer, Send)
    assert waits == [0, 1, 2]


def test_the_place_knows_its_variant() -> None:
    profiles = kept()

    asked(profiles, a_message(variant="B"))

    (touch,) = the_customer(profiles).touches.values()
    assert touch.variant == "B"


def emptied(rules: Rules) -> FakeProfiles:
    """She filled her cart, was enrolled, and took everything out again an hour later."""
    profiles = FakeProfiles()
    profile = a_profile(a_line(NOW), rules=rules, until=NOW + HOUR)
    profiles.put(go_on(profile, rules, a_line(NOW + HOUR, name="Product Removed"), until=NOW + HOUR))
    return profiles


def test_a_cart_that_is_empty_when_the_message_is_due_has_ended_the_journey() -> None:
    rules = rules_of(journeys=[a_journey(exit={"cart": {"items": {"exactly": 0}}})])
    profiles = emptied(rules)
    [profile] = profiles.scan()
    [run] = profile.enrollments.values()

    message = a_message(profile_id=profile.profile_id, enrollment_id=run.enrollment_id)

    assert asked(profiles, message, rules, NOW + HOUR) == No("left the journey")


def test_what_time_alone_has_ended_is_over_though_no_timer_has_said_so_yet() -> None:
    rules = rules_of(journeys=[a_journey(exit={"quiet_for": "2h"})])
    profiles = FakeProfiles()
    profile = a_profile(a_line(NOW), rules=rules, until=NOW + HOUR)
    profiles.put(profile)
    [run] = profile.enrollments.values()
    message = a_message(profile_id=profile.profile_id, enrollment_id=run.enrollment_id)

    answers = [asked(profiles, message, rules, now) for now in (NOW + 2 * HOUR - 1, NOW + 2 * HOUR)]

    assert isinstance(answers[0], Send)
    assert answers[1] == No("left the journey")


@pytest.mark.parametrize("status", ["failed", "rejected", "withheld"])
def test_what_failed_for_good_gives_its_place_to_the_next(status: str) -> None:
    profiles = kept()
    asked(profiles, a_message())
    assert asked(profiles, a_message(message_id="msg_2")) == No("cap: 1 messages in 1d")

    profile = the_customer(profiles)
    note(profile, a_delivery(status=status, at=NOW + 1), Policy())
    profiles.put(profile)

    assert isinstance(asked(profiles, a_message(message_id="msg_2"), now=NOW + 2), Send)


def test_in_a_paused_journey_it_is_held_and_takes_no_place() -> None:
    profiles = kept()

    answer = asked(profiles, a_message(), ONE_A_DAY.under({"recovery": "paused"}))

    assert answer == Hold()
    assert the_customer(profiles).touches == {}


@pytest.mark.parametrize("states", [{"recovery": "draining"}, {"welcome": "paused"}])
def test_a_draining_journey_and_one_beside_a_paused_one_send(states: States) -> None:
    assert isinstance(asked(kept(), a_message(), ONE_A_DAY.under(states)), Send)


def test_a_merged_customer_is_asked_about_by_her_old_id() -> None:
    profiles = kept()
    winner = Profile("p_2")
    enrolled(winner)
    profiles.put(winner)
    merge = Merge(loser=the_customer(profiles), before=the_customer(profiles), at=NOW)
    profiles.merge(winner, [merge], {})

    answer = asked(profiles, a_message())

    assert isinstance(answer, Send)
    assert answer.profile.profile_id == "p_2"
