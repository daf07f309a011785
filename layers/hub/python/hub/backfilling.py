"""A changed rule and the profiles there are: who must be looked at again, and how far that has come."""

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


@dataclass(frozen=True, kw_only=True)
class Part:
    """A child of a Distributed Map; `seen` and `changed` are profiles (scan) or events (recall)."""

    run: str
    kind: str
    number: int
    items: int = 0
    """Items of the table, or objects of the archive, that it has been through."""
    seen: int = 0
    changed: int = 0
    done: bool = False


@dataclass(frozen=True, kw_only=True)
class BackfillRun:
    run: str
    began_at: Instant
    """Hub time, as `ended_at`."""
    names: tuple[str, ...]
    """What it is for: segment:vip, journey:welcome."""
    items: int
    """Of the profiles table, about."""
    parts: int
    spans: int
    recalled: tuple[str, ...] = ()
    """Events that are read from the archive again."""
    ended_at: Instant | None = None
