"""`make bench`: every benchmark, one table; 1 where a target is missed.

    python -m tests.benchmarks [--json]

Each runs in a process of its own. Those that count and price share the machine; those that take time have it
for themselves. Six minutes on two cores.
"""

import os
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from tests.benchmarks.rows import Row, output, tell

COUNTING = ("event_cost", "journey_cost", "idle_cost")
TIMING = ("latencies", "backtest_speed", "ingest_cold_start", "sizes")


def main() -> int:
    # CDK's jsii would fill the screen with its opinion of this machine's node.
    os.environ["JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION"] = "1"
    os.environ["JSII_SILENCE_WARNING_DEPRECATED_NODE_VERSION"] = "1"
    os.environ["JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION"] = "1"
    with ThreadPoolExecutor(2) as pool:
        counted = list(pool.map(_rows, COUNTING))
    return tell([row for rows in (*counted, *map(_rows, TIMING)) for row in rows])


def _rows(name: str) -> Sequence[Row]:
    begun = time.monotonic()
    try:
        told = output("-m", f"tests.benchmarks.{name}", "--json")
    except RuntimeError as error:
        print(error, file=sys.stderr)
        return [Row(what=f"{name} did not end", measured="", ok=False)]
    print(f"{name} {time.monotonic() - begun:.0f} s", file=sys.stderr)
    return [Row(**row) for row in told]


if __name__ == "__main__":
    sys.exit(main())
