"""From HTTP to the events queue: the API that SDKs post to, and the Lambda behind its every path."""

import json
from typing import cast

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_logs as logs
from aws_cdk.aws_apigatewayv2_integrations import HttpLambdaIntegration
from constructs import Construct

from hub.settings import IngestEventsSettings
from infra.archive import Archive
from infra.packaging import HubFunction
from infra.queues import DurableQueue
from infra.stages import Stage
from infra.surroundings import Surroundings

CONSUMER_TIMEOUT = Duration.seconds(30)
"""Of update_profiles, which reads the events queue."""


class Ingestion(Construct):
    def __init__(
        self, scope: Construct, around: Surroundings, archive: Archive, write_keys: dict[str, str]
    ) -> None:
        super().__init__(scope, "Ingestion")
        self.events = DurableQueue(
            self, "Events", name="events", stage=around.stage, consumer_timeout=CONSUMER_TIMEOUT, receives=5
        )
        self.function = HubFunction(
            self,
            "ingest_events",
            stage=around.stage,
            # It faces the web: neither pydantic nor anything else that costs a cold start.
            layers=around.layers.hub,
            timeout=Duration.seconds(10),
            settings=IngestEventsSettings(
                **around.settings,
                events_queue_url=self.events.queue_url,
                archive_stream=archive.stream.delivery_stream_name,
                write_keys=write_keys,
            ),
        )
        self.api = self._api(around.stage)

    def _api(self, stage: Stage) -> apigateway.HttpApi:
        """Every path that no other Lambda takes is the door's, OPTIONS and unknown ones too.

        The API itself has no CORS configuration: with one, API Gateway ignores the headers of its Lambdas,
        and it cannot echo the headers a page asks for.
        """
        api = apigateway.HttpApi(
            self,
            "Api",
            api_name=stage.named("api"),
            create_default_stage=False,
            default_integration=HttpLambdaIntegration("IngestEvents", self.function),
        )
        stage_of_api = api.add_stage(
            "Stage",
            stage_name="$default",
            auto_deploy=True,
            throttle=apigateway.ThrottleSettings(
                rate_limit=stage.requests_per_second, burst_limit=stage.requests_per_second
            ),
        )
        cast("apigateway.CfnStage", stage_of_api.node.default_child).access_log_settings = self._access_log(
            stage
        )
        return api

    def _access_log(self, stage: Stage) -> apigateway.CfnStage.AccessLogSettingsProperty:
        """Neither addresses nor queries: both say who somebody is."""
        group = logs.LogGroup(
            self,
            "AccessLog",
            log_group_name=f"/aws/vendedlogs/{stage.named('api')}",
            retention=stage.log_retention,
            removal_policy=RemovalPolicy.DESTROY,
        )
        fields = ("requestId", "routeKey", "status", "integrationLatency")
        return apigateway.CfnStage.AccessLogSettingsProperty(
            destination_arn=group.log_group_arn,
            format=json.dumps({name: f"$context.{name}" for name in (*fields, "integrationErrorMessage")}),
        )
