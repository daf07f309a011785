"""The gate: every answer a value, every no with its reason."""

from typing import Any

import pytest

from hub import policy
from hub.clock import DAY, HOUR, Instant
from hub.consents import Consent
from hub.deliveries import Message
from hub.journey_states import JourneyState
from hub.policy import CLOSED, Decision, Later, No, Send
from hub.profiles import Profile, note, suppression
from hub.strategy.policy import Policy
from tests.builders import (
    NOW,
    a_delivery,
    a_journey,
    a_message,
    a_profile,
    an_action,
    an_enrollment,
    an_order,
    enrolled,
    rules_of,
)


def a_customer(**enrollment: Any) -> Profile:
    profile = Profile("p_1")
    enrolled(profile, **enrollment)
    return profile


def decided(
    profile: Profile | None,
    message: Message | None = None,
    *,
    channel: str = "email",
    paid: bool = False,
    now: Instant = NOW,
    state: JourneyState = "running",
    **written: Any,
) -> Decision:
    return policy.decide(
        message or a_message(),
        channel,
        paid=paid,
        profile=profile,
        rules=rules_of(segments={}, policy=written).under({"recovery": state}),
        now=now,
    )


def test_what_its_step_asks_must_be_true_still_when_a_message_leaves() -> None:
    """It may have waited: for the morning, for a vendor, for its journey to be resumed."""
    message = a_message(only_if={"not": {"did": "Order Completed"}})
    rules = rules_of(
        journeys=[
            a_journey(
                steps=[{"after": "0s", "do": [an_action()], "only_if": {"not": {"did": "Order Completed"}}}]
            )
        ]
    )
    bought = a_profile(an_order(), rules=rules)
    enrolled(bought)

    def asked(profile: Profile) -> Decision:
        return policy.decide(message, "email", paid=False, profile=profile, rules=rules, now=NOW)

    assert isinstance(asked(a_customer()), Send)
    assert asked(bought) == No("condition not met")


def test_whom_nothing_speaks_against_is_sent_to() -> None:
    profile = a_customer()

    assert decided(profile) == Send(profile)


def test_nobody_is_sent_to_who_is_not_there() -> None:
    assert decided(None) == No("no such customer")


def test_nobody_is_sent_to_who_is_not_in_the_journey() -> None:
    assert decided(Profile("p_1")) == No("not in the journey")


@pytest.mark.parametrize(("outcome", "reason"), CLOSED.items())
def test_when_the_run_is_over_the_reason_is_how_it_ended(outcome: Any, reason: str) -> None:
    assert decided(a_customer(outcome=outcome, closed_at=NOW)) == No(reason)


def test_who_is_held_out_gets_nothing_and_her_connector_sees_whether_she_could_have() -> None:
    profile = a_customer(arm="holdout")

    answer = decided(profile)

    assert answer == No("hold-out")
    assert isinstance(answer, No)
    assert answer.reachable is profile


def test_what_was_worth_something_for_a_while_expires() -> None:
    message = a_message(expires_at=NOW + HOUR)

    assert isinstance(decided(a_customer(), message, now=NOW + HOUR - 1), Send)
    assert decided(a_customer(), message, now=NOW + HOUR) == No("expired")


# ---- consent

PURPOSES = {"purposes": {"mailer": "news"}}


@pytest.mark.parametrize(
    ("said", "silence_means", "reason"),
    [
        (None, "opt_in", "no consent to news"),
        (None, "opt_out", ""),
        (False, "opt_out", "no consent to news"),
        (True, "opt_in", ""),
    ],
)
def test_a_purpose_needs_consent_and_the_policy_says_what_silence_means(
    *, said: bool | None, silence_means: str, reason: str
) -> None:
    profile = a_customer()
    profile.consents = {} if said is None else {"news": Consent(given=said, at=NOW)}

    answer = decided(profile, consent=silence_means, **PURPOSES)

    assert answer == (No(reason) if reason else Send(profile))


def test_an_action_has_a_purpose_of_its_own_or_its_connectors() -> None:
    profile = a_customer()
    profile.consents = {"service": Consent(given=True, at=NOW)}
    purposes = {"mailer": "news", "mailer.send_email": "service"}

    assert isinstance(decided(profile, purposes=purposes), Send)
    assert decided(profile, a_message(action="send_letter"), purposes=purposes) == No("no consent to news")


