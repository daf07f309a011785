"""Whole strategies for stories, as their files say it, for the real connectors."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cli.rehearsal import Rehearsal
from hub.authoring import read_strategy
from hub.clock import parse_instant
from hub.connector_kit import discover
from hub.rules import Rules
from hub.strategy.strategy import Strategy
from tests.authoring.building import segment, write

HAS_A_CART = "{cart: {items: {at_least: 1}}}"
LIKES_TEA = "{did: Tea Liked}"
TEMPLATE = (
    '---\nsubject: {name}\n---\n<p>{name}</p>\n<p><a href="{{{{ unsubscribe_url }}}}">no more</a></p>\n'
)


def a_strategy(
    directory: Path,
    journeys: Mapping[str, str],
    *,
    segments: Mapping[str, str] | None = None,
    policy: str = "consent: opt_out",
    templates: tuple[str, ...] = ("hello", "second"),
) -> Strategy:
    """`journeys`: name -> all but that; segments: carter has a cart, tea_fan likes tea."""
    rules = {"carter": HAS_A_CART, "tea_fan": LIKES_TEA} if segments is None else segments
    files = {
        "policy.yaml": policy,
        **{f"segments/{name}.yaml": segment(name, when) for name, when in rules.items()},
        **{f"journeys/{name}.yaml": f"name: {name}\n{text}" for name, text in journeys.items()},
        **{f"templates/{name}.liquid": TEMPLATE.format(name=name) for name in templates},
    }
    return read_strategy(write(directory, files), discover())


def a_rehearsal(strategy: Strategy) -> Rehearsal:
    """With the hold-outs that it says, unlike `rehearse`."""
    return Rehearsal(strategy, parse_instant("2026-11-21T10:00:00Z"))


def deploy(rehearsal: Rehearsal, strategy: Strategy) -> None:
    """Another strategy from now on; machines of journeys that are gone end as AWS lets them."""
    hub = rehearsal._hub
    gone = hub.rules.journeys.keys() - {one.name for one in strategy.journeys}
    hub.rules = Rules(strategy)
    for name, execution in hub.machines.executions.items():
        if any(name.startswith(f"{journey}-") for journey in gone):
            execution.definition = _deleted(execution.definition)


def _deleted(definition: Mapping[str, Any]) -> Mapping[str, Any]:
    """Whose executions are ended at their next transition, whatever that would be."""
    states = definition["States"].items()
    ending = {
        name: {**state, "Next": "", "Catch": [{**one, "Next": ""} for one in state.get("Catch", ())]}
        for name, state in states
    }
    return {**definition, "States": ending}
