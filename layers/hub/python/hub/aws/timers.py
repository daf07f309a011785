"""Timers: SQS delay for what is near, EventBridge Scheduler for what is far.

SQS delays at most 15 minutes but to the second; a schedule reaches as far as needed but to the minute
only. A far timer is therefore scheduled, and a near one queued: lateness stays below a minute.
"""

import json
import math
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from hub.aws import failures
from hub.clock import SECOND, Clock, Instant, real_now

MAX_DELAY_SECONDS = 900


class TickTimers:
    """`hub.ports.Timers`."""

    def __init__(
        self,
        sqs: Any,
        scheduler: Any,
        *,
        queue_url: str,
        queue_arn: str,
        group: str,
        role_arn: str,
        clock: Clock,
    ) -> None:
        self._sqs = sqs
        self._scheduler = scheduler
        self._queue_url = queue_url
        self._target = {"Arn": queue_arn, "RoleArn": role_arn}
        self._group = group
        self._clock = clock

    def arm(self, profile_id: str, at: Instant) -> None:
        body = json.dumps({"tick": {"profile_id": profile_id, "at": at}}, separators=(",", ":"))
        due = self._clock.real(at)
        seconds = max(0, math.ceil((due - real_now()) / SECOND))
        if seconds <= MAX_DELAY_SECONDS:
            self._sqs.send_message(QueueUrl=self._queue_url, MessageBody=body, DelaySeconds=seconds)
        else:
            self._schedule(profile_id, body, due)

    def _schedule(self, profile_id: str, body: str, due: Instant) -> None:
        """One schedule a profile: a later decision overwrites it."""
        schedule = {
            "Name": f"tick-{profile_id}",
            "GroupName": self._group,
            "ScheduleExpression": f"at({_seconds_up(due)})",
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "Target": {**self._target, "Input": body},
            "ActionAfterCompletion": "DELETE",
        }
        try:
            self._scheduler.create_schedule(**schedule)
        except ClientError as error:
            if not failures.has_code(error, "ConflictException"):
                raise
            self._scheduler.update_schedule(**schedule)


def _seconds_up(due: Instant) -> str:
    return datetime.fromtimestamp(math.ceil(due / SECOND), UTC).strftime("%Y-%m-%dT%H:%M:%S")
