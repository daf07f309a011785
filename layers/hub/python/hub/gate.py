"""Asking the gate and keeping a place: strongly consistent, so that two journeys cannot both slip through."""

from contextlib import suppress

from hub import policy, touches
from hub.clock import Instant
from hub.deliveries import Message, Status
from hub.errors import Conflict
from hub.policy import CAPPED_VERBS, Decision, Send
from hub.ports import Profiles
from hub.profiles import Profile
from hub.rules import Rules
from hub.touches import Touch

ATTEMPTS = 8


def permit(
    message: Message, channel: str, *, paid: bool, profiles: Profiles, rules: Rules, now: Instant
) -> Decision:
    """May it leave now? A yes to a capped message is written on the profile before it is given.

    Conflict after losing every race for the profile: the message goes back to its queue.
    """
    for _ in range(ATTEMPTS):
        profile = profiles.get(message.profile_id)
        decision = policy.decide(message, channel, paid=paid, profile=profile, policy=rules.policy, now=now)
        if not isinstance(decision, Send) or not _needs_place(message, decision.profile):
            return decision
        with suppress(Conflict):
            profiles.put(_reserve(decision.profile, message, channel, paid=paid, now=now))
            return decision
    raise Conflict(f"message {message.message_id}: its profile is never at rest")


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
            paid=paid,
            capped=True,
        ),
    )
    return profile
