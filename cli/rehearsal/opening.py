"""A rehearsal begins: which strategy, when, and with nothing left to chance."""

from functools import cache
from pathlib import Path

from cli.rehearsal.rehearsal import Rehearsal
from hub.authoring import read_strategy
from hub.authoring.moments import in_calendar
from hub.clock import Instant, parse_instant
from hub.connector_kit import discover
from hub.strategy.model import Mistake
from hub.strategy.strategy import Strategy

TEN = "2026-11-21T10:00:00Z"
"""When a rehearsal begins, unless it says otherwise: a Saturday."""


def rehearse(
    strategy: Path | str | Strategy = "strategy", *, start: str = TEN, held_out: bool = False
) -> Rehearsal:
    """A hub in memory with a strategy (or the one in a directory), its clock standing at `start`.

    Nobody is held out, or everybody: a rehearsal must not hang on the draw.
    """
    found = strategy if isinstance(strategy, Strategy) else _read(Path(strategy))
    return Rehearsal(_without_chance(found, held_out=held_out), read_start(start))


def read_start(text: str) -> Instant:
    try:
        return in_calendar(parse_instant(text), text)
    except ValueError as wrong:
        if isinstance(wrong, Mistake):
            raise
        raise Mistake(f"'{text}' is no time", f"write one with its day, e.g. {TEN}") from None


@cache
def _read(directory: Path) -> Strategy:
    return read_strategy(directory, discover())


def _without_chance(strategy: Strategy, *, held_out: bool) -> Strategy:
    share = 1.0 if held_out else 0.0
    journeys = tuple(one.model_copy(update={"holdout": share}) for one in strategy.journeys)
    policy = strategy.policy.model_copy(update={"holdout": 0.0})
    return strategy.model_copy(update={"journeys": journeys, "policy": policy})
