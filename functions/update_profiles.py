"""Events queue -> profiles: facts are grouped by customer, and each customer is written once a batch."""

from functools import cache
from typing import Any

from hub import facts, pipeline
from hub.absorbing import Fact
from hub.aws import bootstrap
from hub.aws.failures import step_aside
from hub.aws.observability import in_our_words, logger, meter
from hub.clock import SECOND
from hub.settings import UpdateProfilesSettings
from hub.timers import Tick

settings = cache(UpdateProfilesSettings.from_environment)


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """SQS batch in, the ids of what must come again out; one customer's trouble is nobody else's."""
    failed: set[str] = set()
    read = []
    for record in event["Records"]:
        try:
            read.append((record["messageId"], facts.read(record["body"])))
        except (ValueError, KeyError, TypeError):
            logger().error("unreadable message in the events queue", message_id=record["messageId"])
            failed.add(record["messageId"])
    groups = pipeline.group(read)
    for group in groups:
        if not _absorb(group.facts):
            failed |= group.sources
    _measure_nobodys(sum(len(found) for _, found in read) - sum(len(group.facts) for group in groups))
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in sorted(failed)]}


def _absorb(group: list[Fact]) -> bool:
    told = settings()
    profiles, rules = bootstrap.profiles(told.profiles_table), bootstrap.rules(told.strategy_path)
    try:
        pipeline.absorb(group, profiles, rules, told.clock.now(), step_aside)
    except Exception as error:  # noqa: BLE001 - whatever it was, this group comes again and the others are kept
        logger().error("a group of events was not absorbed", **in_our_words(error))
        return False
    _measure_lateness([fact for fact in group if isinstance(fact, Tick)])
    return True


def _measure_lateness(ticks: list[Tick]) -> None:
    now, lateness = settings().clock.now(), meter()
    for tick in ticks:
        lateness.seconds("TickLateness", (now - tick.at) / SECOND)
    lateness.flush()


def _measure_nobodys(number: int) -> None:
    """Events that belong to nobody stay in the archive; that they come is worth knowing."""
    if number:
        nobodys = meter()
        nobodys.count("NobodysEvents", number)
        nobodys.flush()
