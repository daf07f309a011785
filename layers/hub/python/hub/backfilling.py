"""A changed rule and the profiles there are: which of them must be looked at again."""

from dataclasses import dataclass

from hub.clock import Instant
from hub.profiles import Profile
from hub.rules import Rules
from hub.timeline import arm_tick, settle


@dataclass(frozen=True, slots=True)
class Look:
    """Said to update_profiles: look at this profile again, and write it as you write any."""

    profile_id: str
    at: Instant


def is_outdated(profile: Profile, rules: Rules, now: Instant) -> bool:
    """Whether today's rules, at this instant, make something else of her than what is stored.

    Also where only her timer would be another one: a rule may become true of her later, with nothing
    happening. The profile is a copy of the caller's own, and is changed.
    """
    stood = dict(profile.memberships), dict(profile.enrollments), profile.tick_at
    settle(profile, now, rules)
    arm_tick(profile, now)
    return stood != (profile.memberships, profile.enrollments, profile.tick_at)
