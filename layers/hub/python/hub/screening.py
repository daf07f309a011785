"""What may become part of a profile: no robots' events, and none that the tracking plan sets aside.

Live and in the back-test alike. Whatever is kept out stays in the archive.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from hub.bots import is_bot
from hub.clock import Instant
from hub.events import Event
from hub.quarantine import Quarantined
from hub.rules import event_name
from hub.strategy.fitting import Fits, fitting
from hub.strategy.policy import Policy
from hub.strategy.tracking_plan import TrackingPlan
from hub.strategy.violations import UNPLANNED, Spot, Violation, violations

Kind = tuple[str, str, str]
"""Event, path and rule of a violation, in the plan's words: nothing that a client made up."""
_MADE_UP = "(unplanned)"


@dataclass(slots=True)
class Found:
    """What was kept out, or let in with a warning."""

    bots: int = 0
    warned: int = 0
    """Events that break something, but nothing that matters."""
    quarantined: int = 0
    kinds: Counter[Kind] = field(default_factory=Counter)
    """How often each rule was broken."""
    aside: list[Event] | None = None
    """The quarantined ones, where somebody keeps them."""


class Screen:
    """A tracking plan and a policy ready to be held against events; built once a process."""

    def __init__(self, plan: TrackingPlan | None, policy: Policy) -> None:
        self._plan = plan or TrackingPlan()
        self._ignores_bots = policy.bots == "ignore"
        self._fits: dict[str, Fits | None] = {
            name: fitting(shape) for name, shape in self._plan.events.items()
        }
        self._traits_fit = fitting(self._plan.traits) if self._plan.traits else None
        self._takes_unplanned = self._plan.unplanned == "allow"

    def admits(self, event: Event, found: Found) -> bool:
        """Whether it may be folded; whatever speaks against it is counted in `found`."""
        if self._ignores_bots and event.context and is_bot(event):
            found.bots += 1
            return False
        if self._surely_fits(event):
            return True
        return self._weigh(event, self.violations(event), found)

    def set_aside(self, event: Event, now: Instant) -> Quarantined:
        """A quarantined event as it is kept: with what it breaks."""
        return Quarantined(
            event=event, violations=self.violations(event), at=now, planned=event_name(event) in self._fits
        )

    def violations(self, event: Event) -> tuple[Violation, ...]:
        """All that the event breaks; whatever breaks nothing more may be folded."""
        return tuple(self._violations(event))

    def _surely_fits(self, event: Event) -> bool:
        name = event_name(event)
        fits = self._fits.get(name)
        if fits is not None and not fits(event.properties):
            return False
        if event.traits and self._traits_fit is not None and not self._traits_fit(event.traits):
            return False
        return self._takes_unplanned or event.type != "track" or name in self._fits

    def _weigh(self, event: Event, broken: tuple[Violation, ...], found: Found) -> bool:
        name = event_name(event)
        shown = name if name in self._fits or event.type != "track" else _MADE_UP
        kinds = [(shown, one.place, one.message) for one in broken]
        found.kinds.update(kinds)
        if any(one.quarantines for one in broken):
            found.quarantined += 1
            if found.aside is not None:
                found.aside.append(event)
            return False
        found.warned += bool(kinds)
        return True

    def _violations(self, event: Event) -> Iterator[Violation]:
        name = event_name(event)
        if shape := self._plan.events.get(name):
            yield from violations(event.properties, shape)
        elif event.type == "track" and not self._takes_unplanned:
            yield Violation("", UNPLANNED, quarantines=self._plan.unplanned == "quarantine")
        if event.traits and self._plan.traits:
            yield from violations(event.traits, self._plan.traits, Spot("traits", "traits"))
