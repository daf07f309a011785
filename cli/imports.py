"""`hub import`: a table of customers, from a file to traits with the party of its source."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from cli import listing, live, strategies, target
from cli.importing import rows
from cli.importing.messages import BadRow, Maker, Wanted
from cli.importing.rows import Row, Table
from cli.ndjson import START, BadLine, Position
from cli.send import Report, deliver, progress_bar
from cli.sending.lines import Line
from cli.sending.posting import Endpoint
from hub.clock import real_now
from hub.errors import ConfigurationError, HubError
from hub.rules import Rules
from hub.screening import Screen
from hub.strategy.strategy import Strategy

_STATE = Path(".hub/import")
_SHOWN = 20
"""Bad rows told one by one; past them only counted."""


_AT_ONCE = 4
"""Requests under way."""


class BadRows(HubError):
    pass


@dataclass
class Checked:
    """What a look at every row found."""

    good: int = 0
    bad: int = 0
    example: dict[str, Any] = field(default_factory=dict)
    """The first message."""


@click.command("import")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--source", required=True, metavar="NAME", help="Whose table it is: a source of policy.yaml.")
@click.option(
    "--id",
    "ids",
    multiple=True,
    metavar="TYPE=COLUMN",
    help="Which column says who: user_id, email, phone, anonymous_id, or another type of policy.yaml. May be"
    " given again. Default: the columns that are called so.",
)
@click.option("--traits", metavar="A,B,…", help="Columns to take; default: all that say something else.")
@click.option("--rename", "renamed", multiple=True, metavar="COLUMN=TRAIT", help="May be given again.")
@click.option("--at", metavar="COLUMN", help="Which column says when it was so (ISO 8601); default: now.")
@click.option("--skip-bad", is_flag=True, help="Send the good rows though others are bad.")
@click.option("--dry-run", is_flag=True, help="Check every row, show the first message, send nothing.")
@click.option(
    "--restart", is_flag=True, help="Begin at the first row, even if an earlier run was broken off."
)
@click.option("--endpoint", metavar="URL", envvar="HUB_ENDPOINT", help="Where to post; default: the stack's.")
@click.option("--write-key", metavar="KEY", help="Of the source; default: the one that the stack gave it.")
@live.strategy_option
@listing.json_option
@target.option
def import_(files: tuple[Path, ...], *, as_json: bool, directory: Path, **said: Any) -> None:
    """Take in tables of customers: FILES are CSV with a header, or NDJSON, plain or gzipped.

    Each row says of one customer what the source knows of her. Its values are traits with the party of
    the source (second, third, …): they never win over what she said herself or what was seen of her.

    Every row is checked before the first is sent, and a bad one stops all (but see --skip-bad). Broken off,
    the same command goes on where it stopped; done again, it changes nothing.
    """
    strategy, tables = strategies.load(directory), [rows.open_table(file) for file in files]
    wanted = _wanted(strategy, tables, said)
    screen = Screen(strategy.tracking_plan, strategy.policy)
    maker = Maker(wanted, Rules(strategy).identifiers, screen, real_now())
    checked = _check(tables, maker)
    if checked.bad and not said["skip_bad"]:
        raise BadRows(
            f"{_rows(checked.bad)} of {checked.bad + checked.good} cannot be used; nothing was sent"
        )
    if said["dry_run"]:
        _tell_check(checked, as_json=as_json)
        return
    report = _send(tables, maker, _where(wanted.source, said), restart=said["restart"])
    _tell(report, checked, strategy.policy.party(wanted.source), wanted, as_json=as_json)
    if report.rejected:
        click.get_current_context().exit(1)


def _wanted(strategy: Strategy, tables: Sequence[Table], said: dict[str, Any]) -> Wanted:
    policy, source = strategy.policy, said["source"]
    if source not in policy.sources:
        raise ConfigurationError(
            f"policy.yaml names no source '{source}': write `{source}: {{party: third}}` (or second, …) under"
            " sources, and deploy it, so that it gets a write key"
        )
    priority, columns = policy.identifiers.priority, set[str]().union(*map(rows.columns_of, tables))
    given = dict(_pair(one, "--id") for one in said["ids"]) or {
        one: one for one in priority if one in columns
    }
    if unknown := given.keys() - set(priority):
        raise click.UsageError(f"--id {min(unknown)}: policy.yaml knows {', '.join(priority)}")
    if not given:
        raise click.UsageError(f"say with --id who a row is about, e.g. --id email={min(columns)}")
    traits = tuple(said["traits"].split(",")) if said["traits"] else None
    renamed = dict(_pair(one, "--rename") for one in said["renamed"])
    others = (*(traits or ()), *renamed, *([said["at"]] if said["at"] else ()))
    # Rows of JSON may have a column that the first of them have not.
    is_named = all(table.columns for table in tables)
    _must_be_there((*given.values(), *(others if is_named else ())), columns)
    ids = {kind: given[kind] for kind in priority if kind in given}
    return Wanted(source=source, ids=ids, traits=traits, renamed=renamed, at=said["at"])


def _must_be_there(asked: Iterable[str], columns: set[str]) -> None:
    for column in asked:
        if column not in columns and column.partition(".")[0] not in columns:
            raise click.UsageError(f"there is no column {column}: there are {', '.join(sorted(columns))}")


def _pair(text: str, option: str) -> tuple[str, str]:
    one, equals, other = text.partition("=")
    if not (one and equals and other):
        raise click.UsageError(f"{option} {text}: write it as X=Y")
    return one, other


def _where(source: str, said: dict[str, Any]) -> Endpoint:
    """Where events go, with the write key of the source."""
    key = said["write_key"] or target.find(said["stage"]).write_key_of(source)
    return target.find_endpoint(said["stage"], said["endpoint"], key)


def _check(tables: Sequence[Table], maker: Maker) -> Checked:
    """Look at every row, and tell the bad ones as they are found."""
    checked, console = Checked(), Console(stderr=True)
    with progress_bar(console) as progress:
        for table in tables:
            task = progress.add_task(f"checking {table.file.name}", total=table.file.stat().st_size)
            for found in _messages(table, maker):
                if isinstance(found, BadLine):
                    _tell_bad(found, checked, console)
                    continue
                row, message = found
                checked.good += 1
                checked.example = checked.example or message
                if checked.good % 1_000 == 0:
                    progress.update(task, completed=row.read)
            progress.remove_task(task)
    if checked.bad > _SHOWN:
        console.print(f"... and {checked.bad - _SHOWN} more")
    return checked


def _tell_bad(line: BadLine, checked: Checked, console: Console) -> None:
    checked.bad += 1
    if checked.bad <= _SHOWN:
        console.print(str(line), markup=False, highlight=False, soft_wrap=True)


def _messages(
    table: Table, maker: Maker, start: Position = START
) -> Iterator[tuple[Row, dict[str, Any]] | BadLine]:
    for row in rows.read(table, start):
        if isinstance(row, BadLine):
            yield row
            continue
        try:
            yield row, maker.message(row)
        except BadRow as problem:
            yield BadLine(row.file, row.number, str(problem))


def _send(tables: Sequence[Table], maker: Maker, where: Endpoint, *, restart: bool) -> Report:
    by_file = {table.file: table for table in tables}

    def read(file: Path, start: Position, _seed: str) -> Iterator[Line | BadLine]:
        for found in _messages(by_file[file], maker, start):
            if not isinstance(found, BadLine):  # they were told before
                row, message = found
                payload = json.dumps(message, separators=(",", ":")).encode()
                yield Line(file, row.after, row.read, payload, due=None)

    # The same file, wanted otherwise, is another import: how far it is, is written down elsewhere.
    state = _STATE / maker.wanted.digest
    return deliver(
        list(by_file), where, at_once=_AT_ONCE, in_step=False, restart=restart, read=read, state=state
    )


def _tell_check(checked: Checked, *, as_json: bool) -> None:
    if as_json:
        listing.print_json({"rows": checked.good, "bad": checked.bad, "first": checked.example})
        return
    click.echo(f"{_rows(checked.good)} would be sent; the first:")
    listing.print_json(checked.example)


def _tell(report: Report, checked: Checked, party: str, wanted: Wanted, *, as_json: bool) -> None:
    if as_json:
        listing.print_json({**report.counts, "bad": checked.bad, "source": wanted.source, "party": party})
        return
    earlier = f" ({report.already_sent:,} lines were done earlier)" if report.already_sent else ""
    click.echo(f"{_rows(report.accepted)} taken in as {party}-party traits of {wanted.source}{earlier}")
    if checked.bad:
        click.echo(f"{_rows(checked.bad)} left out", err=True)


def _rows(number: int) -> str:
    return f"{number:,} {'row' if number == 1 else 'rows'}"
