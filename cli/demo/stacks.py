"""The stack a demo plays on: the one that runs here, or one of its own for as long as it takes."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cli import local_stack
from cli.local_stack.processes import free_port
from cli.target import Target
from hub.clock import DAY, HOUR, Instant, format_instant, real_now
from hub.errors import HubError

SLOWEST = 60.0
"""Hub seconds a real second: below it, twelve hours of a journey take longer than anybody watches."""
_STOP_WAIT = 30.0


class DemoStackError(HubError):
    """There is no stack to play on."""


@contextmanager
def stack(*, speed: float, strategy: Path) -> Iterator[Target]:
    """The running stack, else one of our own, gone again afterwards."""
    running = local_stack.current()
    if running is None:
        with _own_stack(speed=speed, strategy=strategy) as own:
            yield own
        return
    if running.speed < SLOWEST:
        slow = f"the hub at {running.endpoint} runs at speed {running.speed:g}: the journey would take hours"
        raise DemoStackError(f"{slow}. Stop it with `hub down`, or start it with `hub up --speed {speed:g}`.")
    yield Target.here(running)


@contextmanager
def _own_stack(*, speed: float, strategy: Path) -> Iterator[Target]:
    options = [
        "--port",
        str(free_port()),
        "--speed",
        str(speed),
        "--start",
        format_instant(_morning(real_now())),
    ]
    command = [sys.executable, "-m", "cli.main", "up", *options, "--strategy", str(strategy)]
    # It says on stderr how far it is; stdout is for the READY line alone.
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own command
        try:
            yield _when_ready(process)
        finally:
            process.terminate()
            process.wait(_STOP_WAIT)


def _when_ready(process: "subprocess.Popen[str]") -> Target:
    for line in process.stdout or ():
        if line.startswith("READY "):
            running = local_stack.current()
            if running is not None:
                return Target.here(running)
    raise DemoStackError("the stack did not start; what it said stands above")


def _morning(now: Instant) -> Instant:
    """Eight o'clock of the day it is."""
    return now // DAY * DAY + 8 * HOUR
