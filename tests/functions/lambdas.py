"""The hub's Lambdas told where moto's tables and queues are, as CDK tells them on AWS."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest

import backfill_segments
import decide_content
import react_to_changes
import run_journey_step
import update_profiles
from hub.aws import bootstrap, observability
from hub.aws.effects_table import EffectsTable
from hub.aws.profile_table import ProfileTable
from hub.aws.run_table import RunTable
from hub.aws.segment_table import SegmentTable
from hub.clock import Instant, real_now
from hub.settings import (
    BackfillSegmentsSettings,
    DecideContentSettings,
    ReactToChangesSettings,
    RunJourneyStepSettings,
    Settings,
    UpdateProfilesSettings,
)
from hub.strategy.journeys import Journey
from hub.strategy.strategy import FILE, Strategy
from tests.lambda_events import Stream
from tests.moto_machines import MotoMachines, Work
from tests.moto_stack import MotoStack

MODULES = (
    bootstrap,
    observability,
    update_profiles,
    react_to_changes,
    run_journey_step,
    decide_content,
    backfill_segments,
)
CONNECTORS = ("amazon_ses", "meta_custom_audiences", "site")


def forget() -> None:
    """As in a new process: no client, no settings, no strategy."""
    for module in MODULES:
        for kept in vars(module).values():
            if hasattr(kept, "cache_clear"):
                kept.cache_clear()


class Lambdas:
    """What the Lambdas work on; hub time begins at `start` and runs as real time does."""

    def __init__(
        self,
        stack: MotoStack,
        directory: Path,
        monkeypatch: pytest.MonkeyPatch,
        start: Instant,
        step: Work = lambda _: None,
    ) -> None:
        """`step`: what the journeys' machines call."""
        self.stack = stack
        self.directory = directory
        self._monkeypatch = monkeypatch
        self.dynamodb: Any = boto3.client("dynamodb")
        self.sqs: Any = boto3.client("sqs")
        self.profiles = ProfileTable(self.dynamodb, stack.profiles)
        self.members = SegmentTable(self.dynamodb, stack.segments)
        self.runs = RunTable(self.dynamodb, stack.journeys)
        self.effects = EffectsTable(self.dynamodb, stack.journeys)
        self.stream = Stream(stack.profiles)
        self.machines = MotoMachines(monkeypatch, step)
        self.scheduler: Any = boto3.client("scheduler")
        self.scheduler.create_schedule_group(Name="timers")
        self.at(start)

    def at(self, now: Instant) -> None:
        """Hub time is now this."""
        self._start, self._origin = now, real_now()
        self._tell()

    def follow(self, strategy: Strategy) -> None:
        (self.directory / FILE).write_text(strategy.to_json())
        self._tell()

    def make_machine(self, journey: Mapping[str, Any]) -> None:
        """Not for every test: moto takes a third of a second to read a definition."""
        self.machines.create(Journey.model_validate(journey), speed=1)
        self._tell()

    def queue(self, name: str) -> list[str]:
        """Bodies waiting in a queue; they are taken out."""
        url, found = self.stack.queue(name), list[str]()
        while got := self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
            found += [one["Body"] for one in got]
            for one in got:
                self.sqs.delete_message(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])
        return found

    def dead_letters(self) -> list[tuple[str, str]]:
        """(body, reason) of what update_profiles gave up; they are taken out."""
        url = self.stack.queue("events-dead")
        got = self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"])
        found = got.get("Messages", [])
        return [(one["Body"], one["MessageAttributes"]["reason"]["StringValue"]) for one in found]

    def delayed(self, name: str) -> int:
        """How many messages a queue still holds back."""
        url = self.stack.queue(name)
        counted = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        return int(counted["ApproximateNumberOfMessagesDelayed"])

    def _tell(self) -> None:
        for settings in self._settings():
            for name, value in settings.to_environment().items():
                self._monkeypatch.setenv(name, value)
        forget()

    def _settings(self) -> list[Settings]:
        shared: dict[str, Any] = {
            "stage": "local",
            "clock_origin": self._origin,
            "clock_start": self._start,
            "profiles_table": self.stack.profiles,
            "strategy_path": str(self.directory),
        }
        journeys, events = self.stack.journeys, self.stack.queue("events")
        queues = {slug: self.stack.queue(slug) for slug in CONNECTORS}
        return [
            UpdateProfilesSettings(
                **shared,
                journeys_table=self.stack.journeys,
                archive_bucket=self.stack.archive,
                dead_letters_url=self.stack.queue("events-dead"),
                receives=5,
            ),
            BackfillSegmentsSettings(
                **shared,
                segments_table=self.stack.segments,
                events_queue_url=events,
                archive_bucket=self.stack.archive,
            ),
            DecideContentSettings(**shared, journeys_table=journeys),
            RunJourneyStepSettings(
                **shared, journeys_table=journeys, events_queue_url=events, connector_queues=queues
            ),
            ReactToChangesSettings(
                **shared,
                segments_table=self.stack.segments,
                journeys_table=journeys,
                events_queue_url=events,
                events_queue_arn="arn:aws:sqs:eu-central-1:123456789012:hub-local-events",
                dead_letters_arn="arn:aws:sqs:eu-central-1:123456789012:hub-local-events-dead",
                schedule_group="timers",
                scheduler_role_arn="arn:aws:iam::123456789012:role/timers",
                machines=self.machines.arns,
                connector_queues=queues,
            ),
        ]
