"""What the gate puts off leaves its queue: it comes back at an instant, or when its journey is resumed.

The ports it needs stand here as well; their adapters are `hub.aws.timers` and `hub.aws.journey_table`.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

from hub.clock import Instant
from hub.deliveries import Message
from hub.journey_states import JourneyState, States
from hub.policy import Hold, Later
from hub.ports import Outbox

AT_ONCE = 100
"""Messages let go together when a journey is resumed."""


class MessageTimers(Protocol):
    """Messages that wait for an instant: each is a timer of its own."""

    def arm(self, message: Message, at: Instant) -> None:
        """Put it on its connector's queue, never before `at`; the same again may come twice, not get lost."""


class JourneyStates(Protocol):
    def read(self) -> States:
        """Of every journey that does not simply run; strongly consistent."""

    def set(self, journey: str, state: JourneyState, at: Instant) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Held:
    """A message that waits for its journey to be resumed."""

    message: Message
    since: Instant
    """Real time; another one is another wait."""


class HeldMessages(Protocol):
    def hold(self, held: Held) -> None:
        """Idempotent; durable once it returns."""

    def of(self, journey: str) -> Iterator[Held]:
        """Strongly consistent."""

    def let_go(self, held: Held) -> None:
        """Forget this wait; harmless if it is over or another has begun."""


@dataclass(frozen=True, kw_only=True)
class Hands:
    """What deferring acts with."""

    timers: MessageTimers
    states: JourneyStates
    held: HeldMessages
    real_now: Callable[[], Instant]


def defer(message: Message, decision: Later | Hold, hands: Hands) -> bool:
    """True: it is kept elsewhere and may leave its queue. False: its journey was resumed this very moment."""
    if isinstance(decision, Later):
        hands.timers.arm(message, decision.at)
        return True
    wait = Held(message=message, since=hands.real_now())
    hands.held.hold(wait)
    # Only now: who resumes the journey says so first and looks for held messages then, so that either
    # this look finds the journey running, or that one finds the message.
    if hands.states.read().get(message.journey) == "paused":
        return True
    hands.held.let_go(wait)
    return False


def let_go(journey: str, held: HeldMessages, outbox: Outbox) -> int:
    """Send every message that a pause held back to its queue and so to the gate; how many they were.

    May be done again after a crash anywhere: a message that comes twice is a twin, which the ledger and the
    levels make harmless.
    """
    waiting, number = held.of(journey), 0
    while batch := list(islice(waiting, AT_ONCE)):
        _put_back(batch, held, outbox)
        number += len(batch)
    return number


def _put_back(batch: Sequence[Held], held: HeldMessages, outbox: Outbox) -> None:
    outbox.put([one.message for one in batch])
    for one in batch:
        held.let_go(one)
