"""The one gate: may this message leave now? Asked strongly consistent right before it would (P5).

Every answer is a value and every no has a reason (P10); nothing here reads a clock or a table.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from hub import profiles
from hub.clock import DAY, HOUR, MINUTE, SECOND, Duration, Instant
from hub.deliveries import HELD_OUT, Message, Status
from hub.enrollments import Enrollment
from hub.journey_states import JourneyState
from hub.profiles import Profile
from hub.strategy.durations import format_duration
from hub.strategy.policy import Cap, Policy
from hub.touches import COUNTED, Touch

CAPPED_VERBS = frozenset({"send", "join"})
"""Caps are about being addressed; what waits on the site or in the chat until she comes is not counted."""

CLOSED = {
    "goal": "converted",
    "exit": "left the journey",
    "restarted": "restarted: the cart changed",
    "ended": "journey over",
    "failed": "journey failed",
    "withdrawn": "consent withdrawn",
}


TWIN = "twin of an older run, since a merge"


@dataclass(frozen=True)
class Send:
    """Go; the profile is the one the answer was made from."""

    profile: Profile


@dataclass(frozen=True)
class Later:
    at: Instant
    reason: str


@dataclass(frozen=True)
class Hold:
    """Not until somebody says so: its journey is paused."""

    reason: str = "journey paused"


@dataclass(frozen=True)
class No:
    reason: str
    reachable: Profile | None = field(default=None, compare=False, repr=False)
    """Who is held out and nothing else: whether she could have been reached, her connector must see."""


Decision = Send | Later | Hold | No


def decide(
    message: Message,
    channel: str,
    *,
    paid: bool,
    profile: Profile | None,
    policy: Policy,
    now: Instant,
    state: JourneyState = "running",
) -> Decision:
    """The reasons against, the final ones first; then those that only mean later; the hold-out last of all.

    So a hold-out is told of those, and at the moment, to whom it would have gone out: the measure of uplift.
    """
    if profile is None:
        return No("no such customer")
    caps = (cap for cap in policy.caps if cap.applies(channel=channel, journey=message.journey, paid=paid))
    refusal = (
        _enrollment_forbids(message, profile)
        or _time_is_over(message, now)
        or _consent_forbids(message, channel, profile, policy)
        or _priority_forbids(message, profile, policy, now, paid=paid)
        or _cap_forbids(message, caps, profile, now)
    )
    if refusal:
        return No(refusal)
    if state == "paused":
        return Hold()
    return _wait_for_day(message, channel, profile, policy, now) or _by_arm(message, profile)


def _enrollment_forbids(message: Message, profile: Profile) -> str:
    enrollment = profile.enrollments.get(message.enrollment_id)
    if enrollment is None:
        return "not in the journey"
    if enrollment.outcome is not None:
        return CLOSED[enrollment.outcome]
    return TWIN if _has_older_twin(enrollment, profile) else ""


def _has_older_twin(enrollment: Enrollment, profile: Profile) -> bool:
    """Two who turned out to be one were both in the journey, about the same: one of the runs goes on."""
    own = (enrollment.entered_at, enrollment.enrollment_id)
    return any(
        one.closed_at is None and (one.entered_at, one.enrollment_id) < own
        for one in profile.enrollments.values()
        if (one.journey, one.key) == (enrollment.journey, enrollment.key)
    )


def _by_arm(message: Message, profile: Profile) -> Decision:
    return No(HELD_OUT, profile) if _is_held_out(message, profile) else Send(profile)


def _is_held_out(message: Message, profile: Profile) -> bool:
    return profile.enrollments[message.enrollment_id].arm == "holdout"


def _time_is_over(message: Message, now: Instant) -> str:
    return "expired" if message.expires_at is not None and now >= message.expires_at else ""


def _consent_forbids(message: Message, channel: str, profile: Profile, policy: Policy) -> str:
    suppressed = profile.consents.get(profiles.suppression(channel))
    if suppressed is not None and not suppressed.given:
        return f"unsubscribed from {channel}"
    purpose = policy.purpose(message.connector, message.action)
    return f"no consent to {purpose}" if purpose and not consents(profile, purpose, policy) else ""


def consents(profile: Profile, purpose: str, policy: Policy) -> bool:
    """Her last word on a purpose; where she never spoke, what the policy says that silence means."""
    standing = profile.consents.get(purpose)
    return policy.consent == "opt_out" if standing is None else standing.given


def _priority_forbids(message: Message, profile: Profile, policy: Policy, now: Instant, *, paid: bool) -> str:
    """What addresses her, and what costs: the rest disturbs nobody and gives way to nobody."""
    if not (message.verb == "send" or (message.verb == "join" and paid)):
        return ""
    own = policy.rank(message.journey)
    above = [
        one for one in profile.enrollments.values() if _speaks(one, now) and policy.rank(one.journey) < own
    ]
    first = min(above, key=lambda one: policy.rank(one.journey), default=None)
    return f"priority: in {first.journey}" if first else ""


def _speaks(one: Enrollment, now: Instant) -> bool:
    """A run that may say something itself: somebody held out of it is nobody's to be kept for."""
    return one.closed_at is None and one.arm == "treated" and one.ends_at > now


