"""Putting into each action of a journey what its connector declares, so that Lambdas need no connectors."""

from collections.abc import Mapping, Sequence

from hub.connector_kit.declaration import Connector
from hub.strategy.journeys import ActionFacts, Do, Journey, Step
from hub.strategy.strategy import Strategy


def resolve(strategy: Strategy, connectors: Sequence[Connector]) -> Strategy:
    """The strategy with the facts of every action that one of the connectors has."""
    by_slug = {connector.slug: connector for connector in connectors}
    journeys = tuple(_journey(journey, by_slug) for journey in strategy.journeys)
    return strategy.model_copy(update={"journeys": journeys})


def _journey(journey: Journey, connectors: Mapping[str, Connector]) -> Journey:
    return journey.model_copy(update={"steps": tuple(_step(step, connectors) for step in journey.steps)})


def _step(step: Step, connectors: Mapping[str, Connector]) -> Step:
    variants = tuple(one.model_copy(update={"do": _all(one.do, connectors)}) for one in step.variants)
    return step.model_copy(
        update={
            "do": _all(step.do, connectors),
            "choose": _all(step.choose, connectors),
            "variants": variants,
        }
    )


def _all(actions: Sequence[Do], connectors: Mapping[str, Connector]) -> tuple[Do, ...]:
    return tuple(do.model_copy(update={"facts": facts_of(do, connectors)}) for do in actions)


def facts_of(do: Do, connectors: Mapping[str, Connector]) -> ActionFacts | None:
    """`connectors` by their slugs; None where none of them has the action."""
    connector = connectors.get(do.connector)
    action = connector.actions.get(do.action) if connector else None
    if action is None:
        return None
    return ActionFacts(
        verb=action.verb,
        channel=action.channel,
        paid=action.paid,
        target=action.target(do.params),
        needs=action.needs(do.params),
    )
