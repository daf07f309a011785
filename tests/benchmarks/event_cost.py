"""What a million events cost, metered: the real handlers against moto, every call to AWS counted.

    python -m tests.benchmarks.event_cost [--json]

Shoppers' whole visits go the whole way: ingest_events, update_profiles, react_to_changes, and two weeks
later the last of their timers has gone off. See docs/scaling.md for what is assumed.
"""

import json
import sys
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any

from hub.clock import DAY, parse_instant
from tests.benchmarks import moto_hub
from tests.benchmarks.prices import MILLION, USD
from tests.benchmarks.traffic import Visit, visits
from tests.benchmarks.world import World

START = parse_instant("2026-11-02T00:00:00Z")
AFTERWARDS = 9 * DAY
"""Until every window of a week has closed."""


@dataclass(frozen=True)
class Traffic:
    per_request: int
    shoppers: int
    messages: int
    """In a batch of the events queue."""
    records: int
    """In a batch of the stream."""


def measure(traffic: Traffic) -> dict[str, Any]:
    """{"events", "requests", "usd": a million events, "lines": {who: {unit: [amount, usd]}}}, per million."""
    with moto_hub.hub(START) as world:
        world.queue.size, world.stream.size = traffic.messages, traffic.records
        events = sum(_shop(world, visit, traffic.per_request) for visit in visits(traffic.shoppers, START))
        world.run(START + 14 * DAY + AFTERWARDS)
    return _told(world, events, traffic)


def _shop(world: World, visit: Visit, per_request: int) -> int:
    coming = iter(visit.messages)
    while request := list(islice(coming, per_request)):
        sent_at = request[-1][0]
        messages = [message for _, message in request]
        world.at(sent_at, lambda messages=messages: world.post(messages))
    return len(visit.messages)


def _told(world: World, events: int, traffic: Traffic) -> dict[str, Any]:
    scale = MILLION / events
    lines: dict[str, dict[str, list[float]]] = {}
    for (who, unit), amount in world.meter.used.items():
        lines.setdefault(who, {})[unit.value] = [amount * scale, amount * scale * USD[unit]]
    usd = sum(line[1] for units in lines.values() for line in units.values())
    return {
        **asdict(traffic),
        "events": events,
        "usd": usd,
        "enrollments": len(world.started) * scale,
        "lines": lines,
    }


if __name__ == "__main__":
    per_request, shoppers, messages, records = map(int, sys.argv[1:5])
    print(json.dumps(measure(Traffic(per_request, shoppers, messages, records))))  # noqa: T201
