"""In-memory ports of the connectors, those that rehearsals run on, and a vendor and a clock in hand.

Each keeps the same promises as its adapter in `hub.aws`: tests/aws asks both the same questions.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from cli.rehearsal.delivery_stores import InMemoryEffects as FakeEffects
from cli.rehearsal.delivery_stores import InMemoryOutcomes as FakeOutcomes
from cli.rehearsal.delivery_stores import InMemorySecrets as FakeSecrets
from cli.rehearsal.delivery_stores import InMemorySendLedger as FakeSendLedger
from cli.rehearsal.hand_clock import HandClock as FakeTime
from cli.rehearsal.waiting import InMemoryHeldMessages as FakeHeldMessages
from cli.rehearsal.waiting import InMemoryJourneyStates as FakeJourneyStates
from cli.rehearsal.waiting import InMemoryMessageTimers as FakeMessageTimers
from hub.connector_kit.requests import Answer, HttpRequest, Request

__all__ = [
    "FakeEffects",
    "FakeHeldMessages",
    "FakeJourneyStates",
    "FakeMessageTimers",
    "FakeOutcomes",
    "FakeSecrets",
    "FakeSendLedger",
    "FakeTime",
    "FakeTransport",
]


@dataclass
class FakeTransport:
    """A vendor that answers by a rule and remembers what it was asked."""

    answer: Callable[[HttpRequest], Answer]
    requests: list[Request] = field(default_factory=list)

    def __call__(self, request: Request) -> Answer:
        self.requests.append(request)
        assert isinstance(request, HttpRequest)
        return self.answer(request)
