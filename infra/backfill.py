"""A segment changed: every profile there is is held against it, without stopping what is live."""

from aws_cdk import ArnFormat, Duration, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from constructs import Construct

from hub.settings import BackfillSegmentsSettings
from infra.archive import BUFFERED, Archive
from infra.backfill_machine import Waits, machine
from infra.ingestion import Ingestion
from infra.machines import Machines
from infra.packaging import HubFunction
from infra.profiles import REACTIONS_TIMEOUT
from infra.stages import Stage
from infra.storage import Storage
from infra.surroundings import Surroundings


class Backfill(Construct):
    """The machine, the Lambda behind its every step, and what starts it: a deployment, and the night."""

    def __init__(
        self, scope: Construct, around: Surroundings, ingestion: Ingestion, storage: Storage, archive: Archive
    ) -> None:
        super().__init__(scope, "Backfill")
        self._name = around.stage.named("backfill")
        self.function = HubFunction(
            self,
            "backfill_segments",
            stage=around.stage,
            layers=around.layers.all,
            timeout=Duration.minutes(3),
            memory=1024,
            settings=BackfillSegmentsSettings(
                **around.settings,
                profiles_table=storage.profiles.table_name,
                segments_table=storage.segments.table_name,
                events_queue_url=ingestion.events.queue_url,
                archive_bucket=archive.bucket.bucket_name,
                strategy_path=around.layers.strategy_path,
            ),
        )
        machines = Machines(self, "backfill", self.function, around.stage)
        self._allow_children(machines.role)
        self.machine = machines.add("backfill", machine(self.function.function_arn, _waits(around.stage)))
        self._start_after_deployments()
        self._start_every_night()

    def _allow_children(self, role: iam.Role) -> None:
        """A Distributed Map starts its own machine's children. By name: the machine waits for its role."""
        role.add_to_policy(
            iam.PolicyStatement(actions=["states:StartExecution"], resources=[self._arn("stateMachine", "")])
        )
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["states:DescribeExecution", "states:StopExecution"],
                resources=[self._arn("execution", ":*"), self._arn("execution", "/*")],
            )
        )

    def _arn(self, resource: str, suffix: str) -> str:
        return Stack.of(self).format_arn(
            service="states",
            resource=resource,
            resource_name=self._name + suffix,
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )

    def _start_after_deployments(self) -> None:
        """It looks whether a segment is another one than before, and mostly finds that none is."""
        done = {"status": ["CREATE_COMPLETE", "UPDATE_COMPLETE"]}
        rule = events.Rule(
            self,
            "Deployed",
            event_pattern=events.EventPattern(
                source=["aws.cloudformation"],
                detail_type=["CloudFormation Stack Status Change"],
                detail={"stack-id": [Stack.of(self).stack_id], "status-details": done},
            ),
        )
        rule.add_target(self._started_with("begin"))

    def _start_every_night(self) -> None:
        rule = events.Rule(self, "Nightly", schedule=events.Schedule.cron(hour="3", minute="17"))
        rule.add_target(self._started_with("nightly"))

    def _started_with(self, do: str) -> targets.SfnStateMachine:
        asked = events.RuleTargetInput.from_object({"do": do, "segments": []})
        return targets.SfnStateMachine(self.machine, input=asked)


def _waits(stage: Stage) -> Waits:
    """The emulator's Firehose delivers at once, and nobody's Lambda runs for a minute there."""
    if stage.local:
        return Waits(archive=0, counts=10)
    return Waits(archive=int(BUFFERED.to_seconds()) + 60, counts=int(REACTIONS_TIMEOUT.to_seconds()) + 5)
