"""From the events queue to profiles, and from a changed profile to what follows."""

from aws_cdk import Duration
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as sources
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from hub.settings import ReactToChangesSettings, UpdateProfilesSettings
from infra.archive import Archive
from infra.deliveries import Deliveries
from infra.ingestion import CONSUMER_TIMEOUT, Ingestion
from infra.journeys import Journeys
from infra.packaging import HubFunction
from infra.queues import dead_letters
from infra.schedules import Schedules
from infra.stages import Stage
from infra.storage import Storage
from infra.surroundings import Surroundings

REACTIONS_TIMEOUT = Duration.seconds(60)
_PROFILES_ONLY = lambda_.FilterCriteria.filter(
    {"dynamodb": {"Keys": {"pk": {"S": [{"prefix": "profile#"}]}}}}
)


class Profiles(Construct):
    """update_profiles folds events and ticks into profiles."""

    def __init__(
        self,
        scope: Construct,
        around: Surroundings,
        archive: Archive,
        ingestion: Ingestion,
        storage: Storage,
    ) -> None:
        super().__init__(scope, "Profiles")
        self.function = HubFunction(
            self,
            "update_profiles",
            stage=around.stage,
            layers=around.layers.all,
            timeout=CONSUMER_TIMEOUT,
            settings=UpdateProfilesSettings(
                **around.settings,
                profiles_table=storage.profiles.table_name,
                journeys_table=storage.journeys.table_name,
                strategy_path=around.layers.strategy_path,
                archive_bucket=archive.bucket.bucket_name,
                dead_letters_url=ingestion.events.dead_letters.queue_url,
                receives=ingestion.events.receives,
            ),
        )
        self.function.add_event_source(_events(ingestion, around.stage))


class Reactions(Construct):
    """react_to_changes: timers, memberships and journeys follow from the profiles' stream."""

    def __init__(
        self,
        scope: Construct,
        around: Surroundings,
        ingestion: Ingestion,
        storage: Storage,
        journeys: Journeys,
        deliveries: Deliveries,
    ) -> None:
        super().__init__(scope, "Reactions")
        self.timers = Schedules(self, "Timers", "timers", around.stage)
        self.function = HubFunction(
            self,
            "react_to_changes",
            stage=around.stage,
            layers=around.layers.all,
            timeout=REACTIONS_TIMEOUT,
            settings=self._settings(around, ingestion, storage, journeys, deliveries),
        )
        self.dead_letters = dead_letters(self, "Dead", "changes-dead", around.stage)
        self.function.add_event_source(_changes(storage, self.dead_letters))

    def _settings(
        self,
        around: Surroundings,
        ingestion: Ingestion,
        storage: Storage,
        journeys: Journeys,
        deliveries: Deliveries,
    ) -> ReactToChangesSettings:
        return ReactToChangesSettings(
            **around.settings,
            profiles_table=storage.profiles.table_name,
            segments_table=storage.segments.table_name,
            journeys_table=storage.journeys.table_name,
            events_queue_url=ingestion.events.queue_url,
            events_queue_arn=ingestion.events.queue_arn,
            dead_letters_arn=ingestion.events.dead_letters.queue_arn,
            **self.timers.settings,
            connector_queues=deliveries.queue_urls,
            machines=journeys.machine_arns,
            strategy_path=around.layers.strategy_path,
        )


def _events(ingestion: Ingestion, stage: Stage) -> sources.SqsEventSource:
    return sources.SqsEventSource(
        ingestion.events,
        batch_size=100,
        max_batching_window=Duration.seconds(1),
        report_batch_item_failures=True,
        max_concurrency=stage.consumers,
    )


def _changes(storage: Storage, dead: sqs.Queue) -> sources.DynamoEventSource:
    return sources.DynamoEventSource(
        storage.profiles,
        starting_position=lambda_.StartingPosition.TRIM_HORIZON,
        filters=[_PROFILES_ONLY],
        batch_size=100,
        parallelization_factor=4,
        bisect_batch_on_error=True,
        retry_attempts=10,
        on_failure=sources.SqsDlq(dead),
    )
