"""Every stay of every customer of two real shops, to the second, against an oracle that shares no code.

`hub backtest` gets the messages in no order at all; the oracle of `tests.past.raw_history` looks at each
customer's raw messages again at every second that matters. CI takes each customer in ten, the nightly
profile all of them (`pytest --hypothesis-profile nightly tests/past`, some minutes). Skipped where the
data is not beside the project.
"""

import json
import random
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest
import yaml
from click.testing import CliRunner
from hypothesis import settings

from cli.backtest import backtest
from tests.past.messages import Message, customers
from tests.past.raw_history import LEAVES, Stays, acts_of, instant, stays
from tests.public_data import is_here

UNTIL = {"REES46": "2019-10-09T12:00:00Z", "UCI": "2012-04-01T00:00:00Z"}
"""Long after the last message: much of it changes by time alone."""
KINDS = {*LEAVES, "all", "any", "not", "in_segment"}
IN_CI = 10
NIGHTLY = settings().max_examples > 1_000

shops = pytest.mark.parametrize(
    "name",
    [
        pytest.param(
            name, marks=pytest.mark.skipif(not is_here(name), reason=f"the data of {name} is not there")
        )
        for name in UNTIL
    ],
)
AllStays = dict[tuple[str, str], Stays]
"""(customer, segment) -> when she was in."""


@shops
def test_every_kind_of_condition_is_asked_of_real_data(name: str) -> None:
    assert set(_words(segments(name))) >= KINDS


@shops
def test_stays_are_those_of_the_oracle_to_the_second(name: str, tmp_path: Path) -> None:
    told = {who: messages for who, messages in customers(name).items() if NIGHTLY or in_ci(who)}

    found = backtested(name, [one for messages in told.values() for one in messages], tmp_path)

    expected = oracled(name, told)
    assert found == expected
    assert {segment for _, segment in expected} == set(segments(name))


def in_ci(who: str) -> bool:
    return crc32(who.encode()) % IN_CI == 0


def oracled(name: str, told: dict[str, list[Message]]) -> AllStays:
    found: AllStays = {}
    for who, messages in told.items():
        acts = acts_of(messages)
        for segment in segments(name):
            if seen := stays(segment, segments(name), acts, instant(UNTIL[name])):
                found[who, segment] = seen
    return found


@cache
def segments(name: str) -> dict[str, Any]:
    told: dict[str, Any] = yaml.safe_load(Path(__file__).with_name(f"{name.lower()}.yaml").read_text())
    return told


def backtested(name: str, messages: list[Message], directory: Path) -> AllStays:
    """What `hub backtest --memberships` says."""
    events, out = directory / "events.ndjson", directory / "memberships.ndjson"
    random.Random(name).shuffle(messages)
    events.write_text("\n".join(map(json.dumps, messages)))
    strategy = _strategy(segments(name), directory)
    command = ["--events", events, "--until", UNTIL[name], "--memberships", out, "--strategy", strategy]
    done = CliRunner().invoke(backtest, list(map(str, command)))
    assert done.exit_code == 0, done.output
    found: AllStays = defaultdict(list)
    for line in map(json.loads, out.read_text().splitlines()):
        stay = instant(line["entered_at"]), instant(line["left_at"]) if line["left_at"] else None
        found[line["user_id"] or line["anonymous_id"], line["segment"]].append(stay)
    return {key: sorted(one) for key, one in found.items()}


def _strategy(told: dict[str, Any], directory: Path) -> Path:
    (directory / "segments").mkdir()
    for segment, when in told.items():
        text = yaml.safe_dump({"name": segment, "when": when})
        (directory / "segments" / f"{segment}.yaml").write_text(text)
    return directory


def _words(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        yield from part
        for inner in part.values():
            yield from _words(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _words(inner)
