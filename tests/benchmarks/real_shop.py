"""A real shop's clicks (REES46, as tests/past has them), segments for them, and what the back-test says."""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from hub.clock import HOUR, Duration, Instant, format_instant, parse_instant
from tests.benchmarks.stays import Stay, Truth, truth_of
from tests.past.messages import Message, customers

START = "2019-09-30T23:58:30Z"
OPENING, LAST = parse_instant(START), parse_instant("2019-10-01T02:50:00Z")
WINDOW: Duration = HOUR
"""The longest that is not of days: an hour after the last click nothing changes by itself any more."""
_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Shop:
    messages: Sequence[Message]
    events: Path
    strategy: Path

    @classmethod
    def of(cls, each: int, directory: Path) -> "Shop":
        """Of each so-many-th customer, in order, up to the last click (some made-up ones come later)."""
        some = list(customers("REES46").values())[::each]
        told = sorted((one for told in some for one in told if OPENING < at(one) <= LAST), key=at)
        return cls(told, _events(directory, told), _strategy(directory))

    def truth(self) -> Truth:
        """What `hub backtest` says of the same file, some hours further on."""
        out, end = self.events.with_name("stays.ndjson"), format_instant(LAST + 3 * WINDOW)
        wishes = {"events": self.events, "strategy": self.strategy, "memberships": out, "until": end}
        said = hub_says("backtest", *(f"--{name}={value}" for name, value in wishes.items()))
        if not out.exists():
            raise RuntimeError(f"the back-test failed:\n{said}")
        stays = (Stay.told(json.loads(line)) for line in out.read_text().splitlines())
        return truth_of(stays, ((one["userId"], at(one)) for one in self.messages))


def at(message: Message) -> Instant:
    return parse_instant(message["timestamp"])


def segments() -> dict[str, Any]:
    files = (_HERE.parent / "past" / "rees46.yaml", _HERE / "live_segments.yaml")
    return {name: when for file in files for name, when in yaml.safe_load(file.read_text()).items()}


def hub_says(*words: str) -> str:
    """What the command prints, or complains of, run as anybody runs it."""
    command = [sys.executable, "-m", "cli.main", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stderr if done.returncode else done.stdout


def _events(directory: Path, told: Sequence[Message]) -> Path:
    file = directory / "events.ndjson"
    file.write_text("".join(f"{json.dumps(one)}\n" for one in told))
    return file


def _strategy(directory: Path) -> Path:
    (directory / "strategy" / "segments").mkdir(parents=True)
    for name, when in segments().items():
        file = directory / "strategy" / "segments" / f"{name}.yaml"
        file.write_text(yaml.safe_dump({"name": name, "when": when}))
    return directory / "strategy"
