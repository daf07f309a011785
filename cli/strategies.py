"""The strategy a command works with: a directory of text files, read and checked."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from hub.authoring import read_strategy, read_trial
from hub.authoring.problems import did_you_mean, listed
from hub.connector_kit import discover
from hub.definitions import Definition, Key, wanted
from hub.errors import StrategyError
from hub.strategy.journeys import Journey
from hub.strategy.segments import Segment
from hub.strategy.strategy import Strategy

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")

DEFAULT = Path("strategy")


def option(command: F) -> F:
    """`--strategy DIR`."""
    return click.option(
        "--strategy",
        "directory",
        default=DEFAULT,
        show_default=True,
        metavar="DIR",
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        help="Where segments, journeys and policy are written.",
    )(command)


def load(directory: Path) -> Strategy:
    """The strategy with its actions resolved; StrategyError tells every problem with file and line."""
    if not directory.is_dir():
        raise click.UsageError(f"{directory} is no directory: say with --strategy where the files are")
    try:
        return read_strategy(directory, discover())
    except StrategyError as problems:
        raise StrategyError(f"{directory} cannot be used:\n{problems}") from problems


def load_trial(directory: Path, file: Path) -> tuple[Strategy, Segment]:
    """The strategy with the segment of a file from elsewhere in it."""
    try:
        return read_trial(directory, file, discover())
    except StrategyError as problems:
        raise StrategyError(f"{file} cannot be used with {directory}:\n{problems}") from problems


def as_deployed(strategy: Strategy) -> dict[Key, Definition]:
    """What a hub would know of it, had it been deployed."""
    return wanted(strategy, 0)


def journey_named(strategy: Strategy, name: str) -> Journey:
    return named("journey", strategy.journey_by_name, name)


def audiences_of(strategy: Strategy, slug: str) -> list[str]:
    """What the strategy's journeys let customers join at this connector."""
    actions = (do for journey in strategy.journeys for step in journey.steps for do in step.actions)
    facts = [do.facts for do in actions if do.connector == slug and do.facts]
    return sorted({one.target for one in facts if one.verb == "join"})


def named(kind: str, known: Mapping[str, T], name: str) -> T:
    """What goes by that name; UsageError that names a near one, or those there are."""
    if not known:
        raise click.UsageError(f"there is no {kind} {name!r}, nor any other")
    if name not in known:
        advice = did_you_mean(name, list(known), otherwise=f"there are {listed(list(known))}")
        raise click.UsageError(f"there is no {kind} {name!r}: {advice}")
    return known[name]
