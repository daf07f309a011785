"""What `hub.ports.Timers` promises: a tick is said to the events queue, never before its time."""

import json
import time
from collections.abc import Callable
from typing import Any

import boto3
import pytest

from hub import facts
from hub.aws.timers import TickTimers, TimedQueue
from hub.clock import DAY, HOUR, MINUTE, SECOND, Clock, Instant, format_instant, real_now
from hub.ports import Timers
from hub.timers import Tick
from tests.fakes import FakeTimers
from tests.moto_stack import MotoStack

GROUP, ROLE = "hub-local-timers", "arn:aws:iam::123456789012:role/timers"
DEAD = "arn:aws:sqs:eu-central-1:123456789012:hub-local-events-dead"
LONG_AGO: Instant = 1_000


@pytest.fixture
def scheduler(stack: MotoStack) -> Any:  # noqa: ARG001
    client = boto3.client("scheduler")
    client.create_schedule_group(Name=GROUP)
    return client


@pytest.fixture
def queue(stack: MotoStack) -> str:
    return stack.queue("events")


@pytest.fixture
def arn(sqs: Any, queue: str) -> str:
    found = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    return str(found["Attributes"]["QueueArn"])


@pytest.fixture
def timers(sqs: Any, scheduler: Any, queue: str, arn: str) -> Callable[[Clock], TickTimers]:
    return lambda clock: TickTimers(
        sqs,
        scheduler,
        queue=TimedQueue(url=queue, arn=arn, dead_letters_arn=DEAD),
        group=GROUP,
        role_arn=ROLE,
        clock=clock,
    )


def said(sqs: Any, queue: str, wait: int = 0) -> list[Any]:
    got = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=wait)
    return [fact for one in got.get("Messages", []) for fact in facts.read(one["Body"])]


@pytest.fixture(params=["fake", "moto"])
def port(request: pytest.FixtureRequest) -> tuple[Timers, Callable[[], list[Any]]]:
    """The port, and the ticks that are due now."""
    if request.param == "fake":
        fake = FakeTimers()
        return fake, lambda: [Tick(profile_id=profile_id, at=at) for at, profile_id in fake.armed]
    make = request.getfixturevalue("timers")
    sqs, queue = request.getfixturevalue("sqs"), request.getfixturevalue("queue")
    return make(Clock()), lambda: said(sqs, queue)


def test_a_timer_whose_time_has_come_is_said_at_once_for_its_own_instant(
    port: tuple[Timers, Callable[[], list[Any]]],
) -> None:
    timers, due = port

    timers.arm("p_1", LONG_AGO)

    assert due() == [Tick(profile_id="p_1", at=LONG_AGO)]


def test_timers_of_two_customers_are_two(port: tuple[Timers, Callable[[], list[Any]]]) -> None:
    timers, due = port

    timers.arm("p_1", LONG_AGO)
    timers.arm("p_2", LONG_AGO)

    assert {tick.profile_id for tick in due()} == {"p_1", "p_2"}


def test_a_near_timer_goes_off_within_a_second_after_its_time_and_never_before(
    timers: Callable[[Clock], TickTimers], sqs: Any, queue: str
) -> None:
    clock = Clock(speed=3_600, origin=real_now(), start=1_795_262_400_000)
    at = clock.now() + 20 * MINUTE  # a third of a real second

    timers(clock).arm("p_1", at)

    assert said(sqs, queue) == []
    while not (ticks := said(sqs, queue, wait=1)):
        time.sleep(0.05)
    assert ticks == [Tick(profile_id="p_1", at=at)]
    assert at <= clock.now() < at + 2 * HOUR


def test_a_far_timer_is_a_schedule_to_the_second_after_its_time(
    timers: Callable[[Clock], TickTimers], scheduler: Any, sqs: Any, queue: str, arn: str
) -> None:
    at = (real_now() // SECOND) * SECOND + 3 * DAY + 1

    timers(Clock()).arm("p_1", at)

    schedule = scheduler.get_schedule(Name="tick-p_1", GroupName=GROUP)
    assert schedule["ScheduleExpression"] == f"at({format_instant(at - 1 + SECOND).removesuffix('Z')})"
    assert schedule["Target"]["Arn"] == arn
    assert schedule["Target"]["DeadLetterConfig"] == {"Arn": DEAD}
    assert facts.read(schedule["Target"]["Input"]) == [Tick(profile_id="p_1", at=at)]
    assert schedule["ActionAfterCompletion"] == "DELETE"
    assert said(sqs, queue) == []


def test_a_customer_has_one_far_timer_and_the_last_decision_stands(
    timers: Callable[[Clock], TickTimers], scheduler: Any
) -> None:
    soon, later = real_now() + DAY, real_now() + 9 * DAY

    for at in (later, soon, soon):
        timers(Clock()).arm("p_1", at)

    (only,) = scheduler.list_schedules(GroupName=GROUP)["Schedules"]
    told = json.loads(scheduler.get_schedule(Name=only["Name"], GroupName=GROUP)["Target"]["Input"])
    assert told == {"tick": {"profile_id": "p_1", "at": soon}}


def test_hub_time_runs_faster_and_so_do_its_timers(
    timers: Callable[[Clock], TickTimers], scheduler: Any, sqs: Any, queue: str
) -> None:
    clock = Clock(speed=720, origin=real_now(), start=0)

    timers(clock).arm("p_1", 3 * HOUR)  # 15 real seconds

    counted = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]
    assert counted["ApproximateNumberOfMessagesDelayed"] == "1"
    assert scheduler.list_schedules(GroupName=GROUP)["Schedules"] == []
