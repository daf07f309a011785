"""Timers of customers and of messages: SQS delay for what is near, EventBridge Scheduler for what is far.

SQS delays at most 15 minutes but to the second; a schedule reaches as far as needed but to the minute
only. A far timer is therefore scheduled, and a near one queued: lateness stays below a minute.
"""

import json
import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from hub.aws import failures
from hub.aws.queues import MAX_DELAY_SECONDS
from hub.clock import SECOND, Clock, Instant, real_now
from hub.deliveries import Message


@dataclass(frozen=True, kw_only=True)
class TimedQueue:
    """The queue that timers speak to."""

    url: str
    arn: str
    dead_letters_arn: str


class _Timers:
    def __init__(
        self,
        sqs: Any,
        scheduler: Any,
        *,
        queue: TimedQueue,
        group: str,
        role_arn: str,
        clock: Clock,
    ) -> None:
        self._sqs = sqs
        self._scheduler = scheduler
        self._queue_url = queue.url
        # Without it, EventBridge drops after a day what it cannot put on the queue.
        given_up = {"Arn": queue.dead_letters_arn}
        self._target = {"Arn": queue.arn, "RoleArn": role_arn, "DeadLetterConfig": given_up}
        self._group = group
        self._clock = clock

    def _say(self, body: str, at: Instant, *, name: str, replaces: bool) -> None:
        """`name`: of the schedule, if one is needed. One that stands already is replaced or left as it is."""
        due = self._clock.real(at)
        seconds = max(0, math.ceil((due - real_now()) / SECOND))
        if seconds <= MAX_DELAY_SECONDS:
            self._sqs.send_message(QueueUrl=self._queue_url, MessageBody=body, DelaySeconds=seconds)
        else:
            self._schedule(name, body, due, replaces=replaces)

    def _schedule(self, name: str, body: str, due: Instant, *, replaces: bool) -> None:
        schedule = {
            "Name": name,
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
            if replaces:
                self._scheduler.update_schedule(**schedule)


class TickTimers(_Timers):
    """`hub.ports.Timers`, onto the events queue."""

    def arm(self, profile_id: str, at: Instant) -> None:
        """One far timer a profile: a later decision overwrites it."""
        body = json.dumps({"tick": {"profile_id": profile_id, "at": at}}, separators=(",", ":"))
        self._say(body, at, name=f"tick-{profile_id}", replaces=True)


class ConnectorTimers(_Timers):
    """`hub.deferring.MessageTimers`, onto the queue of one connector."""

    def arm(self, message: Message, at: Instant) -> None:
        """Ids and the strategy's own texts, as on the queue.

        One far timer a message and instant: to move one that goes off this moment would be to lose it.
        """
        body = message.model_dump_json(exclude_defaults=True)
        self._say(body, at, name=f"{message.message_id}-{at // SECOND}", replaces=False)


def _seconds_up(due: Instant) -> str:
    return datetime.fromtimestamp(math.ceil(due / SECOND), UTC).strftime("%Y-%m-%dT%H:%M:%S")
