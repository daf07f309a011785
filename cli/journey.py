"""`hub journey`: what journeys there are, how many customers are on them, and letting them stand or go on."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from cli import journey_test, listing, live, strategies, target
from cli.target import Target
from hub.deferring import let_go
from hub.definitions import journey_version
from hub.journey_states import JourneyState
from hub.strategy.durations import format_duration
from hub.strategy.journeys import Do, Journey, Step
from hub.strategy.model import AS_WRITTEN

_PAGE = 1_000


@click.group()
def journey() -> None:
    """Journeys: their steps, the customers on them, and whether they run."""


journey.add_command(journey_test.test)


@journey.command("list")
@live.strategy_option
@listing.json_option
@target.option
def list_(*, directory: Path, stage: str | None, as_json: bool) -> None:
    """All live journeys: whether they run, and the number of customers on them.

    Whatever else is told of a journey is told as DIR has it.
    """
    hub = target.find(stage)
    written, states = strategies.load(directory).journey_by_name, hub.journey_states.read()
    rows = [
        _row(name, written.get(name), states.get(name, "running"), _number(hub, machine))
        for name, machine in live.journeys(hub).items()
    ]
    listing.print_rows(rows, as_json=as_json, empty="no journey is live: deploy the strategy first")


@journey.command()
@click.argument("name")
@live.strategy_option
@listing.json_option
@target.option
def show(name: str, *, directory: Path, stage: str | None, as_json: bool) -> None:
    """Journey NAME step by step, whether it runs, and how many customers are on which version of it.

    Who is on it finishes on the steps it had when she entered. `held` are messages that a pause holds back.
    """
    hub = target.find(stage)
    found = strategies.journey_named(strategies.load(directory), name)
    enrollment_ids = list(_executions(hub, _machine(hub, name)))
    row = _row(name, found, hub.journey_states.read().get(name, "running"), len(enrollment_ids))
    told = {**row, "held": hub.held.count(name)}
    versions = _versions(hub.runs.versions(enrollment_ids), journey_version(found))
    if as_json:
        definition = found.model_dump(mode="json", exclude_defaults=True, context=AS_WRITTEN)
        listing.print_json({**told, "versions": versions, "definition": definition})
        return
    listing.print_fields({**told, "description": found.description})
    click.echo()
    listing.print_rows(versions, as_json=False, empty="nobody is on it")
    click.echo()
    listing.print_rows([_step(step) for step in found.steps], as_json=False, empty="no steps")


@journey.command()
@click.argument("name")
@target.option
def pause(name: str, *, stage: str | None) -> None:
    """Let journey NAME stand still: nobody enters, and its messages wait.

    Goals and exits go on and turn everything off. In force within 15 seconds.
    """
    _switch(target.find(stage), name, "paused")
    click.echo(f"{name} is paused: nobody enters and its messages wait; `hub journey resume {name}` ends it")


@journey.command()
@click.argument("name")
@target.option
def resume(name: str, *, stage: str | None) -> None:
    """Let journey NAME run again.

    Messages that waited are checked once more before they go; those that have expired are withheld. Who
    came into the entry segment meanwhile has not entered. If it is interrupted, do it again.
    """
    number = _let_go(target.find(stage), name, "running")
    click.echo(f"{name} runs; {number} messages that waited go to the gate")


@journey.command()
@click.argument("name")
@target.option
def drain(name: str, *, stage: str | None) -> None:
    """Let nobody into journey NAME any more; those who are on it finish.

    `hub journey resume` opens it again.
    """
    number = _let_go(target.find(stage), name, "draining")
    click.echo(f"{name} takes nobody in; {number} messages that waited go to the gate")


def _switch(hub: Target, name: str, state: JourneyState) -> None:
    strategies.named("journey", live.journeys(hub), name)
    hub.journey_states.set(name, state, hub.now)


def _let_go(hub: Target, name: str, state: JourneyState) -> int:
    """The state first: from then on nothing more is held back."""
    _switch(hub, name, state)
    return let_go(name, hub.held, hub.outbox)


def _row(name: str, one: Journey | None, state: JourneyState, number: int) -> dict[str, Any]:
    """One: as the files have it; None where they have it not."""
    return {
        "name": name,
        "state": state,
        "entry": one.entry.segment if one else None,
        "steps": len(one.steps) if one else None,
        "ends_after": format_duration(one.ends_after) if one else None,
        "holdout": f"{one.holdout:.0%}" if one else None,
        "running": number,
    }


def _versions(running_on: Counter[str], today: str) -> list[dict[str, Any]]:
    """The strategy's own version first, then those that are running out, the fullest first."""
    others = [version for version, _ in running_on.most_common() if version != today]
    return [
        {"version": version or "unknown", "running": running_on[version], "current": version == today}
        for version in (today, *others)
    ]


def _number(hub: Target, machine: str) -> int:
    return sum(1 for _ in _executions(hub, machine))


def _executions(hub: Target, machine: str) -> Iterator[str]:
    """The names of those that wait for something: the ids of their enrollments."""
    pages = (
        hub.client("stepfunctions")
        .get_paginator("list_executions")
        .paginate(stateMachineArn=machine, statusFilter="RUNNING", PaginationConfig={"PageSize": _PAGE})
    )
    for page in pages:
        yield from (execution["name"] for execution in page["executions"])


def _machine(hub: Target, name: str) -> str:
    found = live.journeys(hub).get(name)
    if found is None:
        raise click.ClickException(f"journey {name} is not deployed: deploy the strategy first")
    return found


def _step(step: Step) -> dict[str, Any]:
    actions = [_action(do) for do in step.actions]
    return {"after": format_duration(step.after), "does": "\n".join(actions)}


def _action(do: Do) -> str:
    return f"{do.address} {listing.text(do.params)}"
