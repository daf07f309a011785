"""Caps: how often a customer may be addressed, counted by what left, or may be leaving at this moment."""

from collections.abc import Iterable

from hub.clock import Instant
from hub.deliveries import CAPPED_VERBS, Message
from hub.profiles import Profile
from hub.strategy.durations import format_duration
from hub.strategy.policy import Cap, Policy
from hub.touches import COUNTED, Touch, is_under


def on(message: Message, channel: str, policy: Policy, *, paid: bool) -> list[Cap]:
    """Those that count this message."""
    if message.verb not in CAPPED_VERBS:
        return []
    return [cap for cap in policy.caps if cap.applies(channel=channel, journey=message.journey, paid=paid)]


def forbid(message: Message, caps: Iterable[Cap], profile: Profile, now: Instant) -> str:
    """The first that is full, in words; "" if none is."""
    full = (cap for cap in caps if _is_full(cap, message, profile, now))
    return next((f"cap: {_in_words(cap)}" for cap in full), "")


def _is_full(cap: Cap, message: Message, profile: Profile, now: Instant) -> bool:
    """Of others: what has its place already is not asked again, for as long as the place counts."""
    held_out = profile.enrollments[message.enrollment_id].arm == "holdout"
    counted = {
        touch.message_id
        for touch in profile.touches.values()
        if touch.first_at > now - cap.within and _counts(touch, held_out=held_out) and is_under(touch, cap)
    }
    return message.message_id not in counted and len(counted) >= cap.at_most


def _counts(touch: Touch, *, held_out: bool) -> bool:
    """For who is held out, also what would have gone out: her caps fill up as those of the others do."""
    return touch.capped and (touch.status in COUNTED or (held_out and touch.is_held_out))


def _in_words(cap: Cap) -> str:
    what = " ".join(filter(None, (cap.media, cap.channel, cap.journey))) or "messages"
    return f"{cap.at_most} {what} in {format_duration(cap.within)}"
