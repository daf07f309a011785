"""The one place that knows which class stands behind which port, and that makes AWS clients."""

from functools import cache
from typing import Any

import boto3
from botocore.config import Config

from hub.aws.machines import StateMachines
from hub.aws.profile_table import ProfileTable
from hub.aws.queues import ConnectorQueues, OutcomesQueue
from hub.aws.run_table import RunTable
from hub.aws.segment_table import SegmentTable
from hub.aws.timers import TickTimers
from hub.rules import Rules
from hub.settings import ReactToChangesSettings, Settings
from hub.strategy.strategy import Strategy

# Short time-outs, because a Lambda that waits is paid for; a few quick retries of what AWS itself calls safe.
_CONFIG = Config(connect_timeout=2, read_timeout=10, retries={"mode": "standard", "max_attempts": 3})


@cache
def client(service: str) -> Any:
    return boto3.client(service, config=_CONFIG)


@cache
def rules(strategy_path: str) -> Rules:
    return Rules(Strategy.load(strategy_path))


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
    return TickTimers(
        client("sqs"),
        client("scheduler"),
        queue_url=settings.events_queue_url,
        queue_arn=settings.events_queue_arn,
        group=settings.schedule_group,
        role_arn=settings.scheduler_role_arn,
        clock=settings.clock,
    )
