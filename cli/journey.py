"""`hub journey`: what journeys there are, and how many customers are on them."""

from pathlib import Path
from typing import Any

import click

from cli import listing, strategies, target
from cli.target import Target
from hub.authoring.problems import did_you_mean, listed
from hub.strategy.durations import format_duration
from hub.strategy.journeys import Do, Journey, Step
from hub.strategy.strategy import Strategy


@click.group()
def journey() -> None:
    """Journeys: their steps, and the customers on them."""


@journey.command("list")
@strategies.option
@listing.json_option
@target.option
def list_(*, directory: Path, stage: str | None, as_json: bool) -> None:
    """All journeys with the number of customers on them."""
    hub = target.find(stage)
    rows = [_row(hub, one) for one in strategies.load(directory).journeys]
    listing.print_rows(rows, as_json=as_json, empty="the strategy has no journeys")


@journey.command()
@click.argument("name")
@strategies.option
@listing.json_option
@target.option
def show(name: str, *, directory: Path, stage: str | None, as_json: bool) -> None:
    """Journey NAME step by step, and how many customers are on it."""
    hub = target.find(stage)
    found = _named(strategies.load(directory), name)
    if as_json:
        definition = found.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        listing.print_json({**_row(hub, found), "definition": definition})
        return
    listing.print_fields({**_row(hub, found), "description": found.description})
    click.echo()
    listing.print_rows([_step(step) for step in found.steps], as_json=False, empty="no steps")


def _row(hub: Target, one: Journey) -> dict[str, Any]:
    return {
        "name": one.name,
        "entry": one.entry.segment,
        "steps": len(one.steps),
        "ends_after": format_duration(one.ends_after),
        "holdout": f"{one.holdout:.0%}",
        "running": running(hub, one.name),
    }


def running(hub: Target, name: str) -> int:
    """Executions of the journey's machine that wait for something."""
    machines = hub.client("stepfunctions")
    pages = machines.get_paginator("list_executions").paginate(
        stateMachineArn=_machine(machines, f"hub-{hub.stage}-journey-{name}"), statusFilter="RUNNING"
    )
    return sum(len(page["executions"]) for page in pages)


def _machine(machines: Any, name: str) -> str:
    for page in machines.get_paginator("list_state_machines").paginate():
        for one in page["stateMachines"]:
            if one["name"] == name:
                return str(one["stateMachineArn"])
    raise click.ClickException(f"{name} is not deployed: deploy the strategy first")


def _step(step: Step) -> dict[str, Any]:
    actions = [_action(do) for do in step.actions]
    return {"after": format_duration(step.after), "does": "\n".join(actions)}


def _action(do: Do) -> str:
    return f"{do.address} {listing.text(do.params)}"


def _named(strategy: Strategy, name: str) -> Journey:
    found = strategy.journey_by_name.get(name)
    if found is None:
        names = list(strategy.journey_by_name)
        advice = did_you_mean(name, names, otherwise=f"there are {listed(names)}")
        raise click.UsageError(f"there is no journey {name!r}: {advice}")
    return found
