"""`hub up`: start, deploy, serve, and stop in order; `hub down`."""

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from cli.local_stack import credentials, emulator, lock, processes, records, sandbox, warming
from cli.local_stack.deployment import Cdk, client
from cli.local_stack.errors import LocalStackError
from cli.local_stack.front_door import Api, FrontDoor
from cli.local_stack.places import HOME, LOOPBACK, REGION, ROOT, STAGE
from cli.local_stack.processes import Child
from cli.local_stack.records import StackInfo
from hub.aws.definition_table import DefinitionTable
from hub.clock import SECOND, Clock, Duration, Instant, format_instant, real_now
from hub.connector_kit import discover
from hub.definitions import wanted
from hub.strategy.strategy import Strategy

_STOP_PATIENCE = 30.0
_WRITTEN_DOWN = 10.0
"""Seconds in which the hub is sure to have written down what its segments mean."""
_HEAD_START = 8 * SECOND
"""What deployment and warming take at least; a machine that is slow to synthesise takes as long again."""


@dataclass(frozen=True, kw_only=True)
class Wishes:
    port: int = 8787
    speed: float = 1.0
    start: Instant | None = None
    """Hub time at the beginning; None: the real time."""
    vendors: str = ""
    """URL below which the vendors stand; "": the sandbox."""
    strategy: Path = ROOT / "strategy"

    def clock(self, synthesis: Duration) -> Clock:
        """Begins when everything is likely to answer, so that no hub time passes before; Lambdas hear of it
        when they are deployed. `synthesis`: what that took, in real time."""
        if self.speed == 1 and self.start is None:
            return Clock()
        origin = real_now() + max(_HEAD_START, synthesis)
        return Clock(speed=self.speed, origin=origin, start=origin if self.start is None else self.start)


def up(wishes: Wishes, ready: Callable[[StackInfo], None]) -> None:
    """Run until Ctrl-C, SIGTERM or `hub down`; `ready` is called once everything answers."""
    stopped = _stop_signals()
    with lock.held(), ExitStack() as stack:
        processes.stop_leftovers()
        if not wishes.strategy.is_dir():
            raise LocalStackError(f"{wishes.strategy} is no directory: give one with --strategy")
        door = FrontDoor(wishes.port)
        stack.callback(door.close)
        stack.callback(emulator.forget)
        stack.callback(records.forget)
        children: list[Child] = []
        stack.callback(processes.stop, children)
        info = _start(wishes, children, door, stopped)
        if info:
            records.write(info)
            ready(info)
            _watch(children, stopped)
        _say("stopping")


def down() -> bool:
    """Stop it, also while it still starts; False if nothing ran."""
    pid = lock.holder()
    if pid:
        os.kill(pid, signal.SIGTERM)
        _wait_for_the_end_of(pid)
    processes.stop_leftovers()
    records.forget()
    return pid is not None


def _wait_for_the_end_of(pid: int) -> None:
    end = time.monotonic() + _STOP_PATIENCE
    while lock.holder() == pid:
        if time.monotonic() > end:
            os.kill(pid, signal.SIGKILL)
            return
        time.sleep(0.1)


def _start(wishes: Wishes, children: list[Child], door: FrontDoor, stopped: Event) -> StackInfo | None:
    """None if it was stopped meanwhile."""
    with _timed("emulator"):
        aws = emulator.start(children)
    cdk = Cdk(aws)
    began = real_now()
    with _timed("synthesis"):
        cdk.make_asset_bucket()
        cdk.synthesise(_context(wishes))
    if stopped.is_set():
        return None
    clock = wishes.clock(synthesis=real_now() - began)
    with _timed("deployment"), ThreadPoolExecutor() as pool:
        deployed = pool.submit(cdk.deploy, _parameters(clock))
        vendors = wishes.vendors or sandbox.start(clock, aws, children)
        outputs = deployed.result()
    info = _info(wishes, aws, vendors, clock, outputs)
    _give_credentials(info)
    with _timed("warming"):
        warming.warm(aws, info.connectors)
    _write_down_segments(aws, outputs, stopped)
    door.open(Api(aws, outputs["ApiId"]))
    stopped.wait(max(0, clock.origin - real_now()) / SECOND)
    return info


def _deployed() -> Strategy:
    return Strategy.load(HOME / "strategy" / STAGE / "strategy")


def _give_credentials(info: StackInfo) -> None:
    used = [one for one in discover() if one.slug in info.connectors]
    credentials.put_all(used, _deployed(), info)


def _write_down_segments(aws: str, outputs: dict[str, str], stopped: Event) -> None:
    """On AWS the deployment's own event starts this; the emulator tells nobody that it deployed.

    Commands ask the hub what its segments are, so nothing is ready before it knows.
    """
    asked = json.dumps({"do": "begin", "segments": []})
    machine = outputs["BackfillMachine"]
    client("stepfunctions", aws).start_execution(stateMachineArn=machine, name="deployed", input=asked)
    definitions = DefinitionTable(client("dynamodb", aws), outputs["SegmentsTable"])
    expected, end = wanted(_deployed(), 0).keys(), time.monotonic() + _WRITTEN_DOWN
    while not expected <= definitions.known().keys() and time.monotonic() < end:
        if stopped.wait(0.1):
            break


def _context(wishes: Wishes) -> dict[str, str]:
    given = {"stage": STAGE, "speed": str(wishes.speed), "strategy": str(wishes.strategy.resolve())}
    return given if wishes.start is None else {**given, "start": format_instant(wishes.start)}


def _parameters(clock: Clock) -> dict[str, str]:
    if clock == Clock():
        return {}
    return {"ClockOrigin": str(clock.origin), "ClockStart": str(clock.start)}


def _info(wishes: Wishes, aws: str, vendors: str, clock: Clock, outputs: dict[str, str]) -> StackInfo:
    return StackInfo(
        endpoint=f"http://{LOOPBACK}:{wishes.port}",
        write_key=outputs["WriteKey"],
        aws_endpoint_url=aws,
        sandbox=vendors,
        stage=STAGE,
        region=REGION,
        pid=os.getpid(),
        clock={"speed": clock.speed, "origin": clock.origin, "start": clock.start},
        speed=clock.speed,
        start=format_instant(clock.start or real_now()),
        strategy=str(wishes.strategy.resolve()),
        write_keys=json.loads(outputs["WriteKeys"]),
        outputs=outputs,
    )


def _stop_signals() -> Event:
    stopped = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    return stopped


def _watch(children: list[Child], stopped: Event) -> None:
    while not stopped.wait(0.5):
        for child in children:
            if not child.alive:
                raise LocalStackError(
                    f"{child.name} ended by itself; the end of {child.log}:\n{child.last_words()}"
                )


@contextmanager
def _timed(what: str) -> Iterator[None]:
    begun = time.monotonic()
    yield
    _say(f"{what} {time.monotonic() - begun:.1f} s")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