def test_who_unsubscribed_from_a_channel_gets_nothing_there_whatever_she_consented_to() -> None:
    profile = a_customer()
    profile.consents = {
        "news": Consent(given=True, at=NOW), suppression("email"): Consent(given=False, at=NOW)
    }  # fmt: skip

    assert decided(profile, **PURPOSES) == No("unsubscribed from email")
    assert isinstance(decided(profile, channel="sms", **PURPOSES), Send)


# ---- caps


def touched(profile: Profile, *, at: Instant = NOW, **fields: Any) -> Profile:
    note(
        profile, a_delivery(**{"message_id": f"earlier {len(profile.touches)}", "at": at, **fields}), Policy()
    )
    return profile


def test_a_cap_is_reached_when_as_many_went_out_in_its_window() -> None:
    caps = {"caps": [{"channel": "email", "at_most": 2, "within": "7d"}]}
    once, twice = touched(a_customer()), touched(touched(a_customer()))

    assert isinstance(decided(once, **caps), Send)
    assert decided(twice, **caps) == No("cap: 2 email in 7d")


def test_the_window_of_a_cap_rolls() -> None:
    caps = {"caps": [{"at_most": 1, "within": "7d"}]}
    profile = touched(a_customer(), at=NOW)

    assert decided(profile, now=NOW + 7 * DAY - 1, **caps) == No("cap: 1 messages in 7d")
    assert isinstance(decided(profile, now=NOW + 7 * DAY, **caps), Send)


@pytest.mark.parametrize(
    "status", ["queued", "sent", "delivered", "opened", "bounced", "unknown", "on", "off"]
)
def test_what_went_out_or_may_have_gone_out_counts(status: str) -> None:
    assert isinstance(
        decided(touched(a_customer(), status=status), caps=[{"at_most": 1, "within": "1d"}]), No
    )


@pytest.mark.parametrize("status", ["withheld", "failed", "rejected"])
def test_what_never_reached_her_does_not_count(status: str) -> None:
    assert isinstance(
        decided(touched(a_customer(), status=status), caps=[{"at_most": 1, "within": "1d"}]), Send
    )


@pytest.mark.parametrize(
    ("cap", "counts"),
    [
        ({"channel": "email"}, True), ({"channel": "sms"}, False), ({"journey": "recovery"}, True),
        ({"journey": "welcome"}, False), ({"media": "owned"}, True), ({"media": "paid"}, False), ({}, True),
    ],
)  # fmt: skip
def test_a_cap_asks_only_about_what_it_names(cap: dict[str, Any], *, counts: bool) -> None:
    answer = decided(touched(a_customer()), caps=[{"at_most": 1, "within": "1d", **cap}])

    assert isinstance(answer, No) == counts


def test_a_cap_counts_only_touches_of_its_kind() -> None:
    profile = touched(touched(a_customer(), channel="sms"), paid=True)

    assert isinstance(
        decided(profile, caps=[{"media": "owned", "channel": "email", "at_most": 1, "within": "1d"}]), Send
    )


def test_a_message_that_has_its_place_is_not_stopped_by_itself() -> None:
    profile = touched(a_customer(), message_id="msg_1", status="queued")

    assert isinstance(decided(profile, caps=[{"at_most": 1, "within": "1d"}]), Send)


@pytest.mark.parametrize("verb", ["upsert", "track", "show"])
def test_caps_are_about_being_addressed(verb: Any) -> None:
    answer = decided(
        touched(a_customer()), a_message(verb=verb, target="x"), caps=[{"at_most": 1, "within": "1d"}]
    )

    assert isinstance(answer, Send)


def test_what_does_not_address_her_fills_no_cap() -> None:
    profile = touched(a_customer(), capped=False)

    assert isinstance(decided(profile, caps=[{"at_most": 1, "within": "1d"}]), Send)


def test_final_reasons_come_before_those_that_only_mean_later() -> None:
    quiet = {"from": "00:00", "to": "23:59", "channels": ["email"]}

    profile = a_customer(outcome="goal", closed_at=NOW)

    assert decided(profile, quiet_hours=quiet) == No("converted")
    assert isinstance(decided(a_customer(), quiet_hours=quiet), Later)


def test_the_enrollment_is_looked_at_before_everything_else() -> None:
    profile = touched(a_customer(outcome="goal", closed_at=NOW))

    answer = decided(profile, a_message(expires_at=NOW), caps=[{"at_most": 0, "within": "1d"}], **PURPOSES)

    assert answer == No("converted")
    assert an_enrollment().enrollment_id in profile.enrollments
