"""The vendor sandbox, in a process of its own."""

import json
import time

from cli.local_stack import emulator, processes
from cli.local_stack.errors import LocalStackError
from cli.local_stack.places import PYTHON
from cli.local_stack.processes import Child
from hub.clock import Clock

_WAIT = 30.0


def start(clock: Clock, aws: str, children: list[Child]) -> str:
    """Its URL, once it answers; it is one of the `children` from the first moment on."""
    time_of_hub = ["--speed", str(clock.speed), "--origin", str(clock.origin), "--start", str(clock.start)]
    child = processes.start("sandbox", [PYTHON, "-m", "cli.sandbox", *time_of_hub], emulator.environment(aws))
    children.append(child)
    end = time.monotonic() + _WAIT
    while time.monotonic() < end and child.alive:
        for line in child.log.read_text().splitlines():
            if line.startswith("READY "):
                url: str = json.loads(line.removeprefix("READY "))["sandbox"]
                return url
        time.sleep(0.05)
    raise LocalStackError(f"the vendor sandbox did not start; the end of {child.log}:\n{child.last_words()}")
