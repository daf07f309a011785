"""The one place that knows which class stands behind which port, and that makes AWS clients."""

from functools import cache
from typing import Any, TypeVar

import boto3
from botocore.config import Config

from hub import deferring
from hub.aws.dead_letters import DeadLetterQueue
from hub.aws.journey_table import HeldMessageTable, JourneyStateTable
from hub.aws.machines import StateMachines
from hub.aws.profile_table import ProfileTable
from hub.aws.quarantine import QuarantineBucket
from hub.aws.queues import ConnectorQueues, OutcomesQueue
from hub.aws.run_table import RunTable
from hub.aws.segment_table import SegmentTable
from hub.aws.timers import ConnectorTimers, TickTimers, TimedQueue
from hub.clock import real_now
from hub.rules import Rules
from hub.screening import Screen
from hub.settings import ConnectorSettings, ReactToChangesSettings, Settings
from hub.strategy.strategy import Strategy

T = TypeVar("T", TickTimers, ConnectorTimers)

# Short time-outs, because a Lambda that waits is paid for; a few quick retries of what AWS itself calls safe.
_CONFIG = Config(connect_timeout=2, read_timeout=10, retries={"mode": "standard", "max_attempts": 3})


@cache
def client(service: str) -> Any:
    return boto3.client(service, config=_CONFIG)


@cache
def rules(strategy_path: str) -> Rules:
    return Rules(Strategy.load(strategy_path))


@cache
def journey_states(table: str) -> JourneyStateTable:
    return JourneyStateTable(client("dynamodb"), table)


def rules_in_force(strategy_path: str, journeys_table: str) -> Rules:
    """The strategy's rules, while journeys stand as they do now (or did 15 seconds ago)."""
    return rules(strategy_path).under(journey_states(journeys_table).recent())


@cache
def screen(strategy_path: str) -> Screen:
    strategy = rules(strategy_path).strategy
    return Screen(strategy.tracking_plan, strategy.policy)


def quarantine(bucket: str) -> QuarantineBucket:
    return QuarantineBucket(client("s3"), bucket)


def dead_letters(url: str) -> DeadLetterQueue:
    return DeadLetterQueue(client("sqs"), url)


@cache
def profiles(table: str) -> ProfileTable:
    return ProfileTable(client("dynamodb"), table)


def runs(table: str) -> RunTable:
    return RunTable(client("dynamodb"), table)


def members(table: str) -> SegmentTable:
    return SegmentTable(client("dynamodb"), table)


def machines(arns: dict[str, str]) -> StateMachines:
    return StateMachines(client("stepfunctions"), arns)


def outbox(urls: dict[str, str], settings: Settings) -> ConnectorQueues:
    return ConnectorQueues(client("sqs"), urls, settings.clock)


def outcomes(url: str) -> OutcomesQueue:
    return OutcomesQueue(client("sqs"), url)


def timers(settings: ReactToChangesSettings) -> TickTimers:
    return _timers(TickTimers, settings, settings.events_queue_url, settings.events_queue_arn)


def deferring_hands(settings: ConnectorSettings) -> deferring.Hands:
    return deferring.Hands(
        timers=_timers(ConnectorTimers, settings, settings.queue_url, settings.queue_arn),
        states=journey_states(settings.journeys_table),
        held=HeldMessageTable(client("dynamodb"), settings.journeys_table),
        real_now=real_now,
    )


def _timers(
    kind: type[T], settings: ReactToChangesSettings | ConnectorSettings, queue_url: str, queue_arn: str
) -> T:
    """Timers onto a queue."""
    return kind(
        client("sqs"),
        client("scheduler"),
        queue=TimedQueue(url=queue_url, arn=queue_arn, dead_letters_arn=settings.dead_letters_arn),
        group=settings.schedule_group,
        role_arn=settings.scheduler_role_arn,
        clock=settings.clock,
    )
