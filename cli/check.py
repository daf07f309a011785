"""`hub check`: is what stands in strategy/ right? Every problem with its place and what to do about it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from cli import listing, strategies
from hub.authoring import Problem, StrategyProblems, read_strategy, write_schemas
from hub.connector_kit import Connector, discover
from hub.strategy.strategy import Strategy


@dataclass(frozen=True, kw_only=True)
class Findings:
    """What a check found: all problems, or how much is fine."""

    problems: Sequence[Problem] = ()
    segments: int = 0
    journeys: int = 0
    templates: int = 0

    @property
    def summary(self) -> str:
        if self.problems:
            return f"{_count(len(self.problems), 'problem')} in the strategy"
        named = ("segment", "journey", "template")
        counts = [_count(getattr(self, f"{name}s"), name) for name in named]
        return f"{', '.join(counts)}: all fine"


@click.command()
@strategies.option
@click.option("--schemas", is_flag=True, help="First write DIR/schemas, by which editors complete and check.")
@listing.json_option
def check(directory: Path, *, schemas: bool, as_json: bool) -> int:
    """Check the strategy: every segment, journey, template and the policy.

    What a file says is held against the language, the other files, the tracking plan and the connectors.
    Exit code 1 when anything is wrong.
    """
    if schemas:
        write_schemas(directory)
    findings = find(directory, discover())
    if as_json:
        listing.print_json({"ok": not findings.problems, **asdict(findings)})
    else:
        click.echo("\n".join([*map(_told, findings.problems), findings.summary]))
    return 1 if findings.problems else 0


def find(directory: Path, connectors: Sequence[Connector]) -> Findings:
    try:
        return _counted(read_strategy(directory, connectors))
    except StrategyProblems as error:
        return Findings(problems=error.problems)


def _counted(strategy: Strategy) -> Findings:
    return Findings(
        segments=len(strategy.segments), journeys=len(strategy.journeys), templates=len(strategy.templates)
    )


def _told(problem: Problem) -> str:
    advice = f"\n    {problem.advice}" if problem.advice else ""
    return f"{problem.file}:{problem.line}:{problem.column}: {problem.message}{advice}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")
