"""GET /v1/decisions as API Gateway hands it over: what the site may show, and to whom."""

import json
from dataclasses import replace
from typing import Any

import pytest

import update_profiles
from decide_content import handler
from hub.clock import HOUR
from hub.deliveries import Message
from hub.effects import EffectKey
from hub.enrollments import Arm, Enrollment
from hub.events import to_json
from hub.identities import profile_id_for
from tests.functions.lambdas import Lambdas
from tests.lambda_events import decisions_event, sqs_event
from tests.shoppers import NOON, TEA, track

ANNA = profile_id_for(("user_id", "u-1"))
SLOT = {"content": "reminder", "html": "<p>2 \u00d7 Green tea</p>"}


def ask(**query: str) -> tuple[int, Any]:
    answer = handler(decisions_event(**query), None)
    return answer["statusCode"], json.loads(answer["body"])


def show(lambdas: Lambdas, slot: str = "welcome", arm: Arm = "treated") -> Message:
    """Anna has a cart; a journey of hers fills the slot, and its connector has confirmed that."""
    if lambdas.profiles.get(ANNA) is None:
        added = track("Product Added", NOON, properties=TEA)
        update_profiles.handler(sqs_event({"events": [to_json(added)]}), None)
    anna = lambdas.profiles.get(ANNA)
    assert anna
    anna.enrollments["recovery-1"] = Enrollment(
        enrollment_id="recovery-1",
        journey="recovery",
        key="c-1",
        entered_at=NOON,
        ends_at=NOON + 72 * HOUR,
        arm=arm,
    )
    lambdas.profiles.put(anna)
    message = Message(
        message_id=f"msg_{slot}",
        profile_id=ANNA,
        enrollment_id="recovery-1",
        journey="recovery",
        step=0,
        connector="site",
        action="show",
        verb="show",
        params={"slot": slot, "content": "reminder"},
        target=slot,
        planned_at=NOON,
    )
    lambdas.effects.want(message)
    confirm(lambdas, message)
    return message


def confirm(lambdas: Lambdas, message: Message) -> None:
    key = EffectKey(profile_id=ANNA, connector="site", target=message.target)
    [effect] = lambdas.effects.read([key])
    leased = lambdas.effects.lease(replace(effect, allowed={message.enrollment_id: message}), now=1, until=2)
    assert leased
    lambdas.effects.confirm(leased, fingerprint="on", sent=["a row"])


@pytest.mark.parametrize("who", [{"userId": "u-1"}, {"anonymousId": "a-1"}])
def test_a_customer_is_shown_what_her_journey_put_into_the_slot(
    lambdas: Lambdas, who: dict[str, str]
) -> None:
    show(lambdas)

    assert ask(**who) == (200, {"success": True, "slots": {"welcome": SLOT}})


def test_a_stranger_is_shown_nothing(lambdas: Lambdas) -> None:
    show(lambdas)

    assert ask(anonymousId="a-2") == (200, {"success": True, "slots": {}})


def test_only_the_slots_that_were_asked_for_are_filled(lambdas: Lambdas) -> None:
    show(lambdas)
    show(lambdas, "banner")

    assert list(ask(userId="u-1", slots="banner,footer")[1]["slots"]) == ["banner"]
    assert list(ask(userId="u-1")[1]["slots"]) == ["banner", "welcome"]


def test_after_the_journey_nothing_of_it_is_shown_even_before_the_slot_was_cleared(lambdas: Lambdas) -> None:
    show(lambdas)
    bought = track("Order Completed", NOON + 1, properties={"order_id": "o-1"})
    update_profiles.handler(sqs_event({"events": [to_json(bought)]}), None)

    assert ask(userId="u-1")[1]["slots"] == {}


def test_who_is_held_out_is_shown_nothing(lambdas: Lambdas) -> None:
    show(lambdas, arm="holdout")

    assert ask(userId="u-1")[1]["slots"] == {}


def test_what_the_gate_has_not_let_through_is_not_shown(lambdas: Lambdas) -> None:
    """Wanted is what a journey asks for; consent, say, is for the connector's gate to see (P5)."""
    banner = {"target": "banner", "params": {"slot": "banner", "content": "reminder"}}
    lambdas.effects.want(show(lambdas).model_copy(update=banner))

    assert list(ask(userId="u-1")[1]["slots"]) == ["welcome"]


def test_what_stands_for_another_journey_that_is_over_is_not_shown_for_one_that_only_asks_for_it(
    lambdas: Lambdas,
) -> None:
    message = show(lambdas)
    anna = lambdas.profiles.get(ANNA)
    assert anna
    [one] = anna.enrollments.values()
    anna.enrollments["other-1"] = replace(one, enrollment_id="other-1", journey="other")
    anna.enrollments["recovery-1"] = replace(one, closed_at=NOON + 1, outcome="goal")
    lambdas.profiles.put(anna)
    lambdas.effects.want(message.model_copy(update={"enrollment_id": "other-1"}))

    assert ask(userId="u-1")[1]["slots"] == {}


@pytest.mark.parametrize("who", [{}, {"userId": " "}, {"anonymousId": "null"}, {"slots": "welcome"}])
def test_without_anybody_to_decide_for_the_answer_says_what_to_add(
    lambdas: Lambdas,  # noqa: ARG001
    who: dict[str, str],
) -> None:
    status, said = ask(**who)

    assert status == 400
    assert (said["success"], said["code"]) == (False, "no_user_anon_id")
    assert "anonymousId" in said["message"]


@pytest.mark.parametrize("query", [{"userId": "u-1"}, {}])
def test_every_page_may_ask_and_nobody_may_keep_the_answer(lambdas: Lambdas, query: dict[str, str]) -> None:  # noqa: ARG001
    headers = handler(decisions_event(**query), None)["headers"]

    assert headers["access-control-allow-origin"] == "*"
    assert headers["cache-control"] == "no-store"
    assert headers["content-type"] == "application/json"
