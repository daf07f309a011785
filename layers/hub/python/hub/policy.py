"""The one gate: may this message leave now? Asked strongly consistent right before it would (P5).

Every answer is a value and every no has a reason (P10); nothing here reads a clock or a table.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from hub import caps, old_conditions, profiles
from hub.clock import DAY, HOUR, MINUTE, SECOND, Duration, Instant
from hub.deliveries import HELD_OUT, Message
from hub.enrollments import Arm, Enrollment
from hub.profiles import Profile
from hub.rules import Rules
from hub.strategy.journeys import Do
from hub.strategy.local_times import time_of_day
from hub.strategy.policy import Policy

CLOSED = {
    "goal": "converted",
    "exit": "left the journey",
    "restarted": "restarted: the cart changed",
    "ended": "journey over",
    "failed": "journey failed",
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
    leaves_standing: bool = field(default=False, compare=False)
    """No more of it: what the run has standing already may stay."""


Decision = Send | Later | Hold | No

Ready = Callable[[Profile, Arm], str]
"""What only her connector can see: why she cannot be reached, "" if she can. Raises what it must wait for."""


def decide(
    message: Message,
    channel: str,
    *,
    paid: bool,
    profile: Profile | None,
    rules: Rules,
    now: Instant,
) -> Decision:
    """The reasons against: those that take down what stands first, then those that only want no more of it;
    then those that only mean later; the hold-out last of all.

    So a hold-out is told of those, and at the moment, to whom it would have gone out: the measure of uplift.
    """
    policy = rules.policy
    if profile is None:
        return No("no such customer")
    refusal = _enrollment_forbids(message, profile) or consent_forbids(message, channel, profile, policy)
    if refusal:
        return No(refusal)
    too_much = (
        _time_is_over(message, now)
        or old_conditions.forbid(message, profile, rules, now)
        or _priority_forbids(message, profile, policy, now, paid=paid)
        or caps.forbid(message, caps.on(message, channel, policy, paid=paid), profile, now)
    )
    if too_much:
        return No(too_much, leaves_standing=True)
    if rules.state_of(message.journey) == "paused":
        return Hold()
    return _wait_for_day(message, channel, profile, policy, now) or _by_arm(message, profile)


def reached(decision: Decision, ready: Ready) -> Decision:
    """Who may be sent to, or is only held out, is a "no" all the same where there is no way to her."""
    match decision:
        case Send(profile):
            reason = ready(profile, "treated")
            return No(reason, leaves_standing=True) if reason else decision
        case No(reachable=Profile() as profile):
            return replace(decision, reason=ready(profile, "holdout") or decision.reason)
        case _:
            return decision


def exposed(decision: Decision) -> Profile | None:
    """Who is sent to, or would be if she were not held out."""
    match decision:
        case Send(profile):
            return profile
        case No(reason) if reason == HELD_OUT:
            return decision.reachable
        case _:
            return None


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
    held_out = profile.enrollments[message.enrollment_id].arm == "holdout"
    return No(HELD_OUT, profile) if held_out else Send(profile)


def _time_is_over(message: Message, now: Instant) -> str:
    return "expired" if message.expires_at is not None and now >= message.expires_at else ""


def consent_forbids(action: Message | Do, channel: str, profile: Profile, policy: Policy) -> str:
    """Why she may not be reached by the action, "" if she may."""
    suppressed = profile.consents.get(profiles.suppression(channel))
    if suppressed is not None and not suppressed.given:
        return f"unsubscribed from {channel}"
    purpose = policy.purpose(action.connector, action.action)
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


def _wait_for_day(
    message: Message, channel: str, profile: Profile, policy: Policy, now: Instant
) -> Decision | None:
    quiet = policy.quiet_hours
    local = local_time(profile, policy, now)
    if message.verb == "send" and quiet and channel in quiet.channels and quiet.covers(time_of_day(local)):
        return _later(message, _until(local, quiet.to, now), "quiet hours")
    if message.between and not message.between.covers(time_of_day(local)):
        return _later(message, _until(local, message.between.from_, now), "delivery window")
    return None


def _later(message: Message, at: Instant, reason: str) -> Decision:
    if message.expires_at is not None and at >= message.expires_at:
        return No(f"expired in {reason}", leaves_standing=True)
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


def _until(local: datetime, opens: Duration, now: Instant) -> Instant:
    """The next instant at which her clocks show a time of day, whatever they are put to meanwhile."""
    hour, minute = divmod(opens // MINUTE, HOUR // MINUTE)
    today = local.replace(tzinfo=None, hour=hour, minute=minute, second=0, microsecond=0)
    # Where clocks are put back, they show some times twice: fold 1 is the second time.
    shown = (
        round((today + day).replace(tzinfo=local.tzinfo, fold=fold).timestamp() * SECOND)
        for day in (timedelta(), timedelta(milliseconds=DAY))
        for fold in (0, 1)
    )
    return next((at for at in shown if at > now), now + 1)
