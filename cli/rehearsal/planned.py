"""Events of a rehearsal against the tracking plan and the robots' list, as `update_profiles` holds them."""

import warnings
from collections.abc import Collection, Mapping
from typing import Any

from hub import pipeline
from hub.authoring.plan_problems import CALLS
from hub.authoring.problems import A_SLIP, nearest
from hub.clock import Instant
from hub.consents import Consents, hear
from hub.rules import event_name
from hub.screening import Found
from hub.strategy.model import Mistake
from hub.strategy.strategy import Strategy


class NotAsPlanned(UserWarning):
    """The hub would take it, and mark it."""


class Planned:
    """Names too that the plan and the policy spell almost so."""

    def __init__(self, strategy: Strategy) -> None:
        self._screen = pipeline.Screen(strategy.tracking_plan, strategy.policy)
        self._names = [*strategy.tracking_plan.events, *CALLS] if strategy.tracking_plan else []
        self._purposes = [*strategy.policy.purposes.values()]

    def check(self, message: Mapping[str, Any], now: Instant) -> None:
        """Mistake for what would never become part of a profile, or is a likely slip; else it may warn."""
        event, found = pipeline.accept(dict(message), received_at=now, source="website"), Found()
        name = event_name(event)
        _no_slip("event", name, self._names)
        spoken: Consents = {}
        hear(spoken, event)
        for purpose in spoken:
            _no_slip("purpose", purpose, self._purposes)
        admitted = self._screen.admits(event, found)
        if found.bots:
            raise Mistake(f"'{name}' comes from a robot, which the policy ignores", "leave userAgent out")
        broken = self._screen.violations(event) if found.kinds else ()
        said = "; ".join(f"{one.path or 'it'} {one.message}" for one in broken)
        if not admitted:
            advice = "put the case or tracking_plan.yaml right"
            raise Mistake(f"'{name}' would be set aside: {said}", advice)
        if broken:
            warnings.warn(f"'{name}' would be folded in, and marked: {said}", NotAsPlanned, stacklevel=3)


def _no_slip(kind: str, name: str, known: Collection[str]) -> None:
    """A name that nobody declared may be meant, one that is almost another is not."""
    if name not in known and (near := nearest(name, known, likeness=A_SLIP)):
        raise Mistake(f"unknown {kind} '{name}'", f"did you mean '{near}'?")
