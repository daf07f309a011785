"""One-time schedules onto queues: what waits longer than SQS can delay it."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_scheduler as scheduler
from aws_cdk.aws_lambda import IFunction
from constructs import Construct

from infra.stages import Stage


class Schedules(Construct):
    """A group of schedules, and the role in which they send."""

    def __init__(self, scope: Construct, construct_id: str, name: str, stage: Stage) -> None:
        super().__init__(scope, construct_id)
        self.group = scheduler.ScheduleGroup(self, "Group", schedule_group_name=stage.named(name))
        self.group.apply_removal_policy(RemovalPolicy.DESTROY)
        self.role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("scheduler.amazonaws.com"))

    @property
    def settings(self) -> dict[str, str]:
        """What a Lambda that arms them must know."""
        return {
            "schedule_group": self.group.schedule_group_name,
            "scheduler_role_arn": self.role.role_arn,
        }

    def grant_arming(self, function: IFunction) -> None:
        self.group.grants.write_schedules(function)
        self.role.grant(function.grant_principal, "iam:PassRole")
