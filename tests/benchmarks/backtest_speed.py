"""How many past events a second the back-test takes on one core: from lines of text to the sum.

    python tests/benchmarks/backtest_speed.py [FILE.ndjson]

Without a file it makes up a shop's clicks in the proportions of REES46's (98 % views, 1 % cart adds, 1.2 %
purchases, four events a customer). The strategy is the project's own. The best of several rounds counts, since
other work on the machine can only slow it down. Prints JSON: events a second, and microseconds an event by part.
"""

import json
import random
import sys
from collections.abc import Iterable
from pathlib import Path
from time import process_time
from typing import Any
from uuid import UUID

from hub.archive_lines import read_line
from hub.authoring import read_strategy
from hub.backtest import Backtest
from hub.clock import DAY, SECOND, Instant, format_instant, parse_instant
from hub.connector_kit import discover
from hub.events import Event
from hub.rules import Rules

TARGET = 20_000
ROUNDS = 5
EVENTS = 20_000
CUSTOMERS = 5_000
BEGIN: Instant = parse_instant("2019-10-01T00:00:00Z")
SHARES = {"Product Viewed": 978, "Product Added": 10, "Order Completed": 12}
STRATEGY = Path(__file__).parents[2] / "strategy"


def clicks(number: int = EVENTS) -> list[str]:
    """Lines as an export of a shop has them."""
    draw = random.Random(46)  # noqa: S311 - the same clicks every time
    at, lines = BEGIN, []
    for _ in range(number):
        at += draw.choice((0, 0, SECOND, SECOND))
        customer = int(CUSTOMERS * draw.random() ** 2)
        (name,) = draw.choices(list(SHARES), list(SHARES.values()))
        lines.append(json.dumps(_click(draw, name, customer, at)))
    return lines


def _click(draw: random.Random, name: str, customer: int, at: Instant) -> dict[str, Any]:
    price, product = round(draw.uniform(2, 900), 2), str(draw.randrange(1_000_000, 60_000_000))
    line = {"product_id": product, "sku": product, "brand": "apple", "price": price, "quantity": 1}
    order = {
        "order_id": f"o-{draw.randrange(10**9)}",
        "revenue": price,
        "currency": "USD",
        "products": [line],
    }
    return {
        "type": "track",
        "event": name,
        "messageId": str(UUID(int=draw.getrandbits(128))),
        "timestamp": format_instant(at),
        "userId": str(541_000_000 + customer),
        "anonymousId": str(UUID(int=customer + 1)),
        "properties": order if name == "Order Completed" else line,
        "context": {"library": {"name": "export", "version": "1"}},
    }


def measured(lines: Iterable[str], rules: Rules) -> dict[str, float]:
    """Seconds for each part."""
    began = process_time()
    events = [read_line(line) for line in lines]
    was_read = process_time()
    events.sort(key=lambda event: (event.at, event.message_id))
    _replay(events, rules)
    return {"reading": was_read - began, "replaying": process_time() - was_read}


def _replay(events: list[Event], rules: Rules) -> None:
    test = Backtest(rules)
    for event in events:
        test.take(event)
    test.finish(events[-1].at + DAY)


def main() -> None:
    lines = Path(sys.argv[1]).read_text().splitlines() if len(sys.argv) > 1 else clicks()
    rules = Rules(read_strategy(STRATEGY, discover()))
    best = min((measured(lines, rules) for _ in range(ROUNDS)), key=lambda parts: sum(parts.values()))
    rate = len(lines) / sum(best.values())
    parts = {f"{part}_us": round(seconds / len(lines) * 1e6, 1) for part, seconds in best.items()}
    told = {
        "events": len(lines),
        "events_per_second": round(rate),
        "target": TARGET,
        "held": rate >= TARGET,
        **parts,
    }
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main()
