"""A state of a journey's machine begins: ask the connectors, or at the end turn everything off."""

from functools import cache
from typing import Any

from hub import pipeline, stepping
from hub.aws import bootstrap
from hub.aws.effects_table import EffectsTable
from hub.settings import RunJourneyStepSettings

settings = cache(RunJourneyStepSettings.from_environment)


def handler(event: dict[str, Any], _context: object) -> None:
    """{"do": "step", definition, token, …} or {"do": "close", outcome, …}; see infra/journey_machines.py."""
    told = settings()
    now = told.clock.now()
    if event["do"] == "close":
        pipeline.close_run(event["enrollment_id"], event["outcome"], hands(), now)
    else:
        call = stepping.StepCall.of(event)
        pipeline.run_step(call, hands(), bootstrap.rules(told.strategy_path), now)


@cache
def hands() -> stepping.Hands:
    told = settings()
    return stepping.Hands(
        profiles=bootstrap.profiles(told.profiles_table),
        runs=bootstrap.runs(told.journeys_table),
        machines=bootstrap.machines({}),
        effects=EffectsTable(bootstrap.client("dynamodb"), told.journeys_table),
        outbox=bootstrap.outbox(told.connector_queues, told),
        outcomes=bootstrap.outcomes(told.events_queue_url),
    )
