"""`hub send`: files of messages to the hub, as fast as it takes them or in step with hub time."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

import click
from rich.console import Console
from rich.progress import DownloadColumn, Progress, TaskID, TimeRemainingColumn

from cli import listing, target
from cli.ndjson import START, BadLine, Position
from cli.sending import lines as reading
from cli.sending.batching import Batch, at_full_speed, paced
from cli.sending.journal import Journal
from cli.sending.lines import Line
from cli.sending.posting import Endpoint, Poster, Rejection
from cli.sending.sending import send as send_all

STATE = Path(".hub/send")
_SHOWN = 20
"""Refused lines told one by one; past them only counted."""


Read = Callable[[Path, Position, str], Iterator[Line | BadLine]]
"""The messages of a file from a position on; the text names the file's content."""


@dataclass
class Report:
    """What became of the lines; the refused ones are told as they are found."""

    console: Console
    accepted: int = 0
    rejected: int = 0
    unreadable: int = 0
    already_sent: int = 0

    def tell(self, sentence: str) -> None:
        if self.rejected + self.unreadable <= _SHOWN:
            self.console.print(sentence, markup=False, highlight=False, soft_wrap=True)

    def bad_line(self, line: BadLine) -> None:
        self.unreadable += 1
        self.tell(str(line))

    def batch(self, batch: Batch, rejections: Sequence[Rejection]) -> None:
        self.accepted += len(batch) - len(rejections)
        for rejection in rejections:
            self.rejected += 1
            self.tell(f"{rejection.line.place}: {rejection.code}: {rejection.message}")

    @property
    def counts(self) -> dict[str, int]:
        names = ("accepted", "rejected", "unreadable", "already_sent")
        return {name: getattr(self, name) for name in names}


@dataclass(kw_only=True)
class Sending:
    """One run of the command: the files, where each stands, and what is told of it."""

    files: Sequence[Path]
    journals: dict[Path, Journal]
    report: Report
    progress: Progress
    read: Read
    tasks: dict[Path, TaskID] = field(default_factory=dict)

    def start(self) -> None:
        for file in self.files:
            self.tasks[file] = self.progress.add_task(file.name, total=file.stat().st_size)
            self.report.already_sent += self.journals[file].position.lines

    def lines(self, file: Path) -> Iterator[Line]:
        journal = self.journals[file]
        for line in self.read(file, journal.position, journal.content):
            if isinstance(line, BadLine):
                self.report.bad_line(line)
            else:
                yield line

    def done(self, batch: Batch, rejections: list[Rejection]) -> None:
        self.report.batch(batch, rejections)
        for line in {line.file: line for line in batch}.values():
            self.journals[line.file].position = line.after
            self.journals[line.file].save()
            self.progress.update(self.tasks[line.file], completed=line.read)

    def close(self) -> None:
        for file in self.files:
            self.journals[file].close()
            self.progress.update(self.tasks[file], completed=file.stat().st_size)


@click.command()
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--paced", is_flag=True, help="Send each message when hub time reaches its timestamp.")
@click.option(
    "--at-once", default=4, show_default=True, type=click.IntRange(1, 32), help="Requests under way at once."
)
@click.option(
    "--restart", is_flag=True, help="Send everything again, even if an earlier run was broken off half-way."
)
@listing.json_option
@target.endpoint_options
def send(
    files: tuple[Path, ...],
    *,
    paced: bool,
    at_once: int,
    restart: bool,
    as_json: bool,
    where: Endpoint,
) -> None:
    """Post FILES of Segment-spec messages, one JSON object a line, plain or gzipped.

    A message keeps its own timestamp: it says when the event happened, also long ago. Broken off,
    the same command goes on where it stopped. Lines that are no JSON and messages that the hub
    refuses are told with file, line and reason; the others are sent, and the exit code is 1.
    """
    report = deliver(files, where, at_once=at_once, in_step=paced, restart=restart)
    _tell(report, as_json=as_json)
    if report.rejected or report.unreadable:
        click.get_current_context().exit(1)


def deliver(
    files: Sequence[Path],
    where: Endpoint,
    *,
    at_once: int,
    in_step: bool,
    restart: bool,
    read: Read = reading.read,
    state: Path = STATE,
) -> Report:
    """Send it all, and say what became of it; refused lines are told on stderr meanwhile.

    `state`: where is written down how far each file is.
    """
    console, unique = Console(stderr=True), list(dict.fromkeys(files))
    journals = {file: Journal(state, file, where) for file in unique}
    for journal in journals.values():
        journal.position = START if restart else journal.position
    with progress_bar(console) as progress:
        sending = Sending(
            files=unique, journals=journals, report=Report(console), progress=progress, read=read
        )
        sending.start()
        _run(sending, where, at_once=at_once, in_step=in_step)
    return sending.report


def _run(sending: Sending, where: Endpoint, *, at_once: int, in_step: bool) -> None:
    files = [sending.lines(file) for file in sending.files]
    batches = paced(files, where.clock) if in_step else at_full_speed(files)
    stopped = Event()
    poster = Poster(where, stamped=in_step, connections=at_once, wait=stopped.wait)
    try:
        send_all(batches, poster.post, sending.done, at_once=at_once)
    finally:
        stopped.set()
    sending.close()


def progress_bar(console: Console) -> Progress:
    return listing.progress(console, DownloadColumn(), TimeRemainingColumn())


def _tell(report: Report, *, as_json: bool) -> None:
    if as_json:
        listing.print_json(report.counts)
        return
    earlier = f" ({report.already_sent} lines were done earlier)" if report.already_sent else ""
    noun = "message" if report.accepted == 1 else "messages"
    click.echo(f"{report.accepted} {noun} accepted{earlier}")
    hidden = report.rejected + report.unreadable - _SHOWN
    if hidden > 0:
        click.echo(f"... and {hidden} more lines refused", err=True)
    if report.rejected or report.unreadable:
        click.echo(f"{report.rejected} rejected by the hub, {report.unreadable} not readable", err=True)
