"""Events of real shops, from public data that lies beside the project; not every machine has it."""

import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

from hub.events import Event, accept

_FOLDER = Path(__file__).resolve().parents[2] / "shared/data"
_AFTER_EVERYTHING = 2**42
FILES = {
    "REES46": _FOLDER / "rees46_2019-10-01_0000-0250.csv.gz",
    "UCI": _FOLDER / "uci_online_retail.csv.gz",
}
"""REES46: 17,434 clicks of 4,504 customers. UCI: 25,900 invoices of 4,372 customers and some strangers."""


def is_here(name: str) -> bool:
    return FILES[name].exists()


@cache
def events_of(name: str) -> list[Event]:
    """In order, each received when it happened."""
    command = [sys.executable, str(_FOLDER / "to_events.py"), str(FILES[name])]
    told = subprocess.run(command, capture_output=True, text=True, check=True)
    return [_event(json.loads(line)) for line in told.stdout.splitlines()]


def _event(message: dict[str, Any]) -> Event:
    at = accept(message, received_at=_AFTER_EVERYTHING).at
    return accept(message, received_at=at, source="website")
