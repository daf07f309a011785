"""What differs between stages, and nothing else does."""

from dataclasses import dataclass

from aws_cdk import RemovalPolicy
from aws_cdk import aws_logs as logs

from hub import deployed
from hub.errors import ConfigurationError


@dataclass(frozen=True, kw_only=True)
class Stage:
    name: str
    keeps_data: bool
    """Tables, archive and secrets outlive the stack and cannot be deleted by accident."""
    log_retention: logs.RetentionDays
    requests_per_second: int
    """What the HTTP API lets through, and as much again in a burst."""
    consumers: int
    """Lambdas at most that fold events into profiles at once."""
    local: bool = False
    """On this machine: Lambdas run in the emulator's interpreter, which has their packages."""

    @property
    def removal_policy(self) -> RemovalPolicy:
        return RemovalPolicy.RETAIN if self.keeps_data else RemovalPolicy.DESTROY

    def named(self, thing: str) -> str:
        return deployed.named(self.name, thing)


DEV = Stage(
    name="dev",
    keeps_data=False,
    log_retention=logs.RetentionDays.ONE_WEEK,
    requests_per_second=200,
    consumers=10,
)
PROD = Stage(
    name="prod",
    keeps_data=True,
    log_retention=logs.RetentionDays.THREE_MONTHS,
    requests_per_second=2_000,
    consumers=100,
)
LOCAL = Stage(
    name="local",
    keeps_data=False,
    log_retention=logs.RetentionDays.ONE_DAY,
    requests_per_second=2_000,
    consumers=2,
    local=True,
)

STAGES = {stage.name: stage for stage in (DEV, PROD, LOCAL)}


def stage_named(name: str) -> Stage:
    if name not in STAGES:
        known = ", ".join(STAGES)
        raise ConfigurationError(
            f"-c stage={name}: there is no such stage; take one of {known}, or add it to infra/stages.py"
        )
    return STAGES[name]
