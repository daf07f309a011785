"""Hub time of a stack: real time, or faster and from another day where it is a rehearsal."""

from typing import TypedDict, cast

from aws_cdk import CfnParameter
from constructs import Construct

from hub.clock import Instant, real_now
from infra.context import Choices


class ClockSettings(TypedDict):
    clock_speed: float
    clock_origin: int
    clock_start: int


class HubTime(Construct):
    """In a rehearsal, origin and start are parameters: later deployments keep their values, time goes on."""

    def __init__(self, scope: Construct, choices: Choices) -> None:
        super().__init__(scope, "HubTime")
        self.speed = choices.speed
        self.settings: ClockSettings = {"clock_speed": 1.0, "clock_origin": 0, "clock_start": 0}
        if choices.rehearsal:
            now = real_now()
            self.settings = {
                "clock_speed": choices.speed,
                "clock_origin": _instant(scope, "ClockOrigin", now),
                "clock_start": _instant(scope, "ClockStart", now if choices.start is None else choices.start),
            }


def _instant(scope: Construct, name: str, default: Instant) -> int:
    parameter = CfnParameter(
        scope, name, default=str(default), allowed_pattern="\\d+", description="ms since 1970"
    )
    # A text that only CloudFormation knows; the Lambda reads a number out of it.
    return cast("int", parameter.value_as_string)
