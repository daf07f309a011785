"""GET /v1/decisions: what the site may show to this visitor now."""

from aws_cdk import Duration
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk.aws_apigatewayv2_integrations import HttpLambdaIntegration
from constructs import Construct

from hub.settings import DecideContentSettings
from infra.ingestion import Ingestion
from infra.packaging import HubFunction
from infra.storage import Storage
from infra.surroundings import Surroundings


class Decisions(Construct):
    def __init__(
        self, scope: Construct, around: Surroundings, ingestion: Ingestion, storage: Storage
    ) -> None:
        super().__init__(scope, "Decisions")
        self.function = HubFunction(
            self,
            "decide_content",
            stage=around.stage,
            layers=around.layers.all,
            timeout=Duration.seconds(5),
            memory=1024,
            settings=DecideContentSettings(
                **around.settings,
                profiles_table=storage.profiles.table_name,
                journeys_table=storage.journeys.table_name,
                strategy_path=around.layers.strategy_path,
            ),
        )
        ingestion.api.add_routes(
            path="/v1/decisions",
            methods=[apigateway.HttpMethod.GET],
            integration=HttpLambdaIntegration("DecideContent", self.function),
        )
