"""The hub in one process: the synthesised stack's tables, queues and machines in moto, its real handlers."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import boto3
from moto import mock_aws

from hub.clock import Instant
from hub.settings import (
    BackfillSegmentsSettings,
    IngestEventsSettings,
    ReactToChangesSettings,
    RunJourneyStepSettings,
    Settings,
    UpdateProfilesSettings,
)
from hub.strategy.strategy import Strategy
from tests.benchmarks import production
from tests.benchmarks.production import STAGE, Stack
from tests.benchmarks.world import Lambda, World
from tests.moto_stack import resources

REGION = "us-east-1"
_AWS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_EC2_METADATA_DISABLED": "true",
}
_ROLE = "arn:aws:iam::123456789012:role/any"
MODULES = ("ingest_events", "update_profiles", "react_to_changes", "run_journey_step", "backfill_segments")


@contextmanager
def hub(start: Instant) -> Iterator[World]:
    """With the project's own strategy, empty, at the virtual time `start`."""
    os.environ.pop("AWS_ENDPOINT_URL", None)
    os.environ.update(_AWS)
    with TemporaryDirectory() as directory, mock_aws():
        stack = Stack(production.template(Path(directory)))
        _settle_in(stack, Path(directory) / "strategy")
        world = World(start, _lambdas(stack), profiles=stack.profiles, events=stack.queue("events"))
        with world.going():
            yield world


def _settle_in(stack: Stack, strategy: Path) -> None:
    _create_archive()
    boto3.client("scheduler").create_schedule_group(Name="timers")
    machines = {journey.name: _machine(journey.name) for journey in Strategy.load(strategy).journeys}
    for settings in _settings(stack, str(strategy), machines):
        os.environ.update(settings.to_environment())


def _settings(stack: Stack, strategy: str, machines: dict[str, str]) -> list[Settings]:
    shared: dict[str, Any] = {"stage": STAGE, "events_queue_url": stack.queue("events")}
    tables: dict[str, Any] = {
        "profiles_table": stack.profiles,
        "journeys_table": stack.journeys,
        "strategy_path": strategy,
        "connector_queues": _connector_queues(stack),
    }
    return [
        UpdateProfilesSettings(
            stage=STAGE,
            profiles_table=stack.profiles,
            journeys_table=stack.journeys,
            strategy_path=strategy,
            archive_bucket="archive",
            dead_letters_url=stack.queue("events-dead"),
            receives=5,
        ),
        BackfillSegmentsSettings(
            **shared,
            profiles_table=stack.profiles,
            segments_table=stack.segments,
            archive_bucket="archive",
            strategy_path=strategy,
        ),
        IngestEventsSettings(**shared, archive_stream="archive", write_keys={"key": "website"}),
        RunJourneyStepSettings(**shared, **tables),
        ReactToChangesSettings(
            **shared,
            **tables,
            segments_table=stack.segments,
            events_queue_arn="arn:aws:sqs:us-east-1:123456789012:events",
            dead_letters_arn="arn:aws:sqs:us-east-1:123456789012:events-dead",
            schedule_group="timers",
            scheduler_role_arn=_ROLE,
            machines=machines,
        ),
    ]


def _connector_queues(stack: Stack) -> dict[str, str]:
    names = (properties["QueueName"] for _, properties in resources(stack.template, "AWS::SQS::Queue"))
    slugs = {name.removeprefix(f"hub-{STAGE}-") for name in names}
    return {slug: stack.queue(slug) for slug in slugs if f"{slug}-dead" in slugs and slug != "events"}


def _machine(name: str) -> str:
    """Takes executions and does nothing with them: what a journey costs is another benchmark's."""
    nothing = '{"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}'
    made = boto3.client("stepfunctions").create_state_machine(name=name, definition=nothing, roleArn=_ROLE)
    return str(made["stateMachineArn"])


def _create_archive() -> None:
    boto3.client("s3").create_bucket(Bucket="archive")
    boto3.client("firehose").create_delivery_stream(
        DeliveryStreamName="archive",
        ExtendedS3DestinationConfiguration={"RoleARN": _ROLE, "BucketARN": "arn:aws:s3:::archive"},
    )


def _lambdas(stack: Stack) -> Mapping[str, Lambda]:
    told = production.functions(stack.template)
    return {name: _lambda(name, told[name]) for name in MODULES}


def _lambda(name: str, told: Mapping[str, Any]) -> Lambda:
    traced = told.get("TracingConfig", {}).get("Mode") == "Active"
    return Lambda(name, import_module(name).handler, told["MemorySize"], traced=traced)
