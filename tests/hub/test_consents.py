"""Consent: the latest word by event time, and a withdrawal wins a tie."""

from itertools import permutations
from typing import Any

import pytest

from hub import consents
from hub.clock import HOUR, Instant
from hub.consents import Consent, Consents
from hub.deliveries import Status
from hub.events import Event
from hub.profiles import Profile, note, suppression
from hub.strategy.policy import Policy
from tests.builders import NOW, a_delivery, an_event


def said(at: Instant, preferences: Any) -> Event:
    return an_event(at=at, context={"consent": {"categoryPreferences": preferences}})


def heard(*events: Event) -> Consents:
    ends = []
    for order in permutations(events):
        kept: Consents = {}
        for event in order:
            consents.hear(kept, event)
        ends.append(kept)
    assert all(end == ends[0] for end in ends)
    return ends[0]


def test_the_latest_word_counts_whichever_comes_first() -> None:
    assert heard(said(NOW, {"email": False}), said(NOW + 1, {"email": True})) == {
        "email": Consent(given=True, at=NOW + 1)
    }


def test_a_withdrawal_wins_at_the_same_instant() -> None:
    assert heard(said(NOW, {"email": True}), said(NOW, {"email": False})) == {
        "email": Consent(given=False, at=NOW)
    }


def test_purposes_stand_for_themselves() -> None:
    events = [said(NOW, {"email": True, "ads": False}), said(NOW + 1, {"ads": True})]

    assert heard(*events) == {"email": Consent(given=True, at=NOW), "ads": Consent(given=True, at=NOW + 1)}


@pytest.mark.parametrize(
    "preferences", [None, "all", ["email"], {"email": "yes"}, {"email": 1}, {"email": None}]
)
def test_only_true_and_false_are_words_on_consent(preferences: Any) -> None:
    assert heard(said(NOW, preferences)) == {}


def test_consent_of_another_shape_is_passed_over() -> None:
    assert heard(an_event(context={"consent": True})) == {}


@pytest.mark.parametrize("status", [Status.UNSUBSCRIBED, Status.COMPLAINED])
def test_who_unsubscribes_or_complains_is_left_alone_on_that_channel(status: Status) -> None:
    profile = Profile("p_1")

    note(profile, a_delivery(status=status, at=NOW + HOUR), Policy())

    assert profile.consents == {suppression("email"): Consent(given=False, at=NOW + HOUR)}


def test_an_older_consent_does_not_undo_a_withdrawal() -> None:
    kept = heard(said(NOW, {"email": True}))

    consents.withdraw(kept, "email", NOW + 1)
    consents.hear(kept, said(NOW - 1, {"email": True}))

    assert kept == {"email": Consent(given=False, at=NOW + 1)}


def test_a_complaint_counts_whatever_later_word_there_is_on_its_message() -> None:
    """Else nothing would be written of it, and she would be written to again."""
    profile = Profile("p_1")
    note(profile, a_delivery(status="clicked", at=NOW + 1), Policy())

    assert note(profile, a_delivery(status="complained", at=NOW), Policy())
    assert not note(profile, a_delivery(status="complained", at=NOW), Policy())
    assert profile.consents[suppression("email")].given is False


def test_of_very_many_purposes_the_shortest_names_are_kept_in_any_order() -> None:
    told = [said(NOW + number, {f"purpose {number}": True}) for number in range(150)]

    for order in (told, told[::-1]):
        known: Consents = {}
        for event in order:
            consents.hear(known, event)
        assert set(known) == {f"purpose {number}" for number in range(100)}


def test_a_client_cannot_open_a_closed_channel_by_calling_it_a_purpose() -> None:
    profile = Profile("p_1")
    note(profile, a_delivery(status=Status.UNSUBSCRIBED, at=NOW), Policy())

    consents.hear(profile.consents, said(NOW + HOUR, {suppression("email"): True}))

    assert profile.consents[suppression("email")].given is False


def test_that_a_channel_is_closed_is_never_forgotten() -> None:
    known: Consents = {}
    consents.withdraw(known, suppression("a channel of a rather long name"), NOW)
    for number in range(150):
        consents.hear(known, said(NOW + number, {f"p{number}": True}))

    assert len(known) == 101
    assert suppression("a channel of a rather long name") in known
