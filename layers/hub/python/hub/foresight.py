"""What becomes true or false by itself, if nothing happens but time: asked of a copy, for people."""

from hub.clock import Instant
from hub.profiles import Profile
from hub.rules import Rules
from hub.timeline import settle

MOST_LOOKS = 200
"""A rule that would have to be looked at more often is not foreseen."""


def turns_at(profile: Profile, segment: str, rules: Rules) -> Instant | None:
    """When she leaves (or, being out, enters) by herself; None: never, or further off than can be seen.

    The profile is settled up to now, is a copy of the caller's own, and is taken into the future.
    """
    was_in = segment in profile.memberships
    for _ in range(MOST_LOOKS):
        if profile.wake_at is None:
            return None
        settle(profile, profile.wake_at, rules)
        if (segment in profile.memberships) != was_in:
            return profile.settled_at
    return None
