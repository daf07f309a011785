"""Whether a journey runs, stands still, or only lets those on it finish: said by ops, not by the strategy."""

from collections.abc import Mapping
from typing import Literal

JourneyState = Literal["running", "paused", "draining"]
"""running · paused: nobody enters, messages are held, goals and exits go on · draining: nobody enters."""

States = Mapping[str, JourneyState]
"""Journey -> its state; who is not named runs."""


def closed_to_entries(states: States) -> frozenset[str]:
    return frozenset(name for name, state in states.items() if state != "running")
