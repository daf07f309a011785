"""Events set aside for breaking the tracking plan, until they or the plan are put right."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from hub.clock import Instant
from hub.events import Event, from_json, to_json
from hub.strategy.violations import Violation

FOLDER = "quarantine/"
"""Where they are kept in the archive's bucket."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined:
    event: Event
    violations: tuple[Violation, ...]
    at: Instant
    """When it was set aside."""
    planned: bool = True
    """Its name is one of the plan's; else the client made it up, and it may say anything."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """Quarantined events kept together, under a key of the store."""

    key: str
    kept: tuple[Quarantined, ...]


def write_line(one: Quarantined) -> str:
    """One JSON object, without a line end: the event as the queue has it, what it breaks, and when."""
    broken = [
        {"path": each.path, "message": each.message, "place": each.place, "quarantines": each.quarantines}
        for each in one.violations
    ]
    record = {"event": to_json(one.event), "violations": broken, "at": one.at, "planned": one.planned}
    return json.dumps(record, separators=(",", ":"))


def read_line(line: str) -> Quarantined:
    record = json.loads(line)
    return Quarantined(
        event=from_json(record["event"]),
        violations=tuple(Violation(**each) for each in record["violations"]),
        at=record["at"],
        planned=record["planned"],
    )


def each_once(parcels: Iterable[Parcel]) -> dict[tuple[str, str], Quarantined]:
    """By (source, message id): a retried batch may have set an event aside twice."""
    kept = (one for parcel in parcels for one in parcel.kept)
    return {(one.event.source, one.event.message_id): one for one in kept}
