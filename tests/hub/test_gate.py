"""Asking the gate keeps a place, so that two journeys at once cannot both slip through."""

import pytest

from hub import gate
from hub.clock import Instant
from hub.deliveries import Message, Status
from hub.errors import Conflict
from hub.policy import Decision, No, Send
from hub.profiles import Profile, note
from hub.rules import Rules
from tests.builders import NOW, a_delivery, a_message, enrolled, rules_of
from tests.fakes import FakeProfiles

ONE_A_DAY = rules_of(policy={"caps": [{"at_most": 1, "within": "1d"}]})


def kept(store: FakeProfiles | None = None) -> FakeProfiles:
    profiles = store or FakeProfiles()
    profile = Profile("p_1")
    enrolled(profile)
    profiles.put(profile)
    return profiles


def asked(
    profiles: FakeProfiles,
    message: Message,
    rules: Rules = ONE_A_DAY,
    now: Instant = NOW,
    *,
    paid: bool = False,
) -> Decision:
    return gate.permit(message, "email", paid=paid, profiles=profiles, rules=rules, now=now)


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
                gate.permit(other, "email", paid=False, profiles=self, rules=ONE_A_DAY, now=NOW)
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
    assert len(profiles.changes) == 2


def test_a_no_writes_nothing() -> None:
    profiles = kept()

    assert asked(profiles, a_message(enrollment_id="unknown")) == No("not in the journey")
    assert len(profiles.changes) == 1


def test_what_is_not_capped_takes_no_place() -> None:
    profiles = kept()

    assert isinstance(asked(profiles, a_message(verb="upsert", target="x")), Send)
    assert the_customer(profiles).touches == {}


def test_a_place_that_was_given_up_is_taken_again() -> None:
    profiles = kept()
    asked(profiles, a_message())
    profile = the_customer(profiles)
    note(profile, a_delivery(status="failed", at=NOW + 1))
    profiles.put(profile)

    answer = asked(profiles, a_message(), now=NOW + 2)

    assert isinstance(answer, Send)
    assert the_customer(profiles).touches["msg_1"].status is Status.QUEUED


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


def test_a_merged_customer_is_asked_about_by_her_old_id() -> None:
    profiles = kept()
    winner = Profile("p_2")
    enrolled(winner)
    profiles.put(winner)
    profiles.merge(winner, [the_customer(profiles)])

    answer = asked(profiles, a_message())

    assert isinstance(answer, Send)
    assert answer.profile.profile_id == "p_2"
