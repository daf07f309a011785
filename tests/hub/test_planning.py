"""What a step asks for: which actions, as which messages, and what its own condition holds back."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from hub import profiles, stepping
from hub.backtest_journeys import facts_of
from hub.clock import HOUR, MINUTE
from hub.consents import Consent
from hub.deliveries import Message, Status
from hub.errors import ConfigurationError
from hub.profiles import Profile
from hub.rules import Rules
from hub.stepping import StepCall
from tests.builders import (
    NOW,
    Written,
    a_journey,
    a_level,
    a_line,
    a_profile,
    an_action,
    an_enrollment,
    an_event,
    an_identify,
    conversions_by,
    rules_of,
    runs,
)


def with_step(*, version: int = 1, **fields: Any) -> Rules:
    return rules_of(journeys=[a_journey(version=version, steps=[{"after": "10m", **fields}])])


def a_call(rules: Rules, **fields: Any) -> StepCall:
    given: dict[str, Any] = {
        "enrollment_id": an_enrollment().enrollment_id,
        "profile_id": "p_1",
        "journey": "recovery",
        "step": 0,
        "definition": rules.strategy.journey_by_name["recovery"].steps[0],
        "token": "t-1",
    }
    return StepCall(**{**given, **fields})


def planned(rules: Rules, profile: Profile | None = None, **fields: Any) -> list[Message]:
    return stepping.plan(a_call(rules, **fields), NOW, profile or Profile("p_1"), rules, NOW + 10 * MINUTE)[0]


def addresses(rules: Rules, profile: Profile | None = None, **fields: Any) -> list[str]:
    return [f"{message.connector}.{message.action}" for message in planned(rules, profile, **fields)]


def test_each_action_is_a_message_with_what_its_connector_declares() -> None:
    rules = with_step(do=[an_action(template="hello"), a_level()], expires_after="1h", between="09:00-20:00")

    send, level = planned(rules)

    assert (send.connector, send.action, send.verb) == ("mailer", "send_email", "send")
    assert send.params == {"template": "hello"}
    assert (level.connector, level.verb, level.target) == ("ads", "join", "shoppers")
    for message in (send, level):
        assert (message.profile_id, message.journey, message.step) == ("p_1", "recovery", 0)
        assert (message.planned_at, message.expires_at) == (NOW + 10 * MINUTE, NOW + 10 * MINUTE + HOUR)
        assert message.between is not None


def test_a_message_has_the_same_id_however_often_its_step_is_planned() -> None:
    rules = with_step(do=[an_action(template="one"), an_action(template="two"), a_level()])

    assert [one.message_id for one in planned(rules)] == [one.message_id for one in planned(rules)]
    assert len({one.message_id for one in planned(rules)}) == 3


def test_a_level_keeps_its_id_when_only_its_text_changes() -> None:
    """It stands on the same: a second copy would be switched on and off apart from the first."""
    before, after = (planned(with_step(do=[a_level(note=note)]))[0] for note in ("a", "b"))

    assert before.message_id == after.message_id


@pytest.mark.parametrize("fields", [{"enrollment_id": "other"}, {"step": 1}])
def test_another_run_or_step_is_another_message(fields: dict[str, Any]) -> None:
    rules = with_step(do=[an_action()])

    assert planned(rules)[0].message_id != planned(rules, **fields)[0].message_id


def test_what_the_strategy_does_not_know_of_its_connectors_stops_the_step() -> None:
    rules = with_step(do=[{"mailer.send_email": {}}])

    with pytest.raises(ConfigurationError, match=r"mailer\.send_email"):
        planned(rules)


# ---- only if


def test_a_step_whose_condition_holds_is_done() -> None:
    rules = with_step(do=[an_action()], only_if={"cart": {"items": {"at_least": 1}}})

    assert addresses(rules, a_profile(a_line(), rules=rules)) == ["mailer.send_email"]


def test_a_step_whose_condition_does_not_hold_says_so_for_each_action() -> None:
    rules = with_step(do=[an_action(), a_level()], only_if={"cart": {"items": {"at_least": 1}}})

    messages, held = stepping.plan(a_call(rules), NOW, Profile("p_1"), rules, NOW + HOUR)

    assert messages == []
    assert [(one.connector, one.status, one.reason, one.at) for one in held] == [
        ("mailer", Status.WITHHELD, "condition not met", NOW + HOUR),
        ("ads", Status.WITHHELD, "condition not met", NOW + HOUR),
    ]


def test_a_condition_looks_at_the_past_before_the_entry_too() -> None:
    rules = with_step(do=[an_action()], only_if={"did": "Product Viewed", "at_least": 2, "within": "7d"})
    profile = a_profile(an_event(at=NOW - HOUR), an_event(at=NOW - MINUTE), rules=rules)

    assert addresses(rules, profile) == ["mailer.send_email"]


def test_a_condition_that_the_strategy_of_today_no_longer_has_is_still_asked() -> None:
    old = with_step(do=[an_action()], only_if={"identified_by": "user_id"})
    today = with_step(do=[an_action()])
    call = a_call(old)

    known = a_profile(an_event(user_id="u-1"), rules=today)

    assert len(stepping.plan(call, NOW, known, today, NOW)[0]) == 1
    assert stepping.plan(call, NOW, Profile("p_1"), today, NOW)[0] == []


# ---- choose


def converted_by(*last: tuple[str, str]) -> Profile:
    return Profile("p_1", conversions=conversions_by(*last))


CHOICE: list[Written] = [an_action(), an_action("texter", "send_sms", channel="sms"), a_level()]


def test_the_channel_that_worked_most_often_comes_first() -> None:
    rules = with_step(choose=CHOICE)

    assert addresses(rules, converted_by(("texter", "send_sms"))) == ["texter.send_sms"]
    assert addresses(rules, converted_by(("ads", "join"), ("texter", "send_sms"), ("ads", "join"))) == [
        "ads.join"
    ]


def test_where_none_worked_the_first_one_written_is_taken() -> None:
    rules = with_step(choose=CHOICE)

    assert addresses(rules) == ["mailer.send_email"]
    assert addresses(rules, converted_by(("post", "send_letter"))) == ["mailer.send_email"]


def test_a_channel_that_cannot_reach_her_is_none_to_choose() -> None:
    mail = an_action(needs=[["profile.traits.email", "profile.email"]])
    text = an_action("texter", "send_sms", channel="sms", needs=[["profile.phone"]])
    rules = with_step(choose=[mail, text])

    assert addresses(rules, Profile("p_1")) == ["mailer.send_email"]
    assert addresses(rules, a_profile(an_identify(traits={"phone": "+420603123456"}))) == ["texter.send_sms"]
    assert addresses(rules, a_profile(an_identify(traits={"email": "anna@example.com"}))) == [
        "mailer.send_email"
    ]


def test_a_channel_that_she_does_not_want_is_none_to_choose() -> None:
    rules = with_step(choose=CHOICE)
    profile = Profile("p_1", consents={profiles.suppression("email"): Consent(given=False, at=NOW)})

    assert addresses(rules, profile) == ["texter.send_sms"]


def test_a_step_may_do_some_things_and_choose_another() -> None:
    assert addresses(with_step(do=[a_level()], choose=CHOICE[:2])) == ["ads.join", "mailer.send_email"]


# ---- variants

VARIANTS = [
    {"weight": 3, "do": [an_action(template="blue")]},
    {"weight": 1, "do": [an_action(template="green"), a_level()]},
]


def variant_of(rules: Rules, customer: int, **fields: Any) -> str:
    return str(planned(rules, Profile(f"p_{customer}"), **fields)[0].params["template"])


def test_customers_are_split_by_weight() -> None:
    rules = with_step(variants=VARIANTS)

    shares = Counter(variant_of(rules, customer) for customer in range(2_000))

    assert 0.71 < shares["blue"] / 2_000 < 0.79
    assert len(shares) == 2


def test_a_customer_keeps_her_variant() -> None:
    rules = with_step(variants=VARIANTS)

    again = [
        [variant_of(rules, customer, enrollment_id=run) for customer in range(50)] for run in ("e1", "e2")
    ]

    assert again[0] == again[1]


def test_a_variants_name_is_on_its_messages_and_on_what_becomes_of_them() -> None:
    named = [{"name": "calm", **VARIANTS[0]}, VARIANTS[1]]
    rules = with_step(do=[a_level()], variants=named)

    drawn = [planned(rules, Profile(f"p_{customer}")) for customer in range(40)]

    shown = {
        str(found[-1].params.get("template", "green")): {one.variant for one in found} for found in drawn
    }
    assert shown == {"blue": {"calm"}, "green": {"B"}}
    assert stepping.outcome(drawn[0][0], facts_of(drawn[0][0], rules), Status.SENT, NOW).variant


def test_without_variants_there_is_no_name() -> None:
    assert [one.variant for one in planned(with_step(do=[an_action()]))] == [""]


def test_a_variant_brings_all_its_actions() -> None:
    rules = with_step(variants=VARIANTS)
    green = next(customer for customer in range(100) if variant_of(rules, customer) == "green")

    assert addresses(rules, Profile(f"p_{green}")) == ["mailer.send_email", "ads.join"]


def test_a_customer_keeps_her_variant_from_step_to_step() -> None:
    rules = with_step(variants=VARIANTS)

    drawn = [[variant_of(rules, customer, step=step) for customer in range(50)] for step in (0, 1)]

    assert drawn[0] == drawn[1]


def test_in_whatever_order_they_are_written_a_name_is_the_same_customers() -> None:
    soft, hard = (
        {"name": name, "weight": weight, "do": [an_action(template=name)]}
        for name, weight in (("soft", 1), ("hard", 2))
    )
    one, other = with_step(variants=[soft, hard]), with_step(variants=[hard, soft])

    drawn = [[variant_of(rules, customer) for customer in range(50)] for rules in (one, other)]

    assert drawn[0] == drawn[1]
    assert set(drawn[0]) == {"soft", "hard"}


def test_a_retry_plans_the_same_messages_after_another_version_was_deployed_or_she_was_merged() -> None:
    """Other messages would have other ids: she would get both."""
    before, after = (with_step(variants=VARIANTS, version=version) for version in (1, 2))
    for customer in range(40):
        line = replace(a_line(), anonymous_id=f"a-{customer}")
        profile = a_profile(line, rules=before, until=NOW + HOUR)
        call = a_call(before, enrollment_id=runs(profile)[0].enrollment_id)
        older = {("anonymous_id", f"older-{customer}"): (0, NOW)}
        merged = replace(profile, profile_id="p_other", identifiers=profile.identifiers | older)

        planned_first, *planned_again = (
            [message.message_id for message in stepping.plan(call, NOW, whom, rules, NOW)[0]]
            for whom, rules in ((profile, before), (profile, after), (merged, before), (merged, after))
        )

        assert planned_again == [planned_first] * 3


@pytest.mark.parametrize("change", ["version", "journey"])
def test_another_version_or_journey_is_another_draw(change: str) -> None:
    before = with_step(variants=VARIANTS)
    after = with_step(variants=VARIANTS, version=2 if change == "version" else 1)
    fields: dict[str, Any] = {"journey": "other"} if change == "journey" else {}

    drawn = [(variant_of(before, one), variant_of(after, one, **fields)) for one in range(400)]

    both_green = sum(pair == ("green", "green") for pair in drawn) / 400
    assert 0.02 < both_green < 0.12


# ---- how a message stands in a delivery


def test_an_outcome_carries_what_the_message_and_its_connector_said() -> None:
    rules = with_step(do=[a_level(paid=True)])
    (message,) = planned(rules)

    told = stepping.outcome(message, facts_of(message, rules), Status.ON, NOW, "because")

    assert (told.message_id, told.channel, told.paid, told.capped) == (message.message_id, "ads", True, True)
    assert (told.status, told.at, told.reason) == (Status.ON, NOW, "because")
