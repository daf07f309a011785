"""Messages a journey step asks a connector to act on, and deliveries: what became of them.

Both travel through queues, so both carry ids and the strategy's own texts only, never personal
data: the connector reads the profile itself, at the last moment.
"""

from enum import StrEnum
from hashlib import blake2b
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from hub.clock import Instant
from hub.strategy.conditions import Condition
from hub.strategy.local_times import LocalWindow

NO_LONGER_WANTED = "no longer wanted"
"""The reason of a level that was to be turned off and had never been on: says less than any other word."""
PLACE_KEPT = "place kept"
"""What the gate itself notes right before a message leaves."""
CONDITION_NOT_MET = "condition not met"
"""The reason of what its step held back. A step that was broken off is run again, so it may have gone out."""
CONDITION_UNKNOWN = "condition unknown: the strategy asks otherwise now"
"""The reason of a step whose run began with a condition that today's strategy remembers nothing for."""
HELD_OUT = "hold-out"
"""The reason of what would have gone out to somebody who is left alone: the other arm's exposure."""

Verb = Literal["send", "join", "upsert", "track", "show"]
"""send: a message, once (P3). join, upsert, show: a level with an inverse (P4). track: a conversion."""


class Status(StrEnum):
    """One vocabulary for every vendor (django-anymail's), plus the levels' own words."""

    QUEUED = "queued"
    SENT = "sent"
    REJECTED = "rejected"
    FAILED = "failed"
    BOUNCED = "bounced"
    DEFERRED = "deferred"
    DELIVERED = "delivered"
    OPENED = "opened"
    CLICKED = "clicked"
    COMPLAINED = "complained"
    UNSUBSCRIBED = "unsubscribed"
    UNKNOWN = "unknown"
    """The request left, the answer never came: never blindly sent again (P3)."""
    WITHHELD = "withheld"
    """The gate said no; `reason` says why (P10)."""
    ON = "on"
    """A level (audience, vendor profile, site slot) is confirmed to stand."""
    OFF = "off"
    """The level's inverse is confirmed."""


class Message(BaseModel):
    """What one action of one step asks one connector to do for one customer."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    message_id: str
    profile_id: str
    enrollment_id: str
    journey: str
    step: int
    connector: str
    action: str
    verb: Verb
    params: dict[str, Any] = {}
    """The action's fields as the strategy wrote them, templates not yet rendered."""
    target: str = ""
    """What the level stands on: the audience, slot or attribute set; empty for a send."""
    planned_at: Instant
    """When the step was due; for a level to be turned off, when the enrollment closed."""
    turns_off: bool = False
    """Its run wants the level no more, or did not at that moment: the gate need not be asked for it."""
    expires_at: Instant | None = None
    between: LocalWindow | None = None
    """Only at these times of day where the customer is."""
    only_if: Condition | None = None
    """Its step's own: what was true when the step was due must be true still when it leaves."""
    variant: str = ""
    """The name of the variant it belongs to, where its step has several."""


class Delivery(BaseModel):
    """What became of a message; folded into the profile as a touch, newest status last."""

    model_config = ConfigDict(frozen=True)

    message_id: str
    profile_id: str
    enrollment_id: str
    journey: str
    step: int
    connector: str
    action: str
    channel: str
    status: Status
    at: Instant
    reason: str = ""
    vendor_id: str = ""
    paid: bool = False
    capped: bool = False
    """It counts against caps: something that addresses the customer (sends and audiences)."""
    variant: str = ""


CAPPED_VERBS = frozenset({"send", "join"})
"""Caps are about being addressed; what waits on the site or in the chat until she comes is not counted."""


def outcome_of(
    message: Message,
    status: Status,
    at: Instant,
    *,
    channel: str,
    paid: bool,
    reason: str = "",
    vendor_id: str = "",
) -> Delivery:
    """`channel` and `paid` are its action's."""
    return Delivery(
        message_id=message.message_id,
        profile_id=message.profile_id,
        enrollment_id=message.enrollment_id,
        journey=message.journey,
        step=message.step,
        connector=message.connector,
        action=message.action,
        channel=channel,
        status=status,
        at=at,
        reason=reason,
        vendor_id=vendor_id,
        paid=paid,
        capped=message.verb in CAPPED_VERBS,
        variant=message.variant,
    )


def message_id(enrollment_id: str, step: int, connector: str, action: str, target: str) -> str:
    """The same message has the same id however often its step is run: the key of exactly once."""
    parts = "\x1f".join((enrollment_id, str(step), connector, action, target))
    return "msg_" + blake2b(parts.encode(), digest_size=15).hexdigest()
