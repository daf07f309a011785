"""The profiles table's stream in, everything that follows out; records as moto's own stream gives them."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

import update_profiles
from hub.clock import HOUR, MINUTE, Instant
from hub.deliveries import Message
from hub.effects import EffectKey
from hub.enrollments import Enrollment
from hub.events import Event, to_json
from hub.identities import profile_id_for
from hub.timers import Tick
from react_to_changes import handler
from tests.functions.lambdas import Lambdas
from tests.lambda_events import failed_of, sqs_event
from tests.shoppers import NOON, RECOVERY, TEA, identify, strategy, track

ANNA, STRANGER = profile_id_for(("user_id", "u-1")), profile_id_for(("anonymous_id", "a-1"))
QUIET = NOON + 30 * MINUTE
ADDED = track("Product Added", NOON, properties=TEA | {"cart_id": "c-1"})


@pytest.fixture(autouse=True)
def _machine(lambdas: Lambdas) -> None:
    lambdas.make_machine(RECOVERY)


def absorb(lambdas: Lambdas, *events: Event, now: Instant | None = None, tick: str = "") -> dict[str, Any]:
    """The stream's batch that follows from them."""
    if now is not None:
        lambdas.at(now)
    body = {"tick": Tick(profile_id=tick, at=now or 0).model_dump()} if tick else {}
    told = {"events": [to_json(event) for event in events]} if events else body
    assert failed_of(update_profiles.handler(sqs_event(told), None)) == []
    return lambdas.stream.batch()


def abandon_a_cart(lambdas: Lambdas) -> Enrollment:
    """Half an hour of quiet, and everything that follows."""
    handler(absorb(lambdas, ADDED), None)
    handler(absorb(lambdas, now=QUIET, tick=ANNA), None)
    profile = lambdas.profiles.get(ANNA)
    assert profile
    [enrollment] = profile.enrollments.values()
    return enrollment


def test_the_stream_of_a_first_event_arms_her_timer_and_lists_her_memberships(lambdas: Lambdas) -> None:
    batch = absorb(lambdas, ADDED)

    handler(batch, None)

    assert lambdas.members.size("no_tea") == 1
    assert lambdas.members.size("cart_abandoner") == 0
    # Half an hour is more than a queue can wait.
    [schedule] = lambdas.scheduler.list_schedules(GroupName="timers")["Schedules"]
    assert schedule["Name"] == f"tick-{ANNA}"


def test_a_new_membership_is_listed_with_what_made_it_true(lambdas: Lambdas) -> None:
    abandon_a_cart(lambdas)

    member = lambdas.members.member("cart_abandoner", ANNA)

    assert member is not None
    assert member.since == QUIET
    cart, quiet = member.evidence["all"]
    assert cart["cart"]["items"] == 2
    assert quiet["from"] == "2026-11-21T12:30:00Z"


def test_entering_the_segment_starts_the_journeys_machine(lambdas: Lambdas) -> None:
    enrollment = abandon_a_cart(lambdas)

    [execution] = lambdas.machines.executions("recovery")
    run = lambdas.runs.get(enrollment.enrollment_id)
    assert execution["name"] == enrollment.enrollment_id
    assert run is not None
    assert (run.profile_id, run.journey, run.entered_at) == (ANNA, "recovery", QUIET)


def test_a_batch_that_comes_again_changes_nothing(lambdas: Lambdas) -> None:
    handler(absorb(lambdas, ADDED), None)
    batch = absorb(lambdas, now=QUIET, tick=ANNA)

    handler(batch, None)
    handler(batch, None)

    assert len(lambdas.machines.executions("recovery")) == 1
    assert lambdas.members.size("cart_abandoner") == 1


def test_coming_back_ends_the_membership_and_not_the_journey(lambdas: Lambdas) -> None:
    enrollment = abandon_a_cart(lambdas)

    handler(absorb(lambdas, track("Product Viewed", QUIET + MINUTE), now=QUIET + MINUTE), None)

    run = lambdas.runs.get(enrollment.enrollment_id)
    assert lambdas.members.size("cart_abandoner") == 0
    assert run is not None
    assert run.closed_at is None


def test_the_goal_closes_the_run_and_turns_off_what_no_machine_waits_to_turn_off(lambdas: Lambdas) -> None:
    enrollment = abandon_a_cart(lambdas)
    level = audience_level(enrollment)
    lambdas.effects.want(level)
    lambdas.runs.begin_step(enrollment.enrollment_id, 0, "a token nobody waits by", [level])
    bought = track("Order Completed", QUIET + HOUR, properties={"order_id": "o-1", "revenue": 25})

    handler(absorb(lambdas, bought, now=QUIET + HOUR), None)

    run = lambdas.runs.get(enrollment.enrollment_id)
    [effect] = lambdas.effects.of_profile(ANNA)
    assert run is not None
    assert (run.outcome, run.closed_at) == ("goal", QUIET + HOUR)
    assert not effect.wanted
    assert len(lambdas.queue("meta_custom_audiences")) == 1


