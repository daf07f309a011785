"""What the ports of `hub.deferring` promise, held against the table and queue and against their fakes."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from hub.aws.journey_table import OLDEST, HeldMessageTable, JourneyStateTable
from hub.aws.timers import ConnectorTimers, TimedQueue
from hub.clock import DAY, HOUR, MINUTE, SECOND, Clock, Instant, real_now
from hub.deferring import Held
from hub.deliveries import Message
from tests.builders import WHOLE, a_message
from tests.fakes_delivery import FakeHeldMessages, FakeJourneyStates, FakeMessageTimers
from tests.moto_stack import MotoStack

GROUP, ROLE = "hub-local-deferred", "arn:aws:iam::123456789012:role/deferred"
DEAD = "arn:aws:sqs:eu-central-1:123456789012:hub-local-amazon_ses-dead"
LONG_AGO: Instant = 1_000
LETTER = a_message(message_id="msg_0123456789abcdef", **WHOLE)

# ---- states

States = JourneyStateTable | FakeJourneyStates


@pytest.fixture(params=["fake", "moto"])
def states(request: pytest.FixtureRequest) -> States:
    if request.param == "fake":
        return FakeJourneyStates()
    return JourneyStateTable(request.getfixturevalue("dynamodb"), request.getfixturevalue("stack").journeys)


def test_a_journey_that_was_never_touched_simply_runs(states: States) -> None:
    assert states.read() == {}


def test_what_was_said_last_of_each_journey_holds(states: States) -> None:
    states.set("recovery", "paused", 1)
    states.set("welcome", "draining", 2)
    states.set("birthday", "paused", 3)
    states.set("birthday", "running", 4)

    assert states.read() == {"recovery": "paused", "welcome": "draining"}


def test_a_warm_lambda_believes_what_it_read_for_fifteen_seconds(dynamodb: Any, stack: MotoStack) -> None:
    now = [0]
    ours = JourneyStateTable(dynamodb, stack.journeys, now=lambda: now[0])
    assert ours.recent() == {}
    JourneyStateTable(dynamodb, stack.journeys).set("recovery", "paused", 1)

    now[0] = OLDEST
    believed = ours.recent()
    now[0] = OLDEST + 1

    assert (believed, ours.recent()) == ({}, {"recovery": "paused"})


# ---- held messages

HeldMessages = HeldMessageTable | FakeHeldMessages


@pytest.fixture(params=["fake", "moto"])
def held(request: pytest.FixtureRequest) -> HeldMessages:
    if request.param == "fake":
        return FakeHeldMessages()
    return HeldMessageTable(request.getfixturevalue("dynamodb"), request.getfixturevalue("stack").journeys)


def test_a_held_message_is_found_again_as_it_was_under_its_journey(held: HeldMessages) -> None:
    other = a_message(message_id="msg_2", journey="welcome")
    held.hold(Held(message=LETTER, since=1))
    held.hold(Held(message=other, since=2))

    assert list(held.of("recovery")) == [Held(message=LETTER, since=1)]
    assert (held.count("recovery"), held.count("welcome"), held.count("none")) == (1, 1, 0)


def test_holding_twice_is_one_wait_the_later_one(held: HeldMessages) -> None:
    held.hold(Held(message=LETTER, since=1))
    held.hold(Held(message=LETTER, since=2))

    assert list(held.of("recovery")) == [Held(message=LETTER, since=2)]


def test_letting_go_of_a_wait_that_is_over_is_harmless_and_of_an_older_one_keeps_the_new(
    held: HeldMessages,
) -> None:
    held.hold(Held(message=LETTER, since=2))

    held.let_go(Held(message=LETTER, since=1))
    kept = held.count("recovery")
    for _ in range(2):
        held.let_go(Held(message=LETTER, since=2))

    assert (kept, held.count("recovery")) == (1, 0)


def test_many_are_held_without_losing_one(held: HeldMessages) -> None:
    for number in range(120):
        held.hold(Held(message=a_message(message_id=f"msg_{number}"), since=number))

    assert len({one.message.message_id for one in held.of("recovery")}) == 120


# ---- timers of messages

Due = Callable[[], list[Message]]
Make = Callable[[Clock], ConnectorTimers]


@pytest.fixture
def scheduler(stack: MotoStack) -> Any:  # noqa: ARG001 - moto must stand before a client is made
    client = boto3.client("scheduler")
    client.create_schedule_group(Name=GROUP)
    return client


@pytest.fixture
def queue(stack: MotoStack) -> str:
    return stack.queue("amazon_ses")


@pytest.fixture
def arn(sqs: Any, queue: str) -> str:
    found = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    return str(found["Attributes"]["QueueArn"])


@pytest.fixture
def timers(sqs: Any, scheduler: Any, queue: str, arn: str) -> Make:
    return lambda clock: ConnectorTimers(
        sqs,
        scheduler,
        queue=TimedQueue(url=queue, arn=arn, dead_letters_arn=DEAD),
        group=GROUP,
        role_arn=ROLE,
        clock=clock,
    )


def said(sqs: Any, queue: str, wait: int = 0) -> list[Message]:
    got = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=wait)
    return [Message.model_validate_json(one["Body"]) for one in got.get("Messages", [])]


@pytest.fixture(params=["fake", "moto"])
def port(request: pytest.FixtureRequest) -> tuple[ConnectorTimers | FakeMessageTimers, Due]:
    """The port, and the messages whose time has come."""
    if request.param == "fake":
        fake = FakeMessageTimers()
        return fake, lambda: fake.take(real_now())
    make, sqs, queue = (request.getfixturevalue(name) for name in ("timers", "sqs", "queue"))
    return make(Clock()), lambda: said(sqs, queue)


def test_a_message_whose_time_has_come_is_on_its_queue_as_it_was(
    port: tuple[ConnectorTimers | FakeMessageTimers, Due],
) -> None:
    timers, due = port

    timers.arm(LETTER, LONG_AGO)

    assert due() == [LETTER]


@pytest.mark.parametrize("wait", [10 * MINUTE, 9 * HOUR])
def test_a_message_whose_time_has_not_come_is_not(
    port: tuple[ConnectorTimers | FakeMessageTimers, Due], wait: int
) -> None:
    timers, due = port

    timers.arm(LETTER, real_now() + wait)

    assert due() == []


def test_up_to_a_quarter_of_an_hour_it_waits_in_the_queue_unseen(
    timers: Make, scheduler: Any, sqs: Any, queue: str
) -> None:
    timers(Clock()).arm(LETTER, real_now() + 15 * MINUTE - SECOND)

    counted = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]
    assert counted["ApproximateNumberOfMessagesDelayed"] == "1"
    assert scheduler.list_schedules(GroupName=GROUP)["Schedules"] == []


def test_a_near_one_comes_within_a_second_after_its_time_and_never_before(
    timers: Make, sqs: Any, queue: str
) -> None:
    clock = Clock(speed=3_600, origin=real_now(), start=1_795_262_400_000)
    at = clock.now() + 20 * MINUTE  # a third of a real second

    timers(clock).arm(LETTER, at)

    assert said(sqs, queue) == []
    while not (found := said(sqs, queue, wait=1)):
        time.sleep(0.05)
    assert found == [LETTER]
    assert at <= clock.now() < at + 2 * HOUR


def test_a_far_one_is_a_schedule_of_its_own_onto_its_queue_that_goes_when_it_is_done(
    timers: Make, scheduler: Any, arn: str
) -> None:
    at = (real_now() // SECOND) * SECOND + 9 * HOUR

    timers(Clock()).arm(LETTER, at)

    [only] = scheduler.list_schedules(GroupName=GROUP)["Schedules"]
    schedule = scheduler.get_schedule(Name=only["Name"], GroupName=GROUP)
    when = datetime.fromtimestamp(at // SECOND, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    assert LETTER.message_id in only["Name"]
    assert schedule["ScheduleExpression"] == f"at({when})"
    assert (schedule["Target"]["Arn"], schedule["Target"]["RoleArn"]) == (arn, ROLE)
    assert schedule["Target"]["DeadLetterConfig"] == {"Arn": DEAD}
    assert Message.model_validate_json(schedule["Target"]["Input"]) == LETTER
    assert schedule["ActionAfterCompletion"] == "DELETE"


def test_a_far_one_says_ids_and_what_the_strategy_wrote_and_nothing_of_the_customer(
    timers: Make, scheduler: Any
) -> None:
    timers(Clock()).arm(LETTER, real_now() + DAY)

    [only] = scheduler.list_schedules(GroupName=GROUP)["Schedules"]
    told = json.loads(scheduler.get_schedule(Name=only["Name"], GroupName=GROUP)["Target"]["Input"])
    assert told.keys() <= Message.model_fields.keys()
    assert told["params"] == WHOLE["params"]


def test_the_same_wait_asked_for_twice_is_one_schedule(timers: Make, scheduler: Any) -> None:
    morning, evening = real_now() + DAY, real_now() + 2 * DAY

    for at in (morning, morning, evening):
        timers(Clock()).arm(LETTER, at)

    assert len(scheduler.list_schedules(GroupName=GROUP)["Schedules"]) == 2


def test_a_schedules_name_is_no_longer_than_aws_takes(timers: Make, scheduler: Any) -> None:
    message = LETTER.model_copy(update={"message_id": f"msg_{'f' * 30}"})

    timers(Clock()).arm(message, real_now() + 300 * DAY)

    [only] = scheduler.list_schedules(GroupName=GROUP)["Schedules"]
    assert len(only["Name"]) <= 64
