"""One Step Functions machine a journey, and the Lambda that runs its steps."""

import json

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_stepfunctions as stepfunctions
from constructs import Construct
from hub.settings import RunJourneyStepSettings
from hub.strategy.journeys import Journey
from hub.strategy.strategy import Strategy

from infra.deliveries import Deliveries
from infra.hub_time import HubTime
from infra.ingestion import Ingestion
from infra.journey_machines import machine
from infra.packaging import HubFunction, Layers
from infra.stages import Stage
from infra.storage import Storage


class Journeys(Construct):
    def __init__(
        self,
        scope: Construct,
        stage: Stage,
        layers: Layers,
        time: HubTime,
        strategy: Strategy,
        ingestion: Ingestion,
        storage: Storage,
        deliveries: Deliveries,
    ) -> None:
        super().__init__(scope, "Journeys")
        self._stage = stage
        self._time = time
        self.function = HubFunction(
            self,
            "run_journey_step",
            stage=stage,
            layers=layers.all,
            timeout=Duration.seconds(30),
            settings=RunJourneyStepSettings(
                stage=stage.name,
                **time.settings,
                profiles_table=storage.profiles.table_name,
                journeys_table=storage.journeys.table_name,
                events_queue_url=ingestion.events.queue_url,
                connector_queues=deliveries.queue_urls,
                strategy_path=layers.strategy_path,
            ),
        )
        self._role = iam.Role(self, "MachineRole", assumed_by=iam.ServicePrincipal("states.amazonaws.com"))
        self.function.grant_invoke(self._role)
        self._log = logs.LogGroup(
            self,
            "MachineLog",
            # Step Functions wants this prefix: the policies of other names run out of room.
            log_group_name=f"/aws/vendedlogs/states/{stage.named('journeys')}",
            retention=stage.log_retention,
            removal_policy=RemovalPolicy.DESTROY,
        )
        self.machines = {journey.name: self._machine(journey) for journey in strategy.journeys}
        self.machine_arns = {name: self._arn(name) for name in self.machines}

    def _machine(self, journey: Journey) -> stepfunctions.StateMachine:
        definition = machine(journey, self.function.function_arn, self._time.speed)
        return stepfunctions.StateMachine(
            self,
            "".join(word.capitalize() for word in journey.name.split("_")),
            state_machine_name=self._name(journey.name),
            definition_body=stepfunctions.DefinitionBody.from_string(json.dumps(definition)),
            role=self._role,
            tracing_enabled=True,
            logs=stepfunctions.LogOptions(
                destination=self._log, level=stepfunctions.LogLevel.ERROR, include_execution_data=False
            ),
        )
