"""Asking the gate and keeping a place: strongly consistent, so that two journeys cannot both slip through."""

from collections.abc import Callable

from hub import policy, timeline, touches
from hub.clock import Instant
from hub.deliveries import PLACE_KEPT, Message, Status
from hub.errors import Conflict
from hub.policy import CAPPED_VERBS, Decision, Send
from hub.ports import Profiles
from hub.profiles import Profile
from hub.rules import Rules
from hub.touches import Touch

ATTEMPTS = 8


def permit(
    message: Message,
    channel: str,
    *,
    paid: bool,
    profiles: Profiles,
    rules: Rules,
    now: Instant,
    step_aside: Callable[[int], None] = lambda _attempt: None,
) -> Decision:
    """May it leave now? A yes to a capped message is written on the profile before it is given.

    Conflict after losing every race for the profile: the message goes back to its queue. `step_aside` is
    called between races, so that consumers that met do not run on in step.
    """
    for attempt in range(ATTEMPTS):
        if attempt:
            step_aside(attempt - 1)
        decision = _decide(message, channel, paid=paid, profiles=profiles, rules=rules, now=now)
        if not isinstance(decision, Send) or not _needs_place(message, decision.profile):
            return decision
        try:
            _keep_place(decision.profile, message, channel, paid=paid, profiles=profiles, now=now)
        except Conflict:
            continue
        return decision
    raise Conflict(f"message {message.message_id}: its profile is never at rest")


def _decide(
    message: Message, channel: str, *, paid: bool, profiles: Profiles, rules: Rules, now: Instant
) -> Decision:
    """By the profile as it is at this moment, not as it was when last something happened: an exit or an end
    that time alone brought counts here even if the timer for it is late."""
    profile = profiles.get(message.profile_id)
    if profile is not None:
        timeline.settle(profile, now, rules)
    return policy.decide(
        message,
        channel,
        paid=paid,
        profile=profile,
        policy=rules.policy,
        now=now,
        state=rules.state_of(message.journey),
    )


def _keep_place(
    profile: Profile, message: Message, channel: str, *, paid: bool, profiles: Profiles, now: Instant
) -> None:
    timeline.arm_tick(profile, now)
    profiles.put(_reserve(profile, message, channel, paid=paid, now=now))


def _needs_place(message: Message, profile: Profile) -> bool:
    standing = profile.touches.get(message.message_id)
    return message.verb in CAPPED_VERBS and (standing is None or standing.status not in touches.COUNTED)


def _reserve(profile: Profile, message: Message, channel: str, *, paid: bool, now: Instant) -> Profile:
    touches.record(
        profile.touches,
        Touch(
            message_id=message.message_id,
            enrollment_id=message.enrollment_id,
            journey=message.journey,
            step=message.step,
            connector=message.connector,
            action=message.action,
            channel=channel,
            first_at=now,
            status=Status.QUEUED,
            at=now,
            reason=PLACE_KEPT,
            paid=paid,
            capped=True,
            variant=message.variant,
        ),
    )
    return profile
