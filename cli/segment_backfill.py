"""`hub segment backfill`: every profile held against the segments that changed, and how far that has come."""

import json
import time
from typing import Any

import click
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from cli import listing, live, target
from cli.target import Target
from hub.backfilling import BackfillRun, Part
from hub.clock import format_instant, real_now
from hub.errors import HubError

_LOOK_AGAIN = 1.0
"""Seconds."""


class BackfillFailed(HubError):
    pass


@click.command()
@click.argument("name", required=False)
@click.option("--anew", is_flag=True, help="Say of everybody anew what she is, for changes that were lost.")
@click.option("--watch", is_flag=True, help="Stay until it is through, with a bar.")
@listing.json_option
@target.option
def backfill(name: str | None, *, anew: bool, watch: bool, stage: str | None, as_json: bool) -> None:
    """Hold every profile against the segments that changed since the last time, or against NAME.

    What NAME asks for is then read from the archive once more, as far back as its windows reach.
    A deployment that changes a segment, or asks for what nobody remembers, starts this by itself. While one
    runs, none is started: it is shown. Nothing live is stopped; a profile that stays as it is costs a reading
    and no writing.

    With --anew no rule is asked: who is in which segment, whose run goes on and whose is over, and when her
    timer goes off is said again of everybody as it is stored, and what else stands is put right. That is for
    changes that died and that the stream has forgotten (hub dlq redrive says so); without it, they stay lost.
    It writes every profile once and takes about two hours for a million; done twice it changes nothing.
    """
    if anew and name:
        raise click.UsageError("--anew is for everybody: leave NAME away")
    hub = target.find(stage)
    if name:
        live.segment_named(hub, name)
    running = _running(hub)
    if anew and running:
        raise BackfillFailed("a back-fill runs and is not to be mixed with: ask again when it is through")
    execution = running or _start(hub, "anew" if anew else "begin", [name] if name else [])
    if watch:
        _watch(hub, execution)
    told = _told(hub, execution)
    if as_json:
        listing.print_json(told)
    elif told["state"] == "nothing changed":
        click.echo("nothing changed since the last back-fill; name a segment to do it again for that")
    else:
        listing.print_fields(told)
    if told["state"] == "failed":
        raise BackfillFailed(f"the back-fill failed; its history says why: {execution}")


def _running(hub: Target) -> str | None:
    """The execution that is at it."""
    run, _ = hub.backfills.read()
    if run is None or run.ended_at is not None:
        return None
    execution = _execution(hub, run.run)
    return execution if _status(hub, execution) == "RUNNING" else None


def _start(hub: Target, do: str, segments: list[str]) -> str:
    started = hub.client("stepfunctions").start_execution(
        stateMachineArn=hub.output("BackfillMachine"),
        name=f"by-hand-{real_now()}",
        input=json.dumps({"do": do, "segments": segments}),
    )
    execution: str = started["executionArn"]
    while _status(hub, execution) == "RUNNING" and _run_of(hub, execution)[0] is None:
        time.sleep(_LOOK_AGAIN / 4)
    return execution


def _watch(hub: Target, execution: str) -> None:
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    console = listing.console(stderr=True)
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        bar = progress.add_task("back-fill", total=None)
        while _status(hub, execution) == "RUNNING":
            run, parts = _run_of(hub, execution)
            if run is not None:
                progress.update(bar, total=1, completed=_share(run, parts), description=_stands(run, parts))
            time.sleep(_LOOK_AGAIN)


def _share(run: BackfillRun, parts: list[Part]) -> float:
    """How much of the table and of the archive has been read: by items, whose number is known about."""
    read = sum(part.items for part in parts if part.kind != "recall")
    scanned = min(1.0, read / run.items) if run.items else 0.0
    if not run.spans:
        return scanned
    recalled = sum(part.done for part in parts if part.kind == "recall") / run.spans
    return (scanned + recalled) / 2


def _stands(run: BackfillRun, parts: list[Part]) -> str:
    scanning = any(part.kind != "recall" for part in parts)
    return "profiles" if scanning or not run.spans else f"archive: {', '.join(run.recalled)}"


def _told(hub: Target, execution: str) -> dict[str, Any]:
    run, parts = _run_of(hub, execution)
    status = _status(hub, execution)
    if run is None:
        return {"state": "failed" if status not in ("RUNNING", "SUCCEEDED") else "nothing changed"}
    scans = [part for part in parts if part.kind != "recall"]
    recalls = [part for part in parts if part.kind == "recall"]
    state = {"RUNNING": "running", "SUCCEEDED": "through"}.get(status, "failed")
    return {
        "state": state,
        "for": list(run.names),
        "recalled": list(run.recalled),
        "began_at": format_instant(run.began_at),
        "ended_at": None if run.ended_at is None else format_instant(run.ended_at),
        "profiles_seen": sum(part.seen for part in scans),
        "profiles_changed": sum(part.changed for part in scans),
        "parts": f"{sum(part.done for part in scans)} of {run.parts}",
        "events_recalled": sum(part.changed for part in recalls),
        "hours_of_the_archive": f"{sum(part.done for part in recalls)} of {run.spans}",
    }


def _run_of(hub: Target, execution: str) -> tuple[BackfillRun | None, list[Part]]:
    run, parts = hub.backfills.read()
    return (run, parts) if run is not None and execution.endswith(f":{run.run}") else (None, [])


def _status(hub: Target, execution: str) -> str:
    status: str = hub.client("stepfunctions").describe_execution(executionArn=execution)["status"]
    return status


def _execution(hub: Target, name: str) -> str:
    return f"{hub.output('BackfillMachine').replace(':stateMachine:', ':execution:')}:{name}"
