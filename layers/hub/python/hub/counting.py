"""Segments as they are listed and counted: members, a counter beside them, and how far it is off."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hub.clock import Instant


@dataclass(frozen=True, kw_only=True)
class Member:
    profile_id: str
    since: Instant
    evidence: Mapping[str, Any]
    version: str = ""
    """Of the rule by which she entered."""


@dataclass(frozen=True, kw_only=True)
class Size:
    counter: int = 0
    moves: int = 0
    """How much it has been counted up and down since ever."""
    reconciled_at: Instant | None = None
    """When it was last held against the members and put right."""

    @property
    def members(self) -> int:
        """A crash can lose the count of one who entered, and then she leaves."""
        return max(0, self.counter)


@dataclass(frozen=True)
class Counted:
    """A counter as it stood, and the members as they were counted right after."""

    segment: str
    counter: int
    moves: int
    counted: int
    reconciled_at: Instant | None = None

    @property
    def off(self) -> int:
        return self.counted - self.counter


def agreed(offs: Sequence[int]) -> int:
    """What every look at a counter says at the least that it is off by; 0 where they contradict each other.

    Each look errs by what was under way at the moment. However far off the counter was, by this it comes as
    near as the look that errs most, and it is never moved further than the one that says least.
    """
    return max(0, min(offs)) + min(0, max(offs))
