"""A connector's Lambda: what the gate puts off is kept elsewhere, durably, before it leaves the queue."""

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from cli.sandbox.server import Server
from hub.aws.journey_table import HeldMessageTable, JourneyStateTable
from hub.aws.timers import ConnectorTimers, TimedQueue
from hub.clock import Clock, real_now
from hub.deliveries import Message, Status
from tests.functions.connector_desk import (
    JOURNEY,
    ConnectorDesk,
    forget_everything,
    open_desk,
    running_sandbox,
)
from tests.moto_stack import MotoStack

Open = Callable[..., ConnectorDesk]
SLUG = "amazon_ses"
NOON = 1_795_262_400_000


@pytest.fixture
def sandbox() -> Iterator[Server]:
    with running_sandbox() as server:
        yield server


@pytest.fixture
def scheduler(stack: MotoStack) -> Any:  # noqa: ARG001 - moto must stand before a client is made
    client = boto3.client("scheduler")
    client.create_schedule_group(Name="deferred")
    return client


@pytest.fixture
def desk(
    stack: MotoStack,
    scheduler: Any,  # noqa: ARG001
    sandbox: Server,
    tmp_path: Path,
    strategy_directory: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Open:
    def opened(*, quiet: bool = False) -> ConnectorDesk:
        written = shutil.copytree(strategy_directory, tmp_path / "strategy")
        if quiet:
            _keep_quiet(written / "policy.yaml")
        return open_desk(SLUG, stack, sandbox, tmp_path, written, monkeypatch)

    return opened


def _keep_quiet(policy: Path) -> None:
    """Whenever the test runs, there are eleven hours to go."""
    hour = Clock().now() // 3_600_000 % 24
    night = f"{{from: '{(hour - 1) % 24:02}:00', to: '{(hour + 12) % 24:02}:00', channels: [email]}}"
    text, changed = re.subn(r"(?m)^quiet_hours: .*$", f"quiet_hours: {night}", policy.read_text())
    assert changed == 1
    policy.write_text(text)


def a_reminder(at: ConnectorDesk) -> Message:
    return at.message("send_email", template="cart_reminder").model_copy(update={"planned_at": NOON})


def states(at: ConnectorDesk) -> JourneyStateTable:
    return JourneyStateTable(boto3.client("dynamodb"), at.stack.journeys)


def held(at: ConnectorDesk) -> HeldMessageTable:
    return HeldMessageTable(boto3.client("dynamodb"), at.stack.journeys)


def test_a_message_in_quiet_hours_leaves_the_queue_and_is_a_schedule(desk: Open, scheduler: Any) -> None:
    at = desk(quiet=True)

    assert at.deliver(a_reminder(at)) == []

    [one] = scheduler.list_schedules(GroupName="deferred")["Schedules"]
    told = scheduler.get_schedule(Name=one["Name"], GroupName="deferred")
    assert Message.model_validate_json(told["Target"]["Input"]) == a_reminder(at)
    assert told["Target"]["Arn"].endswith(":hub-local-amazon_ses")
    assert (at.requests, at.deliveries) == ([], [])


def test_the_same_message_handed_over_twice_is_one_schedule(desk: Open, scheduler: Any) -> None:
    at = desk(quiet=True)

    at.deliver(a_reminder(at))
    at.deliver(a_reminder(at))

    assert len(scheduler.list_schedules(GroupName="deferred")["Schedules"]) == 1


def test_no_schedule_says_anything_of_the_customer(desk: Open, scheduler: Any) -> None:
    at = desk(quiet=True)

    at.deliver(a_reminder(at))

    [one] = scheduler.list_schedules(GroupName="deferred")["Schedules"]
    told = str(scheduler.get_schedule(Name=one["Name"], GroupName="deferred"))
    assert not any(word in told.lower() for word in ("anna", "gmail", "+316", "cust-42"))


def test_what_could_not_be_kept_elsewhere_stays_in_the_queue(desk: Open, scheduler: Any) -> None:
    at = desk(quiet=True)
    scheduler.delete_schedule_group(Name="deferred")

    [_] = at.deliver(a_reminder(at))

    scheduler.create_schedule_group(Name="deferred")
    assert at.deliver(a_reminder(at)) == []
    assert len(scheduler.list_schedules(GroupName="deferred")["Schedules"]) == 1


def test_in_a_paused_journey_it_is_held_and_goes_when_it_is_resumed(desk: Open) -> None:
    at = desk()
    states(at).set(JOURNEY, "paused", 0)

    assert at.deliver(a_reminder(at)) == []
    waiting = [one.message for one in held(at).of(JOURNEY)]
    states(at).set(JOURNEY, "running", 0)
    forget_everything()

    assert at.deliver(*waiting) == []
    assert waiting == [a_reminder(at)]
    assert [one.status for one in at.deliveries] == [Status.SENT]


def test_who_still_believes_in_a_pause_that_is_over_keeps_the_message_in_the_queue(desk: Open) -> None:
    at = desk()
    states(at).set(JOURNEY, "paused", 0)
    at.deliver(a_reminder(at))
    [wait] = held(at).of(JOURNEY)
    held(at).let_go(wait)
    states(at).set(JOURNEY, "running", 0)

    [_] = at.deliver(a_reminder(at))

    assert held(at).count(JOURNEY) == 0
    assert at.requests == []


def test_a_message_that_comes_back_by_its_timer_is_sent(desk: Open, scheduler: Any) -> None:
    at = desk()
    sqs = boto3.client("sqs")
    timers = ConnectorTimers(
        sqs,
        scheduler,
        queue=TimedQueue(url=at.stack.queue(SLUG), arn="a", dead_letters_arn="d"),
        group="g",
        role_arn="r",
        clock=Clock(),
    )

    timers.arm(a_reminder(at), real_now())
    [record] = sqs.receive_message(QueueUrl=at.stack.queue(SLUG), WaitTimeSeconds=1)["Messages"]

    assert at.deliver(Message.model_validate_json(record["Body"])) == []
    assert [one.status for one in at.deliveries] == [Status.SENT]
