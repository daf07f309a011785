"""Quarantined events, taken in after all once they or the tracking plan are right."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from hub.clock import Instant
from hub.events import Event
from hub.ports import Quarantine
from hub.quarantine import Parcel, Quarantined
from hub.rules import event_name
from hub.screening import Screen

Send = Callable[[Sequence[Event]], None]


@dataclass(slots=True)
class Redriven:
    sent: int = 0
    kept: int = 0
    """Still breaking what the plan insists on."""


def redrive(
    store: Quarantine, screen: Screen, send: Send | None, now: Instant, *, event: str | None = None
) -> Redriven:
    """Send what fits by now, and only then forget it. Without `send` nothing is done but counting.

    An event keeps its own time, and is received now: its profile then knows it by its message id, should a
    run that was broken off between sending and forgetting be done again.
    """
    done, seen = Redriven(), set[tuple[str, str]]()
    for parcel in store.parcels(event):
        fitting, others = _sorted_out(parcel, screen, event)
        fresh = {_mark(one): one.event for one in fitting if _mark(one) not in seen}
        seen |= fresh.keys()
        if send is not None and fitting:
            if fresh:
                send([replace(one, received_at=now) for one in fresh.values()])
            store.settle(parcel, others)
        still = {_mark(one) for one in others if event in (None, event_name(one.event))} - seen
        seen |= still
        done.sent += len(fresh)
        done.kept += len(still)
    return done


def _sorted_out(
    parcel: Parcel, screen: Screen, event: str | None
) -> tuple[list[Quarantined], list[Quarantined]]:
    """What may go, and what stays."""
    fitting, others = list[Quarantined](), list[Quarantined]()
    for one in parcel.kept:
        is_meant = event in (None, event_name(one.event))
        broken = any(each.quarantines for each in screen.violations(one.event))
        (fitting if is_meant and not broken else others).append(one)
    return fitting, others


def _mark(one: Quarantined) -> tuple[str, str]:
    return (one.event.source, one.event.message_id)
