"""How long things take on the live local stack, at speed 1, where hub time is real time.

    python -m tests.benchmarks.latencies [--json]

event -> first vendor call    from the moment the client posts to the moment the vendor has the request
timer lateness                from the instant at which five quiet seconds are over to the vendor's request;
                              beside it the hub's own TickLateness: until the tick is taken from the queue
goal -> last off              from the moment the client posts the goal to the last vendor's "off"
decisions                     CPU time of the handler, run here on the stack's tables: waiting for the
                              emulator is not in it, botocore's own work is; as long as 1,024 MB take for it

AWS waits where the emulator does not: up to a second for a batch of the events queue, a quarter for the
stream, a second where a connector's batches are over ten.
"""

import os
import time
from collections.abc import Mapping
from importlib import import_module
from typing import Any

from cli.local_stack.places import HOME
from cli.target import Target
from hub.clock import SECOND, Instant
from hub.settings import DecideContentSettings
from tests.benchmarks.live import Seen, Shop, Shopper, percentile, stack, tick_lateness, until
from tests.benchmarks.metering import FULL_CPU_MB
from tests.benchmarks.rows import Row, alone

SHOPPERS = 60
QUIET = 5 * SECOND
"""As the strategy has it."""
CALL, LATE, OFF, DECISION = 2.0, 60.0, 10.0, 25.0
DECISION_MB = 1_024
ROUNDS = 5
VENDORS = {"meta_custom_audiences", "google_ads", "display_video_360", "optimizely"}


def rows() -> list[Row]:
    with stack() as hub:
        shop = Shop(hub)
        _warm(shop)
        return [_first_call(shop), _timers(shop), *_offs(shop)]


def _warm(shop: Shop) -> None:
    """Nobody's first visit is measured on Lambdas that were never called."""
    early = [Shopper(f"early{number}") for number in range(3)]
    shop.paced(early, "Benchmark Ping", a_second=3)
    until(lambda: len(_calls(shop, "benchmark.ping")) == len(early), 30, "the first webhooks")


def _first_call(shop: Shop) -> Row:
    shoppers = [Shopper(f"ping{number}") for number in range(SHOPPERS)]
    told = shop.paced(shoppers, "Benchmark Ping", a_second=4)
    took = _waited(shop, told, "benchmark.ping", 0)
    return _row("event to first vendor call, local", took, CALL, 0.95)


def _timers(shop: Shop) -> Row:
    shoppers = [Shopper(f"pause{number}") for number in range(SHOPPERS)]
    told = shop.paced(shoppers, "Benchmark Pause", a_second=4)
    late = _waited(shop, told, "benchmark.pause", QUIET)
    ticks = tick_lateness()
    own = {"tick_p50_s": percentile(ticks, 0.5), "tick_p99_s": percentile(ticks, 0.99)} if ticks else {}
    return _row("timer lateness, to the vendor call, local", late, LATE, 0.99, **own)


def _offs(shop: Shop) -> list[Row]:
    shoppers = [Shopper(f"goal{number}") for number in range(SHOPPERS)]
    shop.paced(shoppers, "Benchmark Begin", a_second=3)
    until(lambda: _standing(shop, shoppers, "on"), 60, "everything to be on")
    decisions = _decisions(shop.hub, shoppers)
    told = shop.paced(shoppers, "Benchmark Goal", a_second=3)
    until(lambda: _standing(shop, shoppers, "off"), 60, "everything to be off")
    seen = shop.seen()
    took = [(_last_off(seen, one) - told[one.name]) / SECOND for one in shoppers]
    return [_row("goal to last off, local", took, OFF, 0.95), decisions]


def _calls(shop: Shop, kind: str) -> dict[str, Instant]:
    """Shopper -> when her webhook came."""
    return {name: one.at for one in reversed(shop.seen()) if one.kind == kind for name in one.who}


def _waited(shop: Shop, told: Mapping[str, Instant], kind: str, wait: int) -> list[float]:
    """Seconds from what each did, and a wait that the strategy asks for, to her webhook."""
    until(lambda: told.keys() <= _calls(shop, kind).keys(), 60, f"{kind} for everybody")
    calls = _calls(shop, kind)
    return [(calls[name] - at - wait) / SECOND for name, at in told.items()]


def _standing(shop: Shop, shoppers: list[Shopper], kind: str) -> bool:
    """Every vendor was told of every shopper."""
    told = {(one.connector, mark) for one in shop.seen() if one.kind == kind for mark in one.who}
    return all(any((name, mark) in told for mark in one.marks) for one in shoppers for name in VENDORS)


def _last_off(seen: list[Seen], shopper: Shopper) -> Instant:
    return max(one.at for one in seen if one.kind == "off" and one.who & shopper.marks)


def _decisions(hub: Target, shoppers: list[Shopper]) -> Row:
    handler = _handler(hub)
    asked = [{"queryStringParameters": {"userId": one.name}} for one in shoppers]
    answers = [handler(event, None) for event in asked]
    shown = sum('"welcome"' in answer["body"] for answer in answers)
    times = [_cpu(handler, event) for _ in range(ROUNDS) for event in asked]
    on_lambda = [one * FULL_CPU_MB / DECISION_MB * 1e3 for one in times]
    p95 = percentile(on_lambda, 0.95)
    return Row(
        what="decisions API, the handler's own time",
        measured=f"p50 {percentile(on_lambda, 0.5):.1f}, p95 {p95:.1f} ms",
        target=f"p95 ≤ {DECISION:.0f} ms",
        ok=p95 <= DECISION and shown == len(shoppers),
        figures={"p95_ms": p95, "shown": shown, "of": len(shoppers)},
    )


def _handler(hub: Target) -> Any:
    """functions/decide_content.py in this process, on the stack's tables."""
    settings = DecideContentSettings(
        stage=hub.stage,
        profiles_table=hub.output("ProfilesTable"),
        journeys_table=hub.output("JourneysTable"),
        strategy_path=str(HOME / "strategy" / hub.stage / "strategy"),
    )
    os.environ.update(settings.to_environment())
    os.environ.update(
        AWS_ENDPOINT_URL=hub.aws_endpoint_url or "",
        AWS_DEFAULT_REGION=hub.region or "us-east-1",
        AWS_ACCESS_KEY_ID="local",
        AWS_SECRET_ACCESS_KEY="local",
    )
    return import_module("decide_content").handler


def _cpu(handler: Any, event: dict[str, Any]) -> float:
    begun = time.thread_time()
    handler(event, None)
    return time.thread_time() - begun


def _row(what: str, took: list[float], target: float, share: float, **more: float) -> Row:
    middle, high = percentile(took, 0.5), percentile(took, share)
    name = f"p{share * 100:.0f}"
    return Row(
        what=what,
        measured=f"p50 {middle:.2f}, {name} {high:.2f} s",
        target=f"{name} ≤ {target:.0f} s",
        ok=high <= target,
        figures={"p50_s": middle, f"{name}_s": high, "max_s": max(took), "shoppers": len(took), **more},
    )


if __name__ == "__main__":
    alone(rows)
