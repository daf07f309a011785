"""The journey that the demo plays, as the strategy has it: when what is due."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from hub.clock import HOUR, MINUTE, SECOND, Duration, Instant
from hub.enrollments import Arm
from hub.errors import ConfigurationError
from hub.identities import Identifier, profile_id_for
from hub.rules import Rules
from hub.strategy.conditions import walk
from hub.strategy.event_conditions import QuietFor
from hub.strategy.journeys import Do, Journey
from hub.strategy.local_times import time_of_day
from hub.strategy.strategy import Strategy

JOURNEY = "cart_recovery"


@dataclass(frozen=True, kw_only=True)
class Due:
    """One action of one step, and when it is due for somebody."""

    step: int
    do: Do
    at: Instant
    purpose: str | None
    """What she must consent to for it."""

    @property
    def is_message(self) -> bool:
        return self.do.facts is not None and self.do.facts.verb == "send"

    @property
    def is_seen_by_a_vendor(self) -> bool:
        """What waits for the site to ask is seen by nobody else."""
        return self.do.facts is not None and self.do.facts.verb != "show"


@dataclass(frozen=True)
class Story:
    strategy: Strategy

    @property
    def purposes(self) -> frozenset[str]:
        """Everything that any action needs consent to."""
        return frozenset(self.strategy.policy.purposes.values())

    @property
    def levels(self) -> frozenset[str]:
        """Connectors on which something stands for a customer, rather than being sent to her."""
        return frozenset(do.connector for do in self._actions if do.facts and do.facts.verb != "send")

    @property
    def _actions(self) -> list[Do]:
        return [do for step in self.journey.steps for do in step.actions]

    @cached_property
    def journey(self) -> Journey:
        found = self.strategy.journey_by_name.get(JOURNEY)
        if found is None:
            raise ConfigurationError(
                f"the demo plays the journey {JOURNEY}: the strategy has none of that name"
            )
        return found

    @cached_property
    def quiet(self) -> Duration:
        """How long somebody must be quiet before the journey begins for her."""
        segment = self.strategy.segment_by_name[self.journey.entry.segment]
        return max((part.duration for _, part in walk(segment.when) if isinstance(part, QuietFor)), default=0)

    def after(self, step: int) -> Duration:
        """From the beginning of somebody's journey to this step of it; -1 is the last."""
        return self.journey.steps[step].after

    def due(self, entered_at: Instant) -> list[Due]:
        """Everything that is to happen for somebody who stays to the end."""
        purpose = self.strategy.policy.purpose
        return [
            Due(
                step=place,
                do=do,
                at=self._let_through(entered_at + step.after, do),
                purpose=purpose(do.connector, do.action),
            )
            for place, step in enumerate(self.journey.steps)
            for do in step.do
        ]

    def _let_through(self, at: Instant, do: Do) -> Instant:
        """The same instant, or the end of the quiet hours in which this may not reach anybody."""
        quiet = self.strategy.policy.quiet_hours
        if (
            quiet is None
            or do.facts is None
            or do.facts.channel not in quiet.channels
            or do.facts.verb != "send"
        ):
            return at
        while quiet.covers(time_of_day(_local(at, self.strategy.policy.time_zone))):
            at += MINUTE
        return at

    def arm(self, identifiers: list[Identifier]) -> Arm | None:
        """The arm that a customer gets, None if it depends on which of her identifiers comes first."""
        rules = Rules(self.strategy)
        arms = {rules.arm_of(profile_id_for(one), rules.journeys[JOURNEY]) for one in identifiers}
        return arms.pop() if len(arms) == 1 else None


def _local(at: Instant, time_zone: str) -> datetime:
    return datetime.fromtimestamp(at / SECOND, ZoneInfo(time_zone))


MOMENT: Duration = 2 * HOUR
"""A while after a step is due: late enough for it to be done, early enough to belong to it."""
