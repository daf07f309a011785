"""Touches: what the hub did to a customer and what became of it, the newest of each message.

They feed caps, attribution and `hub profile show`; a "no" is a touch as well (P10).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from hub.clock import Duration, Instant
from hub.deliveries import (
    CONDITION_NOT_MET,
    CONDITION_UNKNOWN,
    HELD_OUT,
    NO_LONGER_WANTED,
    PLACE_KEPT,
    Delivery,
    Status,
)
from hub.strategy.policy import Cap

KEPT = 30
"""Newest kept of each kind: what addressed her, what only stood somewhere, what did not reach her. Of what
addressed her, also the newest that a cap counts up to: nothing else can make room in it."""

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
    """When it left, or was refused; while it only has a place, when it was given that last."""
    status: Status
    at: Instant
    reason: str = ""
    paid: bool = False
    capped: bool = False
    """It counts against caps: something that addressed the customer."""
    variant: str = ""

    @property
    def weight(self) -> int:
        """How much a word says, whenever it was said.

        A condition's "no" and a place are only about what may still go out; what its connector and its vendor
        say is what became of it. Who is held out stays so, whatever others who want her level make of it.
        """
        return _HELD_OUT if self.is_held_out else _WEIGHTS.get(self.reason, _SAID)

    @property
    def is_held_out(self) -> bool:
        return self.status is Status.WITHHELD and self.reason == HELD_OUT

    @property
    def has_place(self) -> bool:
        """The gate let it go; whether it went, nobody has said."""
        return self.reason == PLACE_KEPT

    @property
    def rank(self) -> tuple[int, Instant, int, str]:
        return (self.weight, self.at, _ORDER[self.status], self.reason)


_WEIGHTS = {CONDITION_NOT_MET: 0, CONDITION_UNKNOWN: 0, PLACE_KEPT: 1, NO_LONGER_WANTED: 2}
_SAID, _HELD_OUT = 3, 4

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


def note(touches: Touches, delivery: Delivery, caps: Sequence[Cap] = ()) -> bool:
    """Take in what became of a message; True if anything changed."""
    return record(touches, from_delivery(delivery), caps)


def record(touches: Touches, touch: Touch, caps: Sequence[Cap] = ()) -> bool:
    """Keep the weightiest, then the newest word on a message; True if anything changed."""
    standing = touches.get(touch.message_id)
    if standing is None:
        touches[touch.message_id] = touch
        _bound(touches, caps)
        return True
    kept = replace(
        max(standing, touch, key=lambda one: one.rank),
        first_at=_first_at(standing, touch),
        paid=standing.paid or touch.paid,
        capped=standing.capped or touch.capped,
        # A vendor's callback does not know it.
        variant=max(standing.variant, touch.variant),
    )
    touches[touch.message_id] = kept
    return kept != standing


def _first_at(one: Touch, other: Touch) -> Instant:
    """Of the words that say most: the first, but of places the last, for that is when it may have left."""
    if one.weight != other.weight:
        return max(one, other, key=lambda touch: touch.weight).first_at
    return (max if one.has_place else min)(one.first_at, other.first_at)


def join(left: Touches, right: Touches, caps: Sequence[Cap] = ()) -> Touches:
    joined = dict(left)
    for touch in right.values():
        record(joined, touch, caps)
    return joined


def led_to(touch: Touch, until: Instant, look_back: Duration) -> bool:
    """It reached the customer in the time before an instant: the material of attribution."""
    return touch.status in REACHED and until - look_back < touch.first_at <= until


def _bound(touches: Touches, caps: Sequence[Cap]) -> None:
    """Each kind by itself: what refused her, or only stood, must not make room under a cap."""
    if len(touches) <= KEPT:
        return
    newest = sorted(touches.values(), key=lambda touch: (touch.first_at, touch.message_id), reverse=True)
    addressed = [touch for touch in newest if touch.capped and touch.status in COUNTED]
    held_out = [touch for touch in newest if touch.capped and touch.is_held_out]
    kinds = (
        addressed,
        [touch for touch in newest if not touch.capped and touch.status in COUNTED],
        [touch for touch in newest if touch.status not in COUNTED],
    )
    kept = {touch.message_id for kind in kinds for touch in kind[:KEPT]}
    for cap in caps:
        kept |= {touch.message_id for kind in (addressed, held_out) for touch in _newest(kind, cap)}
    for message_id in touches.keys() - kept:
        del touches[message_id]


def _newest(touches: Iterable[Touch], cap: Cap) -> list[Touch]:
    """As many as the cap counts up to: with all of these it is full."""
    matching = [touch for touch in touches if is_under(touch, cap)]
    return matching[: cap.at_most]


def is_under(touch: Touch, cap: Cap) -> bool:
    return cap.applies(channel=touch.channel, journey=touch.journey, paid=touch.paid)
