"""What a million events cost, metered: the real handlers against moto, every call to AWS counted.

    python -m tests.benchmarks.event_cost [--json]
    python -m tests.benchmarks.event_cost PER_REQUEST EVENTS_A_MONTH      one kind of traffic, in full

Shoppers' whole visits go the whole way: ingest_events, update_profiles, react_to_changes, and two weeks
later the last of their timers has gone off. docs/scaling.md says what is assumed.
"""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from itertools import islice
from typing import Any

from hub.clock import DAY, parse_instant
from tests.benchmarks import moto_hub
from tests.benchmarks.prices import MILLION, USD, Unit
from tests.benchmarks.rows import Row, alone, output
from tests.benchmarks.traffic import VISITS, Visit, visits
from tests.benchmarks.world import World

START = parse_instant("2026-11-02T00:00:00Z")
AFTERWARDS = 9 * DAY
"""Until every window of a week has closed."""
MONTH_SECONDS = 30.4 * 86_400
A_MONTH = 1_000 * MILLION
"""Events of the shop that is metered: how full batches are, and how much X-Ray samples, hangs on it."""
TARGETS = {20: 0.30, 1: 3.00}
SHOPPERS = {20: 60, 1: 15}

# A queue's mapping starts with five pollers, each with a window of its own (Lambda's developer guide).
POLLERS = 5
WINDOW = 1.0
# A table on demand starts with four partitions; each is read four times a second, by four Lambdas at most.
LANES, POLLS = 4 * 4, 4
# X-Ray's default rule: the first request of every second, and 5 % of the others.
RESERVOIR, RATE = 1.0, 0.05


@dataclass(frozen=True)
class Traffic:
    per_request: int
    a_month: float

    @property
    def requests(self) -> float:
        """A second."""
        return self.a_month / MONTH_SECONDS / self.per_request

    @property
    def messages(self) -> int:
        """In a batch of the events queue."""
        return max(1, min(100, round(self.requests * WINDOW / POLLERS)))

    @property
    def records(self) -> int:
        """In a batch of the stream: about one a request."""
        return max(1, min(100, round(self.requests / POLLS / LANES)))


def measure(traffic: Traffic) -> dict[str, Any]:
    """Per million events: {"usd", "enrollments", "lines": {who: {unit: [amount, usd]}}}."""
    with moto_hub.hub(START) as world:
        world.queue.size, world.stream.size = traffic.messages, traffic.records
        shoppers = SHOPPERS[traffic.per_request]
        events = sum(_shop(world, visit, traffic.per_request) for visit in visits(shoppers, START))
        world.run(START + VISITS * 7 * DAY + AFTERWARDS)
    _trace(world, MILLION / events, traffic)
    return _told(world, MILLION / events, traffic)


def rows() -> list[Row]:
    with ThreadPoolExecutor(2) as pool:
        return [row for rows in pool.map(_rows, TARGETS) for row in rows]


def _rows(per_request: int) -> list[Row]:
    told = output("-m", "tests.benchmarks.event_cost", str(per_request), str(A_MONTH))
    written = {who: units.get(Unit.WRITES, [0.0])[0] / MILLION for who, units in told["lines"].items()}
    return [
        Row(
            what=f"1 M events, {per_request} a request, of 1,000 M a month",
            measured=f"${told['usd']:.2f}",
            target=f"≤ ${TARGETS[per_request]:.2f}",
            ok=told["usd"] <= TARGETS[per_request],
            figures=told,
        ),
        Row(
            what=f"write units an event, {per_request} a request",
            measured=f"{written['update_profiles']:.2f} for customers, {sum(written.values()):.2f} in all",
            figures=written,
        ),
    ]


def _shop(world: World, visit: Visit, per_request: int) -> int:
    coming = iter(visit.messages)
    while request := list(islice(coming, per_request)):
        messages = [message for _, message in request]
        world.at(request[-1][0], partial(world.post, messages))
    return len(visit.messages)


def _trace(world: World, scale: float, traffic: Traffic) -> None:
    """How many of a Lambda's invocations are traced depends on how many there are a second."""
    for name, one in world.lambdas.items():
        invocations = world.meter.used.get((name, Unit.INVOCATIONS), 0)
        a_second = invocations * scale * traffic.a_month / MILLION / MONTH_SECONDS
        if one.traced and invocations:
            share = min(1, (RESERVOIR + RATE * max(0, a_second - RESERVOIR)) / a_second)
            world.meter.add(Unit.TRACES, invocations * share, name)


def _told(world: World, scale: float, traffic: Traffic) -> dict[str, Any]:
    lines: dict[str, dict[str, list[float]]] = {}
    for (who, unit), amount in sorted(world.meter.used.items()):
        lines.setdefault(who, {})[unit.value] = [amount * scale, amount * scale * USD[unit]]
    usd = sum(line[1] for units in lines.values() for line in units.values())
    batches = {"messages": traffic.messages, "records": traffic.records}
    return {
        **asdict(traffic),
        **batches,
        "usd": usd,
        "enrollments": len(world.started) * scale,
        "lines": lines,
    }


if __name__ == "__main__":
    numbers = [float(word) for word in sys.argv[1:] if not word.startswith("-")]
    if numbers:
        print(json.dumps(measure(Traffic(int(numbers[0]), numbers[1]))))  # noqa: T201
    else:
        alone(rows)
