"""The whole hub on one screen, in the order in which an event meets it; then who may do what."""

from typing import cast

from aws_cdk import CfnOutput, IStackSynthesizer, Stack
from aws_cdk import aws_iam as iam
from aws_cdk.aws_lambda import CfnFunction, IFunction
from constructs import Construct

from hub.connector_kit import Connector
from hub.deployed import stack_name
from hub.quarantine import FOLDER as QUARANTINE
from hub.strategy.strategy import Strategy
from infra.archive import Archive
from infra.backfill import Backfill
from infra.context import Choices, derived_write_keys
from infra.decisions import Decisions
from infra.deliveries import Deliveries, Delivery
from infra.hub_time import HubTime
from infra.ingestion import Ingestion
from infra.journeys import Journeys
from infra.monitoring import Alarms, Dashboard
from infra.packaging import Assets, Layers
from infra.parts import Parts
from infra.profiles import Profiles, Reactions
from infra.storage import Storage
from infra.surroundings import Surroundings


class HubStack(Stack):
    def __init__(
        self,
        scope: Construct,
        choices: Choices,
        *,
        strategy: Strategy,
        connectors: list[Connector],
        assets: Assets,
        synthesizer: IStackSynthesizer | None = None,
    ) -> None:
        name = stack_name(choices.stage.name)
        super().__init__(scope, name, description="Customer Data Hub", synthesizer=synthesizer)
        around = Surroundings(choices.stage, Layers(self, choices.stage, assets), HubTime(self, choices))
        write_keys = choices.write_keys or derived_write_keys(choices.stage, strategy)

        storage = Storage(self, choices.stage)
        archive = Archive(self, choices.stage)
        ingestion = Ingestion(self, around, archive, write_keys)
        profiles = Profiles(self, around, archive, ingestion, storage)
        deliveries = Deliveries(self, connectors, around, ingestion, storage)
        journeys = Journeys(self, around, strategy, ingestion, storage, deliveries)
        reactions = Reactions(self, around, ingestion, storage, journeys, deliveries)
        decisions = Decisions(self, around, ingestion, storage)
        backfill = Backfill(self, around, ingestion, storage, archive)

        parts = Parts(
            storage=storage,
            archive=archive,
            ingestion=ingestion,
            profiles=profiles,
            deliveries=deliveries,
            journeys=journeys,
            reactions=reactions,
            decisions=decisions,
            backfill=backfill,
        )
        _grant(parts)
        _enroll_last(parts)
        Dashboard(self, choices.stage, parts)
        Alarms(self, choices.stage, parts)
        _say(self, parts, around.time, write_keys)


def _grant(parts: Parts) -> None:
    events = parts.ingestion.events
    door, folding = parts.ingestion.function, parts.profiles.function
    reacting, stepping = parts.reactions.function, parts.journeys.function

    parts.archive.stream.grant_put_records(door)
    parts.archive.bucket.grant_put(folding, f"{QUARANTINE}*")
    for sender in (folding, parts.reactions.timers.role):
        events.dead_letters.grant_send_messages(sender)
    _grant_tables(parts)

    for sender in (door, reacting, parts.reactions.timers.role, stepping, parts.deliveries.webhooks):
        events.grant_send_messages(sender)
    parts.reactions.timers.grant_arming(reacting)
    _grant_machines(parts.journeys, reacting)
    _grant_backfill(parts)
    for vendor in parts.deliveries.vendors:
        _grant_vendor(vendor, parts)
    for vendor in parts.deliveries.calling:
        vendor.secret.grant_read(parts.deliveries.webhooks)


def _grant_tables(parts: Parts) -> None:
    tables, folding, stepping = parts.storage, parts.profiles.function, parts.journeys.function
    tables.profiles.grant_read_write_data(folding)
    tables.journeys.grant_read_data(folding)  # paused journeys take nobody in
    for table in (tables.segments, tables.journeys):
        table.grant_read_write_data(parts.reactions.function)
    tables.profiles.grant_read_data(stepping)
    tables.journeys.grant_read_write_data(stepping)
    tables.profiles.grant_read_data(parts.decisions.function)
    tables.journeys.grant_read_data(parts.decisions.function)


