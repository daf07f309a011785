"""The strategy a command works with: a directory of text files, read and checked."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from hub.authoring import read_strategy
from hub.connector_kit import discover
from hub.errors import StrategyError
from hub.strategy.strategy import Strategy

F = TypeVar("F", bound=Callable[..., Any])

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
    try:
        return read_strategy(directory, discover())
    except StrategyError as problems:
        raise StrategyError(f"{directory} cannot be used:\n{problems}") from problems
