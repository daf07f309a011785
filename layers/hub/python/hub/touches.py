"""Touches: what the hub did to a customer and what became of it, the newest of each message.

They feed caps, attribution and `hub profile show`; a "no" is a touch as well (P10).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from hub.clock import Instant
from hub.deliveries import NO_LONGER_WANTED, Delivery, Status

MAX_TOUCHES = 60
"""Newest kept. A cap that counts further back than 60 touches of one customer has already said no."""

# What happened later wins; of one instant, what is further along.
_ORDER = {status: rank for rank, status in enumerate(Status)}

REACHED = frozenset({Status.SENT, Status.DELIVERED, Status.OPENED, Status.CLICKED, Status.ON, Status.OFF})
"""Statuses of a touch that the customer could have felt: what attribution counts."""
COUNTED = REACHED | {
    Status.QUEUED,
    Status.UNKNOWN,
    Status.BOUNCED,
    Status.DEFERRED,
    Status.COMPLAINED,
    Status.UNSUBSCRIBED,
}
"""What a cap counts: reserved, gone out, or possibly gone out."""


@dataclass(frozen=True, slots=True)
class Touch:
    message_id: str
    enrollment_id: str
    journey: str
    step: int
    connector: str
    action: str
    channel: str
    first_at: Instant
    status: Status
    at: Instant
    reason: str = ""
    paid: bool = False
    capped: bool = False
    """It counts against caps: something that addressed the customer."""

    @property
    def rank(self) -> tuple[bool, Instant, int, str]:
        return (self.reason != NO_LONGER_WANTED, self.at, _ORDER[self.status], self.reason)


Touches = dict[str, Touch]


def from_delivery(delivery: Delivery) -> Touch:
    return Touch(
        message_id=delivery.message_id,
        enrollment_id=delivery.enrollment_id,
        journey=delivery.journey,
        step=delivery.step,
        connector=delivery.connector,
        action=delivery.action,
        channel=delivery.channel,
        first_at=delivery.at,
        status=delivery.status,
        at=delivery.at,
        reason=delivery.reason,
        paid=delivery.paid,
        capped=delivery.capped,
    )


def record(touches: Touches, touch: Touch) -> bool:
    """Keep the newest word on a message and when it was first heard of; True if anything changed."""
    standing = touches.get(touch.message_id)
    if standing is None:
        touches[touch.message_id] = touch
        _bound(touches)
        return True
    kept = replace(
        max(standing, touch, key=lambda one: one.rank),
        first_at=min(standing.first_at, touch.first_at),
        paid=standing.paid or touch.paid,
        capped=standing.capped or touch.capped,
    )
    touches[touch.message_id] = kept
    return kept != standing


def join(left: Touches, right: Touches) -> Touches:
    joined = dict(left)
    for touch in right.values():
        record(joined, touch)
    return joined


def trail(touches: Touches, *, until: Instant, journeys: Iterable[str] = ()) -> list[Touch]:
    """What reached the customer up to an instant, in order: the material of attribution."""
    wanted = set(journeys)
    felt = [
        t
        for t in touches.values()
        if t.status in REACHED and t.first_at <= until and (not wanted or t.journey in wanted)
    ]
    return sorted(felt, key=lambda touch: (touch.first_at, touch.message_id))


def _bound(touches: Touches) -> None:
    for key in sorted(touches, key=lambda key: (touches[key].first_at, key))[
        : max(0, len(touches) - MAX_TOUCHES)
    ]:
        del touches[key]
