"""The real CDK app into the emulator, with the real CDK command line."""

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import boto3

from cli.local_stack import emulator
from cli.local_stack.errors import LocalStackError
from cli.local_stack.places import ASSEMBLY, CDK, HOME, NODE, PYTHON, REGION, ROOT, STAGE
from hub.deployed import named, stack_name

STACK = stack_name(STAGE)


@dataclass(frozen=True)
class Cdk:
    """Talks to the emulator at `url` only."""

    url: str

    def make_asset_bucket(self) -> None:
        """All that a stack with `CliCredentialsStackSynthesizer` wants: `cdk bootstrap` takes seconds."""
        client("s3", self.url).create_bucket(Bucket=named(STAGE, "assets"))

    def synthesise(self, context: Mapping[str, str]) -> None:
        more = {
            "CDK_OUTDIR": str(ASSEMBLY),
            "CDK_CONTEXT_JSON": json.dumps(dict(context)),
            # 4 of 10 seconds; tests and deployments to AWS do check.
            "CDK_VALIDATION": "false",
            "JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION": "1",
        }
        self._run("the synthesis of infra/", [str(PYTHON), "-m", "infra.app"], ROOT, more)

    def deploy(self, parameters: Mapping[str, str]) -> dict[str, str]:
        """The stack's outputs."""
        given = [word for name, value in parameters.items() for word in ("--parameters", f"{name}={value}")]
        command = [*_CDK, "deploy", STACK, "--app", str(ASSEMBLY), "--method", "direct"]
        try:
            self._run("cdk deploy", [*command, "--require-approval", "never", *given], HOME)
        except LocalStackError as error:
            reasons = self._reasons()
            raise LocalStackError(f"{error}\n{reasons}") if reasons else error from error
        [stack] = self._cloudformation().describe_stacks(StackName=STACK)["Stacks"]
        return {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}

    def _run(self, what: str, command: list[str], place: Path, more: Mapping[str, str] | None = None) -> None:
        environment = {**emulator.environment(self.url), **_QUIET, **(more or {})}
        done = subprocess.run(  # noqa: S603 - our own commands
            command, cwd=place, env=environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            said = "\n".join((done.stdout + done.stderr).strip().splitlines()[-30:])
            raise LocalStackError(f"{what} failed:\n{said}")

    def _reasons(self) -> str:
        """What CloudFormation says of each resource that failed."""
        try:
            events = self._cloudformation().describe_stack_events(StackName=STACK)["StackEvents"]
        except Exception:  # noqa: BLE001 - without a stack there are no reasons
            return ""
        failed = [event for event in events if event["ResourceStatus"].endswith("_FAILED")]
        return "\n".join(
            f"{event['LogicalResourceId']} ({event['ResourceType']}): {event.get('ResourceStatusReason', '')}"
            for event in reversed(failed)
        )

    def _cloudformation(self) -> "boto3.client":
        return client("cloudformation", self.url)


def client(service: str, url: str) -> "boto3.client":
    credentials = {"aws_access_key_id": "local", "aws_secret_access_key": "local"}
    return boto3.client(service, endpoint_url=url, region_name=REGION, **credentials)


_CDK = [str(NODE), str(CDK)]
_QUIET = {"CI": "1", "NO_COLOR": "1", "CDK_DISABLE_CLI_TELEMETRY": "1"}
