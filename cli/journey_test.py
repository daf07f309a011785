"""`hub journey test`: the cases beside the journeys, played in memory."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import click

from cli import listing, strategies
from cli.rehearsal.playing import Played, play
from hub.authoring.case_files import find_cases, read_cases
from hub.connector_kit import discover
from hub.strategy.strategy import Strategy


@click.command()
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@strategies.option
@click.option("--timeline", is_flag=True, help="Tell what happened in every case, also where all is well.")
@listing.json_option
def test(files: tuple[Path, ...], *, directory: Path, timeline: bool, as_json: bool) -> int:
    """Play the cases in FILE… (default: DIR/tests/*.yaml) in memory: no AWS, no vendor, no waiting.

    A case says what customers do and how time passes, and what must come of it; docs/testing-journeys.md
    tells how one is written. Exit code 1 when anything is otherwise.
    """
    strategy = strategies.load(directory)
    played = list(_played(files or find_cases(directory), strategy))
    if as_json:
        listing.print_json([{**asdict(one), "ok": not one.wrong} for one in played])
    else:
        _tell(played, timeline=timeline)
    if not played:
        raise click.ClickException(f"there is no case in {directory / 'tests'}: write one, or name a FILE")
    return 1 if any(one.wrong for one in played) else 0


def _played(files: Sequence[Path], strategy: Strategy) -> Iterator[Played]:
    """Every file is read before the first case is played."""
    connectors = discover()
    for source in [read_cases(file, strategy, connectors) for file in files]:
        yield from play(source, strategy)


def _tell(played: Sequence[Played], *, timeline: bool) -> None:
    for one in played:
        click.echo(f"{'✗' if one.wrong else '✓'} {one.case} ({one.seconds:.2f} s)")
        for warning in one.warnings:
            click.echo(f"  ! {warning}")
        if one.wrong:
            click.echo(f"  {one.file}:{one.line}: {one.wrong}\n  what happened:")
        if one.wrong or timeline:
            click.echo(f"{one.timeline}\n")
    failed = sum(bool(one.wrong) for one in played)
    click.echo(f"{len(played)} cases: {f'{failed} not as expected' if failed else 'all as expected'}")
