"""What is live on a running hub: segments as it knows them itself, journeys as its machines stand there."""

from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click

from cli import local_stack, strategies
from cli.target import Target
from hub.authoring import read_scoring_models
from hub.definitions import Definition
from hub.deployed import named
from hub.errors import StrategyError
from hub.rules import Rules
from hub.strategy.strategy import Strategy

F = TypeVar("F", bound=Callable[..., Any])


def strategy_option(command: F) -> F:
    """`--strategy DIR` of a command that asks a running hub and needs files too."""

    @click.option(
        "--strategy",
        "directory",
        metavar="DIR",
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        help="Where its files are; default: what the stack on this machine was started with, else strategy.",
    )
    @wraps(command)
    def with_directory(*, directory: Path | None, **others: Any) -> Any:
        return command(directory=directory or directory_of(others.get("stage")), **others)

    return with_directory  # type: ignore[return-value]  # what it returns is the command's


def directory_of(stage: str | None) -> Path:
    """Where the files of that hub are, as far as this machine knows."""
    stack = None if stage else local_stack.current()
    return Path(stack.strategy) if stack else strategies.DEFAULT


def segments(hub: Target) -> dict[str, Definition]:
    """By name."""
    return {name: one for (kind, name), one in sorted(hub.definitions.all().items()) if kind == "segment"}


def segment_named(hub: Target, name: str) -> Definition:
    return strategies.named("segment", segments(hub), name)


def rules(live: Mapping[str, Definition], directory: Path) -> Rules:
    """Of the live segments; what models foretell stands in the files alone."""
    models = read_scoring_models(directory)
    return Rules(Strategy(segments=tuple(one.segment for one in live.values()), models=models))


def written_otherwise(live: Definition, directory: Path) -> str:
    """The file that says another version of a live segment; "" where none does, or none can be read."""
    try:
        written = strategies.as_deployed(strategies.load(directory)).get(live.key)
    except (StrategyError, click.UsageError):
        return ""
    if written is None or written.version == live.version:
        return ""
    return str(directory / "segments" / f"{live.name}.yaml")


def tell_of_other_version(live: Definition, directory: Path) -> None:
    """On stderr: what was told of a segment is not what its file says."""
    if file := written_otherwise(live, directory):
        click.echo(f"{file} is another version, not deployed: hub segment preview {file}", err=True)


def journeys(hub: Target) -> dict[str, str]:
    """Journey -> ARN of its machine."""
    before = named(hub.stage, "journey-")
    return {name.removeprefix(before): arn for name, arn in sorted(_machines(hub)) if name.startswith(before)}


def _machines(hub: Target) -> Iterator[tuple[str, str]]:
    for page in hub.client("stepfunctions").get_paginator("list_state_machines").paginate():
        yield from ((one["name"], one["stateMachineArn"]) for one in page["stateMachines"])
