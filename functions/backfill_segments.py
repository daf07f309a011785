"""A segment changed -> every profile is held against it; each call is one step of the back-fill's machine."""

from collections.abc import Callable
from functools import cache
from typing import Any

from hub import pipeline
from hub.aws import bootstrap
from hub.aws.archive_reading import ArchiveReader
from hub.aws.backfill_table import BackfillTable
from hub.aws.definition_table import DefinitionTable
from hub.aws.facts_queue import FactsQueue
from hub.aws.profile_scan import ProfileScan
from hub.aws.said_anew import AnewMarks
from hub.settings import BackfillSegmentsSettings

settings = cache(BackfillSegmentsSettings.from_environment)


def handler(asked: dict[str, Any], _context: object) -> dict[str, Any]:
    """`do` says which step; its answer is what the machine's state is from there on."""
    step = _STEPS.get(asked["do"])
    if step is None:
        raise ValueError(f"backfill_segments knows no step {asked['do']!r}")
    return step(backfill(), asked)


_STEPS: dict[str, Callable[[pipeline.Backfill, dict[str, Any]], dict[str, Any]]] = {
    "begin": lambda work, asked: work.begin(asked["run"], asked["segments"]),
    "anew": lambda work, asked: work.anew(asked["run"]),
    "say_anew": lambda work, asked: work.say_anew(asked),
    "nightly": lambda work, _: work.nightly(),
    "recall": lambda work, asked: work.recall(asked),
    "scan": lambda work, asked: work.scan(asked),
    "left": lambda work, asked: work.left(asked["of"]),
    "sink_in": lambda work, asked: work.sink_in(asked["waits"], asked["usual"]),
    "count": lambda work, asked: work.count(asked["of"]),
    "put_right": lambda work, asked: work.put_right(asked["of"]),
    "end": lambda work, asked: work.end(asked["run"], asked["todo"]),
}


@cache
def backfill() -> pipeline.Backfill:
    told, dynamodb = settings(), bootstrap.client("dynamodb")
    return pipeline.Backfill(
        rules=bootstrap.rules(told.strategy_path),
        screen=bootstrap.screen(told.strategy_path),
        segments=bootstrap.members(told.segments_table),
        definitions=DefinitionTable(dynamodb, told.segments_table),
        progress=BackfillTable(dynamodb, told.segments_table),
        profiles=ProfileScan(dynamodb, told.profiles_table),
        sayer=AnewMarks(dynamodb, told.profiles_table),
        archive=ArchiveReader(bootstrap.client("s3"), told.archive_bucket),
        queue=FactsQueue(bootstrap.client("sqs"), told.events_queue_url),
        clock=told.clock,
    )
