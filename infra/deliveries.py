"""One queue, one secret and one Lambda a vendor, and the way its callbacks come in; found by discover()."""

from aws_cdk import Duration, SecretValue
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda_event_sources as sources
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk.aws_apigatewayv2_integrations import HttpLambdaIntegration
from constructs import Construct

from hub.connector_kit import AwsRequest, Connector
from hub.deployed import secret_name
from hub.settings import ConnectorSettings, ReceiveWebhooksSettings
from infra.ingestion import Ingestion
from infra.packaging import HubFunction
from infra.queues import DurableQueue
from infra.schedules import Schedules
from infra.storage import Storage
from infra.surroundings import Surroundings

_TIMEOUT = Duration.seconds(60)
# A vendor may be down for a day; the connector spaces its attempts out itself.
_RECEIVES = 100


class Delivery(Construct):
    """One vendor."""

    def __init__(
        self,
        scope: Construct,
        connector: Connector,
        around: Surroundings,
        ingestion: Ingestion,
        storage: Storage,
        deferred: Schedules,
    ) -> None:
        super().__init__(scope, connector.slug)
        self.connector = connector
        self._around = around
        self.queue = self._queue()
        self.secret_name = secret_name(around.stage.name, connector.slug)
        self.secret = self._secret()
        self.function = HubFunction(
            self,
            f"connectors.{connector.slug}",
            stage=around.stage,
            layers=around.layers.all,
            timeout=_TIMEOUT,
            settings=self._settings(ingestion, storage, deferred),
        )
        self.function.add_event_source(self._messages())
        for allowed in aws_actions(connector):
            self.function.add_to_role_policy(iam.PolicyStatement(actions=[allowed], resources=["*"]))

    def _queue(self) -> DurableQueue:
        return DurableQueue(
            self,
            "Queue",
            name=self.connector.slug,
            stage=self._around.stage,
            consumer_timeout=_TIMEOUT,
            receives=_RECEIVES,
        )

    def _secret(self) -> secretsmanager.Secret:
        return secretsmanager.Secret(
            self,
            "Secret",
            secret_name=self.secret_name,
            description=f"Credentials of the connector {self.connector.slug}, as JSON",
            # Empty, until a person fills it in; CloudFormation writes it once and leaves it alone.
            secret_object_value=_NOTHING,
            removal_policy=self._around.stage.removal_policy,
        )

    def _settings(self, ingestion: Ingestion, storage: Storage, deferred: Schedules) -> ConnectorSettings:
        return ConnectorSettings(
            **self._around.settings,
            slug=self.connector.slug,
            secret=self.secret_name,
            queue_url=self.queue.queue_url,
            queue_arn=self.queue.queue_arn,
            dead_letters_arn=self.queue.dead_letters.queue_arn,
            **deferred.settings,
            events_queue_url=ingestion.events.queue_url,
            profiles_table=storage.profiles.table_name,
            journeys_table=storage.journeys.table_name,
            strategy_path=self._around.layers.strategy_path,
        )

    def _messages(self) -> sources.SqsEventSource:
        return sources.SqsEventSource(
            self.queue,
            batch_size=self.connector.batch_size,
            max_batching_window=Duration.seconds(self.connector.batch_window),
            report_batch_item_failures=True,
            max_concurrency=max(2, self.connector.max_concurrency),
        )


class Deliveries(Construct):
    def __init__(
        self,
        scope: Construct,
        connectors: list[Connector],
        around: Surroundings,
        ingestion: Ingestion,
        storage: Storage,
    ) -> None:
        super().__init__(scope, "Deliveries")
        # Messages that wait longer than SQS can delay them.
        self.deferred = Schedules(self, "Deferred", "deferred", around.stage)
        self.vendors = [
            Delivery(self, connector, around, ingestion, storage, self.deferred) for connector in connectors
        ]
        self.queue_urls = {vendor.connector.slug: vendor.queue.queue_url for vendor in self.vendors}
        self.calling = [vendor for vendor in self.vendors if vendor.connector.callbacks]
        self.webhooks = self._webhooks(around, ingestion)
        ingestion.api.add_routes(
            path="/hooks/{connector}",
            methods=[apigateway.HttpMethod.GET, apigateway.HttpMethod.POST],
            integration=HttpLambdaIntegration("ReceiveWebhooks", self.webhooks),
        )
        for vendor in self.calling:
            self._listen_on_eventbridge(vendor.connector)

    def _webhooks(self, around: Surroundings, ingestion: Ingestion) -> HubFunction:
        return HubFunction(
            self,
            "receive_webhooks",
            stage=around.stage,
            layers=around.layers.all,
            timeout=Duration.seconds(10),
            settings=ReceiveWebhooksSettings(
                **around.settings,
                events_queue_url=ingestion.events.queue_url,
                secrets={vendor.connector.slug: vendor.secret_name for vendor in self.calling},
            ),
        )

    def _listen_on_eventbridge(self, connector: Connector) -> None:
        source = connector.callbacks.event_source if connector.callbacks else ""
        if source:
            rule = events.Rule(
                self, f"{connector.slug}Events", event_pattern=events.EventPattern(source=[source])
            )
            rule.add_target(targets.LambdaFunction(self.webhooks))


def aws_actions(connector: Connector) -> list[str]:
    """What AWS must allow the connector's Lambda, read off its examples: ["ses:SendEmail"]."""
    examples = [action.example for action in connector.actions.values()]
    requests = [request for example in examples for request in (*example.requests, *example.inverse)]
    calls = {(one.service, one.operation) for one in requests if isinstance(one, AwsRequest)}
    return sorted(
        f"{_IAM_PREFIX.get(service, service)}:{_pascal_case(operation)}" for service, operation in calls
    )


_IAM_PREFIX = {"sesv2": "ses"}
_NOTHING: dict[str, SecretValue] = {}


def _pascal_case(operation: str) -> str:
    return "".join(word.capitalize() for word in operation.split("_"))
