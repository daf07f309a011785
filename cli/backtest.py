"""`hub backtest`: what the strategy would have done with past events."""

import gc
import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Protocol

import click
from rich.console import Console
from rich.progress import Progress, TaskProgressColumn, TimeRemainingColumn

from cli import listing, strategies
from cli.ndjson import BadLine
from cli.outputs import STANDARD_OUTPUT, must_not_be_read, written
from cli.replaying.ordering import in_order
from cli.replaying.reach import reach
from cli.replaying.reading import read
from cli.replaying.telling import print_summary, told
from cli.times import time_option
from hub.backtest import Backtest, Summary
from hub.clock import DAY, Instant, real_now
from hub.connector_kit import discover
from hub.errors import HubError
from hub.events import Event
from hub.rules import Rules

_SHOWN = 20
"""Unreadable lines told one by one; past them only counted."""


class NothingToReplay(HubError):
    pass


class _Record(Protocol):
    def to_json(self) -> dict[str, Any]: ...


@dataclass
class Run:
    """One back-test on its way."""

    progress: Progress
    skipped: int = 0
    until: Instant | None = None
    last: Instant | None = None
    began: float = field(default_factory=time.monotonic)

    def events(self, files: tuple[Path, ...]) -> Iterator[Event]:
        """Every readable event up to `until`, in order of time."""
        replay = self.progress.add_task("replaying", total=None)
        ordered = in_order(self._read(files), counted=lambda total: self.progress.update(replay, total=total))
        for place, event in enumerate(ordered, start=1):
            if place % 1_000 == 0:
                self.progress.update(replay, completed=place)
            if self.until is not None and event.at > self.until:
                break
            self.last = event.at
            yield event
        self.progress.remove_task(replay)

    def _read(self, files: tuple[Path, ...]) -> Iterator[Event]:
        for file in files:
            task = self.progress.add_task(file.name, total=file.stat().st_size)
            for found in read(file, _sparingly(self.progress, task), latest=self._latest):
                if isinstance(found, Event):
                    yield found
                else:
                    self._skip(found)
            self.progress.remove_task(task)

    @property
    def _latest(self) -> Instant | None:
        """One broken stamp of the year 9999 must not decide up to when time passes."""
        return real_now() + DAY if self.until is None else None

    def _skip(self, line: BadLine) -> None:
        self.skipped += 1
        if self.skipped <= _SHOWN:
            self.progress.console.print(str(line), markup=False, highlight=False, soft_wrap=True)

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.began


@click.command()
@click.option(
    "--events",
    "files",
    multiple=True,
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file of events, one JSON object a line, plain or gzipped; may be given again.",
)
@click.argument("more", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@time_option("--until", "Let time pass up to here; default: the last event before now.")
@click.option(
    "--memberships",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    metavar="OUT",
    help="Write every stay in a segment here.",
)
@click.option(
    "--deliveries",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    metavar="OUT",
    help="Write everything that would have been sent here.",
)
@strategies.option
@listing.json_option
def backtest(
    files: tuple[Path, ...],
    more: tuple[Path, ...],
    *,
    until: Instant | None,
    memberships: Path | None,
    deliveries: Path | None,
    directory: Path,
    as_json: bool,
) -> None:
    """Replay past events through the strategy with a virtual clock: no AWS, no vendor, nothing is sent.

    Events may stand in any order in the files (--events A B C); each counts from its own time.
    OUT files are JSON, one object a line, replaced once all has ended well; - is standard output, and the
    summary then goes to stderr.
    """
    files = (*files, *more)
    must_not_be_read((memberships, deliveries), files)
    strategy = strategies.load(directory)
    bars = listing.progress(Console(stderr=True), TaskProgressColumn(), TimeRemainingColumn())
    with bars as progress, _no_search_for_cycles(), ExitStack() as outs:
        run = Run(progress, until=until)
        test = Backtest(
            Rules(strategy),
            on_membership=_writer(outs.enter_context(written(memberships))),
            on_delivery=_writer(outs.enter_context(written(deliveries))),
            lacks=reach(strategy, discover()),
        )
        summary = _replay(test, run, files)
    _tell(summary, run, as_json=as_json, beside=STANDARD_OUTPUT in (memberships, deliveries))


@contextmanager
def _no_search_for_cycles() -> Iterator[None]:
    """Events and profiles are none; looking for some among millions of them takes a quarter of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()  # nor at the end of the process
        gc.enable()


def _replay(test: Backtest, run: Run, files: tuple[Path, ...]) -> Summary:
    for event in run.events(files):
        test.take(event)
    if run.last is None:
        raise NothingToReplay(
            f"no event up to then in {', '.join(map(str, files))} ({run.skipped} lines are not readable)"
        )
    return test.finish(run.until if run.until is not None else run.last)


def _writer(out: IO[str] | None) -> Callable[[_Record], None]:
    if out is None:
        return lambda _: None

    def write(record: _Record) -> None:
        out.write(json.dumps(record.to_json(), ensure_ascii=False) + "\n")

    return write


def _sparingly(progress: Progress, task: Any) -> Callable[[int], None]:
    """Tell the bar every 256 KB only: drawing must not cost more than reading."""
    shown = 0

    def advance(read_bytes: int) -> None:
        nonlocal shown
        if read_bytes - shown >= 1 << 18:
            shown = read_bytes
            progress.update(task, completed=shown)

    return advance


def _tell(summary: Summary, run: Run, *, as_json: bool, beside: bool) -> None:
    """`beside`: standard output is taken by what is written, so all else is told on stderr."""
    with redirect_stdout(sys.stderr) if beside else nullcontext():
        _tell_here(summary, run, as_json=as_json)


def _tell_here(summary: Summary, run: Run, *, as_json: bool) -> None:
    if as_json:
        listing.print_json(
            told(summary, skipped=run.skipped, seconds=run.seconds, until=run.until or run.last or 0)
        )
        return
    print_summary(summary)
    click.echo(f"\n{summary.events:,} events of {summary.profiles:,} customers in {run.seconds:.1f} s")
    _tell_left_out(summary)
    if run.skipped:
        click.echo(f"{run.skipped:,} lines could not be read and were left out", err=True)


def _tell_left_out(summary: Summary) -> None:
    kept_out = summary.kept_out
    for count, what in (
        (summary.duplicates, "came twice"),
        (summary.nobodys, "stand for nobody"),
        (kept_out.bots, "are of robots"),
        (kept_out.quarantined, "break what the tracking plan insists on"),
        (kept_out.warned, "break the tracking plan where it only warns"),
    ):
        if count:
            click.echo(f"{count:,} events {what}")
    for (event, path, rule), number in kept_out.kinds.most_common(_SHOWN):
        click.echo(f"  {event}: {path} {rule}: {number:,}")
