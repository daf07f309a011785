"""Profiles table's stream -> what must follow: members, machines, timers, the end of runs."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from hub import pipeline, reacting
from hub.aws import bootstrap, profile_table, stream
from hub.aws.effects_table import EffectsTable
from hub.aws.said_anew import is_said_anew
from hub.saying_anew import Anew
from hub.settings import ReactToChangesSettings

settings = cache(ReactToChangesSettings.from_environment)


def handler(event: dict[str, Any], _context: object) -> None:
    """Stream batch in; raising gives the batch again from the start, and every act may be done twice."""
    pipeline.act((reaction for record in event["Records"] for reaction in _reactions(record)), hands())


def _reactions(record: dict[str, Any]) -> Iterator[Anew]:
    before, after = stream.image(record, "OldImage"), stream.image(record, "NewImage")
    if after is None or not profile_table.is_profile(after["pk"]["S"]):
        return
    rules, merged = bootstrap.rules(settings().strategy_path), "merged_into" in after
    if is_said_anew(before, after):
        yield from pipeline.anew(profile_table.from_item(after), rules, merged=merged)
        return
    yield from pipeline.reactions(
        profile_table.from_item(before) if before else None,
        profile_table.from_item(after),
        rules,
        merged=merged,
        was_merged="merged_into" in (before or ()),
    )


@cache
def hands() -> reacting.Hands:
    told = settings()
    return reacting.Hands(
        members=bootstrap.members(told.segments_table),
        runs=bootstrap.runs(told.journeys_table),
        machines=bootstrap.machines(told.machines),
        timers=bootstrap.timers(told),
        effects=EffectsTable(bootstrap.client("dynamodb"), told.journeys_table),
        outbox=bootstrap.outbox(told.connector_queues, told),
        policy=bootstrap.rules(told.strategy_path).policy,
    )
