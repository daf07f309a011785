"""Touches: what the hub did to a customer and what became of it, the newest of each message.

They feed caps, attribution and `hub profile show`; a "no" is a touch as well (P10).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from hub.clock import Instant
from hub.deliveries import HELD_OUT, NO_LONGER_WANTED, PLACE_GIVEN_UP, PLACE_KEPT, Delivery, Status

MAX_TOUCHES = 60
"""Newest kept of what caps count. One that counts further back than 60 of them has already said no."""
MAX_REFUSED = 30
"""Newest kept of what did not reach her: withheld, rejected, failed."""

# What happened later wins; of one instant, what is further along.
# Not to know is hardly further than to have a place: whatever a vendor tells of it is further.
_ORDER = {
    status: rank
    for rank, status in enumerate(
        (
            Status.QUEUED,
            Status.UNKNOWN,
            *(one for one in Status if one not in (Status.QUEUED, Status.UNKNOWN)),
        )
    )
}

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
    variant: str = ""

    @property
    def rank(self) -> tuple[bool, bool, Instant, int, str]:
        """Who is held out stays so, whatever others who want the same level make of it."""
        held_out = self.status is Status.WITHHELD and self.reason == HELD_OUT
        return (held_out, self.reason != NO_LONGER_WANTED, self.at, _ORDER[self.status], self.reason)


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
        variant=delivery.variant,
    )


def note(touches: Touches, delivery: Delivery) -> bool:
    """Take in what became of a message; True if anything changed.

    That a level never was on says nothing against what is known of it, but ends a place the gate kept for it.
    """
    standing, heard = touches.get(delivery.message_id), from_delivery(delivery)
    if heard.reason == NO_LONGER_WANTED and standing is not None and standing.reason == PLACE_KEPT:
        heard = replace(heard, reason=PLACE_GIVEN_UP)
    return record(touches, heard)


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
        # A vendor's callback does not know it.
        variant=max(standing.variant, touch.variant),
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
    """What caps count and what was refused, each by itself: refusals must not make room for more."""
    _drop_oldest(touches, [touch for touch in touches.values() if touch.status in COUNTED], MAX_TOUCHES)
    _drop_oldest(touches, [touch for touch in touches.values() if touch.status not in COUNTED], MAX_REFUSED)


def _drop_oldest(touches: Touches, ours: list[Touch], most: int) -> None:
    ours.sort(key=lambda touch: (touch.first_at, touch.message_id))
    for touch in ours[: max(0, len(ours) - most)]:
        del touches[touch.message_id]
