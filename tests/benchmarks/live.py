"""A local stack of the benchmark's own, and shoppers who act on it; what the vendors were told, and when."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import urllib3

from cli import local_stack
from cli.local_stack import lock
from cli.local_stack.places import HOME
from cli.local_stack.processes import free_port
from cli.sandbox.vendors import ANYBODY, discover
from cli.sandbox.wire import Request
from cli.target import Target
from hub.clock import Instant, format_instant, parse_instant

STRATEGY = Path(__file__).parent / "strategy"
_PATIENCE = 600.0
"""Seconds to wait for another stack on this machine to end."""
_STOP = 60.0


@contextmanager
def stack(strategy: Path = STRATEGY, *, speed: int = 1, start: str = "") -> Iterator[Target]:
    """With a strategy (the benchmark's own), on a port of its own; gone again afterwards. No `start`: now."""
    until(lambda: lock.holder() is None, _PATIENCE, "the other stack on this machine to end")
    wishes = {
        "port": free_port(),
        "strategy": strategy,
        "speed": speed,
        **({"start": start} if start else {}),
    }
    command = [sys.executable, "-m", "cli.main", "up", *(f"--{name}={wish}" for name, wish in wishes.items())]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield _ready(process)
        finally:
            process.terminate()
            process.communicate(timeout=_STOP)


def _ready(process: "subprocess.Popen[str]") -> Target:
    for line in process.stdout or ():
        running = local_stack.current()
        if line.startswith("READY ") and running is not None:
            return Target.here(running)
    raise RuntimeError(f"the stack did not start:\n{process.communicate()[1][-2_000:]}")


def tick_lateness() -> list[float]:
    """Hub seconds, of every tick so far: the metric the hub writes itself."""
    lines = (HOME / "ministack.log").read_text(errors="replace").splitlines()
    said = (line[line.index("{") :] for line in lines if '"TickLateness"' in line and "{" in line)
    return [value for line in said for value in json.loads(line).get("TickLateness", ())]


@dataclass(frozen=True)
class Shopper:
    name: str

    @property
    def email(self) -> str:
        return f"{self.name}@shop-mail.example"

    @property
    def marks(self) -> frozenset[str]:
        """All that a vendor may know her by."""
        return frozenset({self.name, self.email, sha256(self.email.encode()).hexdigest()})


@dataclass(frozen=True)
class Seen:
    """A request that said something of a shopper."""

    at: Instant
    connector: str
    kind: str
    """on, off, or the type of a webhook."""
    who: frozenset[str]


@dataclass
class Shop:
    hub: Target
    http: urllib3.PoolManager = field(
        default_factory=lambda: urllib3.PoolManager(retries=False, timeout=20.0)
    )

    def tell(self, shopper: Shopper, event: str, **properties: Any) -> Instant:
        """She does something; when the request left."""
        left = self.hub.now
        who = {"userId": shopper.name, "anonymousId": f"a-{shopper.name}", "timestamp": format_instant(left)}
        traits = {"email": shopper.email, "firstName": "Anna"}
        told = (
            {"type": "identify", "traits": traits},
            {"type": "track", "event": event, "properties": properties},
        )
        batch = [{**who, **one, "messageId": f"{shopper.name} {event} {one['type']} {left}"} for one in told]
        body = json.dumps(
            {"writeKey": self.hub.endpoint.write_key, "sentAt": format_instant(left), "batch": batch}
        )
        answer = self.http.request("POST", f"{self.hub.endpoint.url}/v1/batch", body=body)
        if answer.status != 200:
            raise RuntimeError(f"the hub answered {answer.status}: {answer.data[:300]!r}")
        return left

    def paced(self, shoppers: list[Shopper], event: str, *, a_second: float) -> dict[str, Instant]:
        """All of them, evenly; name -> when."""
        told, begun = {}, time.monotonic()
        for place, shopper in enumerate(shoppers):
            time.sleep(max(0, begun + place / a_second - time.monotonic()))
            told[shopper.name] = self.tell(shopper, event)
        return told

    def seen(self) -> list[Seen]:
        records = self.http.request("GET", f"{self.hub.sandbox}/__requests").json()
        return [found for record in records for found in _sightings(record)]


def _sightings(record: dict[str, Any]) -> Iterator[Seen]:
    at, connector, body = parse_instant(record["at"]), record["connector"], record["body"]
    if not 200 <= record["status"] < 300:
        return
    if connector == "webhook":
        yield Seen(at, connector, body["type"], frozenset({body["data"]["customer_id"]}))
        return
    request = Request(
        method=record["method"], path=record["path"], query=record["query"], raw=json.dumps(body).encode()
    )
    for sighting in discover().get(connector, ANYBODY).tell(request):
        yield Seen(at, connector, sighting.kind, sighting.who)


def until(done: Callable[[], bool], seconds: float, what: str) -> None:
    end = time.monotonic() + seconds
    while not done():
        if time.monotonic() > end:
            raise RuntimeError(f"waited {seconds:.0f} s in vain for {what}")
        time.sleep(0.3)


def percentile(values: list[float], share: float) -> float:
    """By nearest rank: the value that this share of them do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * round(share * 100) // 100) - 1)]
