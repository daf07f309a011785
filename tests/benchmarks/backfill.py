"""What it costs to change a segment: reading every profile, and writing those that become something else.

    python -m tests.benchmarks.backfill [--json]

5,000 customers looked at one to four products; then `window_shopper` wants two of them instead of three. The
real handlers run against moto, every call to AWS is metered; transitions are counted as the machine is drawn.
"""

import json
import os
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import backfill_segments
import react_to_changes
from hub import timeline
from hub.aws import bootstrap
from hub.clock import DAY, MINUTE, format_instant, parse_instant
from hub.events import accept
from hub.identities import profile_id_for
from hub.profiles import Profile
from hub.strategy.strategy import FILE
from tests.benchmarks import moto_hub
from tests.benchmarks.prices import Unit, total
from tests.benchmarks.rows import Row, alone
from tests.benchmarks.world import World

START = parse_instant("2026-11-02T00:00:00Z")
CUSTOMERS = 5_000
AROUND, A_PART, A_CALL = 20, 2, 2
"""Transitions: of a back-fill of one segment that recalls nothing, of each part, and of each of its calls."""


@dataclass
class Filling:
    """One back-fill, as its machine does it."""

    world: World
    seconds: float = 0.0
    """Real ones, of reading and settling: moto's own time is in them."""
    transitions: int = AROUND
    seen: int = 0
    changed: int = 0
    requests: int = 0
    used: dict[str, dict[Unit, float]] = field(default_factory=lambda: defaultdict(dict))
    """Who -> what of."""

    def run(self) -> None:
        self.world.meter.used.clear()
        calls = self.world.meter.calls
        plan = self._call({"do": "begin", "run": "r", "segments": ["window_shopper"]})
        for part in plan["scan"]["left"]:
            # The world takes messages in without taking them out of moto's queue.
            self._read(part | {"usual": CUSTOMERS})
        self.world.run(self.world.now + 10 * MINUTE)
        for segment in plan["segments"]:
            self._call({"do": "put_right", "of": self._call({"do": "count", "of": segment})})
        self._call({"do": "end", "run": plan["run"], "todo": plan["todo"]})
        self.requests = self.world.meter.calls - calls
        self.world.meter.add(Unit.TRANSITIONS, self.transitions, "the machine")
        for (who, unit), amount in self.world.meter.used.items():
            self.used[who][unit] = amount

    def _read(self, part: dict[str, Any]) -> None:
        begun = time.perf_counter()
        self.transitions += A_PART
        while not part.get("done"):
            part = self._call(part)
            self.transitions += A_CALL
        self.seconds += time.perf_counter() - begun
        self.seen, self.changed = self.seen + part["seen"], self.changed + part["changed"]

    def _call(self, asked: dict[str, Any]) -> Any:
        return self.world.invoke("backfill_segments", asked)

    @property
    def dollars(self) -> dict[str, float]:
        return {who: total(amounts) for who, amounts in self.used.items()}


def measure() -> tuple[Filling, Filling]:
    """Of a rule that is the same, and of one that is another."""
    with moto_hub.hub(START) as world:
        world.queue.size = world.stream.size = 100
        _demand(views=3)
        for number in range(CUSTOMERS):
            _store([_view(number, view) for view in range(1 + number % 4)])
        world.run(START + DAY)
        Filling(world).run()
        same, other = Filling(world), Filling(world)
        same.run()
        _demand(views=2)
        other.run()
        return same, other


def _view(number: int, view: int) -> dict[str, Any]:
    return {
        "type": "track",
        "event": "Product Viewed",
        "userId": f"u-{number}",
        "messageId": f"{number} {view}",
        "timestamp": format_instant(START - view * MINUTE),
        "properties": {"product_id": f"p-{view}", "name": "Green tea", "category": "Tea", "price": 4.5},
    }


def _store(messages: list[dict[str, Any]]) -> None:
    """A customer who did all this, as update_profiles would have put her there."""
    rules = bootstrap.rules(os.environ["HUB_STRATEGY_PATH"])
    profile = Profile(profile_id_for(("user_id", messages[0]["userId"])))
    for message in reversed(messages):
        timeline.live(profile, accept(message, received_at=START, source="website"), rules)
    timeline.settle(profile, START, rules)
    timeline.arm_tick(profile, START)
    profiles = bootstrap.profiles(os.environ["HUB_PROFILES_TABLE"])
    for identifier in profile.identifiers:
        profiles.claim(identifier, profile.profile_id)
    profiles.put(profile)


def _demand(*, views: int) -> None:
    """Deploy the strategy with another rule."""
    file = Path(os.environ["HUB_STRATEGY_PATH"]) / FILE
    strategy = json.loads(file.read_text())
    [segment] = [one for one in strategy["segments"] if one["name"] == "window_shopper"]
    segment["when"]["all"][0]["at_least"] = views
    file.write_text(json.dumps(strategy))
    for kept in (bootstrap.rules, backfill_segments.backfill, react_to_changes.hands):
        kept.cache_clear()


def rows() -> list[Row]:
    same, other = measure()
    return [_row("nothing changes", same), _row("a quarter changes", other)]


def _row(what: str, one: Filling) -> Row:
    figures = {
        "seen": one.seen,
        "changed": one.changed,
        "seconds_of_reading": one.seconds,
        "requests": one.requests,
        "transitions": one.transitions,
        "usd": one.dollars,
        "used": {who: dict(amounts) for who, amounts in one.used.items()},
    }
    measured = f"{one.changed:,} changed, {one.requests:,} requests, ${sum(one.dollars.values()):.4f}"
    return Row(what=f"back-fill of {one.seen:,} profiles, {what}", measured=measured, figures=figures)


if __name__ == "__main__":
    alone(rows)
