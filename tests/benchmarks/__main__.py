"""`make bench`: every benchmark, one table; 1 where a target is missed.

    python -m tests.benchmarks [--json]

Each runs in a process of its own. Those that count and price share the machine; those that take time have it
for themselves. Some eight minutes on two cores.
"""

import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from tests.benchmarks.rows import Row, output, tell

COUNTING = ("event_cost", "journey_cost", "idle_cost", "backfill", "profile_sizes")
TIMING = ("latencies", "backtest_speed", "ingest_cold_start", "sizes")


def main() -> int:
    with ThreadPoolExecutor(2) as pool:
        counted = list(pool.map(_rows, COUNTING))
    return tell([row for rows in (*counted, *map(_rows, TIMING)) for row in rows])


def _rows(name: str) -> Sequence[Row]:
    begun = time.monotonic()
    try:
        told = output("-m", f"tests.benchmarks.{name}", "--json")
    except RuntimeError as error:
        sys.stderr.write(f"{error}\n")
        return [Row(what=f"{name} did not end", measured="", ok=False)]
    sys.stderr.write(f"{name} {time.monotonic() - begun:.0f} s\n")
    return [Row(**row) for row in told]


if __name__ == "__main__":
    sys.exit(main())