def _cap_forbids(message: Message, caps: Iterable[Cap], profile: Profile, now: Instant) -> str:
    if message.verb not in CAPPED_VERBS or message.message_id in _reserved(profile):
        return ""
    held_out = _is_held_out(message, profile)
    full = (cap for cap in caps if _used(cap, profile, now, held_out=held_out) >= cap.at_most)
    return next((f"cap: {_in_words(cap)}" for cap in full), "")


def _in_words(cap: Cap) -> str:
    what = " ".join(filter(None, (cap.media, cap.channel, cap.journey))) or "messages"
    return f"{cap.at_most} {what} in {format_duration(cap.within)}"


def _used(cap: Cap, profile: Profile, now: Instant, *, held_out: bool) -> int:
    counted = (
        t
        for t in profile.touches.values()
        if t.capped and _counts(t, held_out=held_out) and t.first_at > now - cap.within
    )
    return sum(
        cap.applies(channel=touch.channel, journey=touch.journey, paid=touch.paid) for touch in counted
    )


def _counts(touch: Touch, *, held_out: bool) -> bool:
    """For who is held out, also what would have gone out: her caps fill up as those of the others do."""
    withheld = held_out and touch.status is Status.WITHHELD and touch.reason == HELD_OUT
    return withheld or touch.status in COUNTED


def _reserved(profile: Profile) -> set[str]:
    return {touch.message_id for touch in profile.touches.values() if touch.status in COUNTED}


def _wait_for_day(
    message: Message, channel: str, profile: Profile, policy: Policy, now: Instant
) -> Decision | None:
    quiet = policy.quiet_hours
    local = local_time(profile, policy, now)
    if message.verb == "send" and quiet and channel in quiet.channels and quiet.covers(_time_of_day(local)):
        return _later(message, _until(local, quiet.to, now), "quiet hours")
    if message.between and not message.between.covers(_time_of_day(local)):
        return _later(message, _until(local, message.between.from_, now), "delivery window")
    return None


def _later(message: Message, at: Instant, reason: str) -> Decision:
    if message.expires_at is not None and at >= message.expires_at:
        return No(f"expired in {reason}")
    return Later(at, reason)


def local_time(profile: Profile, policy: Policy, now: Instant) -> datetime:
    """The customer's own time: her trait `timezone`, else the policy's time zone."""
    said = profile.traits.get("timezone")
    moment = datetime.fromtimestamp(now / SECOND, ZoneInfo("UTC"))
    for name in (str(said.value) if said else "", policy.time_zone):
        try:
            return moment.astimezone(ZoneInfo(name))
        except (ZoneInfoNotFoundError, ValueError, OSError):
            continue
    return moment


def _time_of_day(local: datetime) -> Duration:
    return local.hour * HOUR + local.minute * MINUTE + local.second * SECOND


def _until(local: datetime, time_of_day: Duration, now: Instant) -> Instant:
    """The next instant at which her clocks show a time of day, whatever they are put to meanwhile."""
    hour, minute = divmod(time_of_day // MINUTE, HOUR // MINUTE)
    wanted = local.replace(hour=hour, minute=minute, second=0, microsecond=0)
    if wanted <= local:
        wanted = (local.replace(tzinfo=None) + timedelta(milliseconds=DAY)).replace(
            hour=hour, minute=minute, second=0, microsecond=0, tzinfo=local.tzinfo
        )
    return max(now + 1, round(wanted.timestamp() * SECOND))