def _grant_machines(journeys: Journeys, reacting: IFunction) -> None:
    for machine in journeys.machines.values():
        machine.grant_start_execution(reacting)
        machine.grant_task_response(reacting)
    journeys.allow_answering_machines()


def _enroll_last(parts: Parts) -> None:
    """Who takes people into a new journey is deployed after all that must know it: what starts its machine,
    runs its steps, and fills its messages."""
    vendors = [vendor.function for vendor in parts.deliveries.vendors]
    for one in (parts.reactions.function, parts.journeys.function, *vendors):
        _resource(parts.profiles.function).add_resource_dependency(_resource(one))


def _resource(function: IFunction) -> CfnFunction:
    return cast("CfnFunction", function.node.default_child)


def _grant_backfill(parts: Parts) -> None:
    """It looks at everything and writes no profile's state: update_profiles does, asked through its queue."""
    filling, events = parts.backfill.function, parts.ingestion.events
    parts.storage.profiles.grant(filling, "dynamodb:Scan", "dynamodb:DescribeTable")
    filling.add_to_role_policy(_saying_anew(parts.storage.profiles.table_arn))
    parts.storage.segments.grant_read_write_data(filling)
    parts.archive.bucket.grant_read(filling, "events/*")
    events.grant_send_messages(filling)
    events.grant(filling, "sqs:GetQueueAttributes")


def _saying_anew(table_arn: str) -> iam.PolicyStatement:
    """The mark beside a profile's state (`hub.aws.said_anew`), and nothing of the state."""
    return iam.PolicyStatement(
        actions=["dynamodb:UpdateItem"],
        resources=[table_arn],
        conditions={
            "ForAllValues:StringEquals": {"dynamodb:Attributes": ["pk", "said_anew"]},
            "StringEqualsIfExists": {"dynamodb:ReturnValues": "NONE"},
        },
    )


def _grant_vendor(vendor: Delivery, parts: Parts) -> None:
    vendor.secret.grant_read(vendor.function)
    parts.storage.profiles.grant_read_write_data(vendor.function)  # the gate keeps a place under the caps
    parts.storage.journeys.grant_read_write_data(vendor.function)
    parts.ingestion.events.grant_send_messages(vendor.function)
    deferred = parts.deliveries.deferred
    deferred.grant_arming(vendor.function)
    for sender in (parts.journeys.function, parts.reactions.function, vendor.function, deferred.role):
        vendor.queue.grant_send_messages(sender)
    vendor.queue.dead_letters.grant_send_messages(deferred.role)


def _say(stack: Stack, parts: Parts, time: HubTime, write_keys: dict[str, str]) -> None:
    """What people and the command line ask the stack for."""
    outputs = {
        "Endpoint": parts.ingestion.api.api_endpoint,
        "ApiId": parts.ingestion.api.api_id,
        "Connectors": ",".join(vendor.connector.slug for vendor in parts.deliveries.vendors),
        "WriteKey": next(iter(write_keys)),
        "WriteKeys": stack.to_json_string(write_keys),
        "ProfilesTable": parts.storage.profiles.table_name,
        "SegmentsTable": parts.storage.segments.table_name,
        "JourneysTable": parts.storage.journeys.table_name,
        "EventsQueueUrl": parts.ingestion.events.queue_url,
        "ArchiveBucket": parts.archive.bucket.bucket_name,
        "BackfillMachine": parts.backfill.machine.state_machine_arn,
        "ClockSpeed": str(time.settings["clock_speed"]),
        "ClockOrigin": str(time.settings["clock_origin"]),
        "ClockStart": str(time.settings["clock_start"]),
    }
    for name, value in outputs.items():
        CfnOutput(stack, f"{name}Output", value=value).override_logical_id(name)
