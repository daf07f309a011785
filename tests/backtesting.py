"""A back-test of a small story, with everything it told kept for the asking."""

from collections.abc import Iterable
from typing import Any

from hub.backtest import Backtest, Membership, Planned, Summary
from hub.clock import MINUTE, Instant
from hub.events import Event
from hub.rules import Rules
from tests.builders import (
    NOW,
    a_journey,
    a_level,
    an_action,
    rules_of,
)

QUIET = 30 * MINUTE
ENTRY = NOW + QUIET
ANNA = "anna"


class Told:
    """A back-test, and what it told."""

    def __init__(self, rules: Rules, events: Iterable[Event], until: Instant, **fields: Any) -> None:
        self.memberships: list[Membership] = []
        self.deliveries: list[Planned] = []
        test = Backtest(
            rules, on_membership=self.memberships.append, on_delivery=self.deliveries.append, **fields
        )
        for event in sorted(events, key=lambda event: (event.at, event.message_id)):
            test.take(event)
        self.summary: Summary = test.finish(until)

    @property
    def sent(self) -> list[tuple[int, str, Instant, str, str]]:
        """(step, connector, minutes after the story began, status, reason)."""
        return [
            (one.step, one.connector, (one.at - NOW) // MINUTE, one.status, one.reason)
            for one in self.deliveries
        ]

    @property
    def stays(self) -> list[tuple[str, Instant, Instant | None]]:
        return sorted((one.segment, one.entered_at, one.left_at) for one in self.memberships)


STEPS = [
    {"after": "0s", "do": [an_action(), a_level()]},
    {"after": "4h", "do": [a_level("display", target="shoppers")]},
    {"after": "12h", "do": [an_action(template="free_shipping")]},
]


def recovery(*, policy: dict[str, Any] | None = None, **fields: Any) -> Rules:
    return rules_of(journeys=[a_journey(**{"steps": STEPS, **fields})], policy=policy)
