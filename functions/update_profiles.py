"""Events queue -> profiles: facts are grouped by customer, and each customer is written once a batch."""

from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from typing import Any

from hub import pipeline
from hub.absorbing import Fact, outruns
from hub.aws import bootstrap
from hub.aws.batches import Batch
from hub.aws.failures import is_passing, step_aside
from hub.aws.observability import Meter, in_our_words, logger
from hub.clock import SECOND, Instant
from hub.enrollments import Breakdown
from hub.events import Event
from hub.identity import Verdict
from hub.isolating import isolate
from hub.screening import Found
from hub.settings import UpdateProfilesSettings
from hub.timers import Tick

_KINDS_TOLD = 20
"""Kinds of violation in one log line, the most frequent first."""

settings = cache(UpdateProfilesSettings.from_environment)


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """SQS batch in, the ids of what must come again out; one customer's trouble is nobody else's."""
    batch, numbers = Batch(event["Records"], receives=settings().receives), Meter(settings().stage)
    admitted = _screen(batch, numbers)
    _absorb_in_turn(batch, _groups(batch, admitted, numbers), numbers)
    _bury(batch)
    numbers.flush()
    return batch.failures


def _screen(batch: Batch, numbers: Meter) -> list[Fact]:
    """What may be folded; what breaks the tracking plan is set aside, durably before it is acknowledged."""
    screen, found = bootstrap.screen(settings().strategy_path), Found(aside=[])
    admitted = [
        fact
        for _, facts in batch.facts
        for fact in facts
        if not isinstance(fact, Event) or screen.admits(fact, found)
    ]
    _set_aside(batch, found.aside or [])
    for name, number in (
        ("BotEvents", found.bots),
        ("PlanViolations", found.warned),
        ("EventsQuarantined", found.quarantined),
    ):
        numbers.some(name, number)
    if found.kinds:
        logger().warning("events break the tracking plan", kinds=list(_told(found)))
    return admitted


def _groups(batch: Batch, admitted: list[Fact], numbers: Meter) -> list[list[Fact]]:
    """Facts that may concern one customer; those that belong to nobody stay in the archive, counted."""
    rules, unread = bootstrap.rules(settings().strategy_path), list[Fact]()

    def spoilt(fact: Fact, error: Exception) -> None:
        unread.append(fact)
        batch.spoilt(fact, error)

    groups = pipeline.group(admitted, rules.identifiers, spoilt)
    numbers.some("NobodysEvents", len(admitted) - sum(map(len, [*groups, unread])))
    return groups


def _told(found: Found) -> Iterator[dict[str, Any]]:
    for (event, path, rule), number in found.kinds.most_common(_KINDS_TOLD):
        yield {"event": event, "path": path, "rule": rule, "events": number}


def _set_aside(batch: Batch, events: Sequence[Event]) -> None:
    told = settings()
    screen, now = bootstrap.screen(told.strategy_path), told.clock.now()
    try:
        if events:
            bootstrap.quarantine(told.archive_bucket).keep([screen.set_aside(one, now) for one in events])
    except Exception as error:  # noqa: BLE001 - these come again, the others are kept
        logger().error("events were not quarantined", **in_our_words(error))
        for event in events:
            batch.again(event)


def _absorb_in_turn(batch: Batch, groups: list[list[Fact]], numbers: Meter) -> None:
    """What would let time pass beyond an event that must come again, comes again itself while it may."""
    waiting = list[Fact]()
    for facts in groups:
        if outruns(facts, waiting) and all(map(batch.has_time, facts)):
            for fact in facts:
                batch.again(fact)
        else:
            waiting += _absorb(batch, facts, numbers)


def _absorb(batch: Batch, facts: list[Fact], numbers: Meter) -> list[Fact]:
    """Those that something passing was in the way of."""
    doubts: list[Verdict] = []
    fold = partial(_fold, now=settings().clock.now(), noted=doubts.append)
    failed = list(isolate(sorted(facts, key=lambda fact: fact.at), fold, is_passing))
    for fact, error in failed:
        if is_passing(error):
            batch.again(fact)
        else:
            batch.spoilt(fact, error)
    if failed:
        _, error = failed[0]
        logger().error("facts of a customer were not absorbed", facts=len(failed), **in_our_words(error))
    _measure(facts, {id(fact) for fact, _ in failed}, numbers)
    numbers.some("IdentifiersRefused", sum(len(verdict.refused) for verdict in doubts))
    numbers.some("IdentifiersQuarantined", sum(len(verdict.quarantined) for verdict in doubts))
    return [fact for fact, error in failed if is_passing(error)]


def _fold(facts: Sequence[Fact], now: Instant, noted: Callable[[Verdict], None]) -> None:
    """How journeys stand is asked here: while nobody knows, only these facts wait and no others."""
    told = settings()
    pipeline.absorb(
        facts,
        store=bootstrap.profiles(told.profiles_table),
        rules=bootstrap.rules_in_force(told.strategy_path, told.journeys_table),
        now=now,
        step_aside=step_aside,
        noted=noted,
    )


def _measure(facts: Sequence[Fact], failed: set[int], numbers: Meter) -> None:
    now = settings().clock.now()
    for fact in facts:
        if id(fact) in failed:
            continue
        if isinstance(fact, Tick):
            numbers.seconds("TickLateness", (now - fact.at) / SECOND)
        elif isinstance(fact, Breakdown):
            numbers.count("RunsFailed")


def _bury(batch: Batch) -> None:
    """What can never be done becomes a dead letter of its own, with its reason."""
    dead = batch.dead
    for reason in {one.reason for one in dead}:
        logger().error("given up to the dead-letter queue", reason=reason)
    try:
        batch.bury(bootstrap.dead_letters(settings().dead_letters_url))
    except Exception as error:  # noqa: BLE001 - they come again
        logger().error("dead letters were not put away", **in_our_words(error))
