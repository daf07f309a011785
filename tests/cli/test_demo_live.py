"""The demo as a newcomer runs it: on a stack of its own, in a process of its own."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from cli import local_stack

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.mark.emulator
def test_the_demo_keeps_every_promise_and_leaves_nothing_running() -> None:
    command = [sys.executable, "-m", "cli.main", "demo", "--json"]

    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=400, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout)
    assert [one["promise"] for one in told["promises"] if not one["kept"]] == []
    shoppers = {one["name"]: one for one in told["shoppers"]}
    assert [len(shoppers[name]["messages"]) for name in ("Anna", "Hana")] == [2, 1]
    assert set(shoppers["Hana"]["on"]) - set(shoppers["Hana"]["off"]) == {"intercom"}
    assert list((REPOSITORY / ".hub/demo").glob("anna-*.html"))
    assert local_stack.current() is None
