"""How many past events a second the back-test takes on one core: from lines of text to the sum.

    python -m tests.benchmarks.backtest_speed [FILE.ndjson] [--json]

Without a file it makes up a shop's clicks in the proportions of REES46's (98 % views, 1 % cart adds, 1.2 %
purchases, four events a customer). The strategy is the project's own. Processor time is counted, and the best
of several rounds, since other work on the machine can only slow it down. Prints JSON: events a second, and
microseconds an event by part.
"""

import json
import random
import resource
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from hub.clock import SECOND, Instant, format_instant, parse_instant
from tests.benchmarks.rows import Row, alone

TARGET = 20_000
EVENTS = 200_000
CUSTOMERS = EVENTS // 4
BEGIN: Instant = parse_instant("2019-10-01T00:00:00Z")
SHARES = {"Product Viewed": 978, "Product Added": 10, "Order Completed": 12}


def clicks(number: int = EVENTS) -> list[str]:
    """Lines as an export of a shop has them."""
    draw = random.Random(46)
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


def rows() -> list[Row]:
    with TemporaryDirectory() as directory:
        few, many = Path(directory) / "few.ndjson", Path(directory) / "many.ndjson"
        lines = clicks()
        few.write_text(lines[0] + "\n")
        many.write_text("\n".join(lines) + "\n")
        rate = len(lines) / (cpu_seconds(many) - cpu_seconds(few))
    return [
        Row(
            what="back-test, events a second on one core",
            measured=f"{rate:,.0f}",
            target=f"≥ {TARGET:,}",
            ok=rate >= TARGET,
            figures={"events": len(lines), "events_per_second": round(rate)},
        )
    ]


def cpu_seconds(file: Path) -> float:
    """Of `hub backtest` on the file, in a process of its own."""
    before = _children()
    command = [sys.executable, "-m", "cli.main", "backtest", "--events", str(file), "--json"]
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return _children() - before


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    alone(rows)
