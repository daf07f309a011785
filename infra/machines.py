"""State machines whose every step is one Lambda's work: traced, their errors logged without their data."""

import json
from typing import Any

from aws_cdk import RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_stepfunctions as stepfunctions
from aws_cdk.aws_lambda import IFunction
from constructs import Construct

from infra.stages import Stage


class Machines(Construct):
    """One role and one log for machines of a kind."""

    def __init__(self, scope: Construct, kind: str, function: IFunction, stage: Stage) -> None:
        super().__init__(scope, "Machines")
        self._stage = stage
        self.role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("states.amazonaws.com"))
        function.grant_invoke(self.role)
        self._log = logs.LogGroup(
            self,
            "Log",
            # Step Functions wants this prefix: the policies of other names run out of room.
            log_group_name=f"/aws/vendedlogs/states/{stage.named(kind)}",
            retention=stage.log_retention,
            removal_policy=RemovalPolicy.DESTROY,
        )

    def add(self, name: str, definition: dict[str, Any]) -> stepfunctions.StateMachine:
        """`name`: within the stage."""
        return stepfunctions.StateMachine(
            self,
            name,
            state_machine_name=self._stage.named(name),
            definition_body=stepfunctions.DefinitionBody.from_string(json.dumps(definition)),
            role=self.role,
            tracing_enabled=True,
            logs=stepfunctions.LogOptions(
                destination=self._log, level=stepfunctions.LogLevel.ERROR, include_execution_data=False
            ),
        )