def audience_level(enrollment: Enrollment) -> Message:
    return Message(
        message_id="msg_1",
        profile_id=ANNA,
        enrollment_id=enrollment.enrollment_id,
        journey="recovery",
        step=0,
        connector="meta_custom_audiences",
        action="join",
        verb="join",
        params={"audience": "carts"},
        target="carts",
        planned_at=QUIET,
    )


def test_a_merged_profile_leaves_its_segments_to_the_one_that_stays(lambdas: Lambdas) -> None:
    handler(absorb(lambdas, track("Product Viewed", NOON, anonymous_id="a-1")), None)
    handler(absorb(lambdas, identify(NOON + 1, user_id="u-1")), None)
    before = lambdas.members.size("no_tea")

    handler(absorb(lambdas, identify(NOON + 2)), None)

    assert before == 2
    assert [one.profile_id for one in lambdas.members.members("no_tea")] == [ANNA]


def test_items_that_are_no_profiles_and_items_that_are_gone_are_passed_over(lambdas: Lambdas) -> None:
    absorb(lambdas, identify())
    lambdas.profiles.claim(("email", "ben@example.com"), "p_2")
    lambdas.dynamodb.delete_item(TableName=lambdas.stack.profiles, Key={"pk": {"S": f"profile#{ANNA}"}})
    batch = lambdas.stream.batch()

    handler(batch, None)

    assert [record["eventName"] for record in batch["Records"]] == ["INSERT", "REMOVE"]
    assert lambdas.members.size("no_tea") == 0


def test_what_cannot_be_done_is_raised_so_that_the_batch_comes_again(lambdas: Lambdas) -> None:
    handler(absorb(lambdas, ADDED), None)
    batch = absorb(lambdas, now=QUIET, tick=ANNA)
    lambdas.dynamodb.delete_table(TableName=lambdas.stack.segments)

    with pytest.raises(ClientError):
        handler(batch, None)


def test_withdrawn_consent_takes_back_what_stands_on_it_and_lets_the_journey_go_on(lambdas: Lambdas) -> None:
    lambdas.follow(strategy(RECOVERY, purposes={"meta_custom_audiences": "advertising"}))
    enrollment = abandon_a_cart(lambdas)
    level = audience_level(enrollment)
    lambdas.effects.want(level)
    lambdas.runs.begin_step(enrollment.enrollment_id, 0, "token", [level])
    no = {"consent": {"categoryPreferences": {"advertising": False}}}

    handler(absorb(lambdas, track("Consent Changed", QUIET + 1, context=no), now=QUIET + 1), None)

    run = lambdas.runs.get(enrollment.enrollment_id)
    [effect] = lambdas.effects.read([EffectKey(profile_id=ANNA, connector=level.connector, target="carts")])
    assert not effect.wanted
    assert len(lambdas.queue("meta_custom_audiences")) == 1
    assert run is not None
    assert run.closed_at is None


@pytest.mark.parametrize("is_over", [False, True], ids=["goes on", "is over"])
def test_consent_given_again_asks_for_the_levels_of_a_run_that(lambdas: Lambdas, *, is_over: bool) -> None:
    lambdas.follow(strategy(RECOVERY, purposes={"meta_custom_audiences": "advertising"}))
    enrollment = abandon_a_cart(lambdas)
    level = audience_level(enrollment)
    lambdas.effects.want(level)
    lambdas.runs.begin_step(enrollment.enrollment_id, 0, "token", [level])
    no, yes = ({"consent": {"categoryPreferences": {"advertising": said}}} for said in (False, True))
    handler(absorb(lambdas, track("Consent Changed", QUIET + 1, context=no), now=QUIET + 1), None)
    if is_over:
        lambdas.runs.close(enrollment.enrollment_id, "goal", QUIET + 2)

    handler(absorb(lambdas, track("Consent Changed", QUIET + 3, context=yes), now=QUIET + 3), None)

    [effect] = lambdas.effects.read([EffectKey(profile_id=ANNA, connector=level.connector, target="carts")])
    assert effect.wanted is not is_over
    asked = [Message.model_validate_json(one) for one in lambdas.queue("meta_custom_audiences")]
    assert [one.turns_off for one in asked] == ([True] if is_over else [True, False])
