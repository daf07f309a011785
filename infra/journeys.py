"""One Step Functions machine a journey, and the Lambda that runs its steps."""

from aws_cdk import ArnFormat, Duration, Stack
from aws_cdk import aws_iam as iam
from aws_cdk.aws_stepfunctions import StateMachine
from constructs import Construct

from hub.settings import RunJourneyStepSettings
from hub.strategy.strategy import Strategy
from infra.deliveries import Deliveries
from infra.ingestion import Ingestion
from infra.journey_machines import machine
from infra.machines import Machines
from infra.packaging import HubFunction
from infra.storage import Storage
from infra.surroundings import Surroundings


class Journeys(Construct):
    def __init__(
        self,
        scope: Construct,
        around: Surroundings,
        strategy: Strategy,
        ingestion: Ingestion,
        storage: Storage,
        deliveries: Deliveries,
    ) -> None:
        super().__init__(scope, "Journeys")
        self._around = around
        self.function = HubFunction(
            self,
            "run_journey_step",
            stage=around.stage,
            layers=around.layers.all,
            timeout=Duration.seconds(30),
            settings=RunJourneyStepSettings(
                **around.settings,
                profiles_table=storage.profiles.table_name,
                journeys_table=storage.journeys.table_name,
                events_queue_url=ingestion.events.queue_url,
                connector_queues=deliveries.queue_urls,
                strategy_path=around.layers.strategy_path,
            ),
        )
        self.machines = self._machines(strategy)
        self.machine_arns = {name: one.state_machine_arn for name, one in self.machines.items()}

    def _machines(self, strategy: Strategy) -> dict[str, StateMachine]:
        machines = Machines(self, "journeys", self.function, self._around.stage)
        arn, speed = self.function.function_arn, self._around.time.speed
        return {
            journey.name: machines.add(f"journey-{journey.name}", machine(journey, arn, speed))
            for journey in strategy.journeys
        }

    def allow_answering_machines(self) -> None:
        """By name: by reference, the Lambda and its own machines would wait for each other."""
        arn = Stack.of(self).format_arn(
            service="states",
            resource="stateMachine",
            resource_name=self._around.stage.named("journey-*"),
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )
        statement = iam.PolicyStatement(actions=["states:SendTaskSuccess"], resources=[arn])
        self.function.add_to_role_policy(statement)
