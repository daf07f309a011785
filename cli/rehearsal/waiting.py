"""Where messages wait in memory: for their time, or for their journey to be resumed (`hub.deferring`)."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from hub.clock import SECOND, Instant
from hub.connector_kit.backoff import seconds_until
from hub.connector_kit.results import Again
from hub.deferring import Hands, Held, let_go
from hub.deliveries import Message
from hub.journey_states import JourneyState, States
from hub.ports import Outbox
from hub.rules import Rules


@dataclass(kw_only=True)
class InMemoryMessageTimers:
    """`hub.deferring.MessageTimers`."""

    armed: list[tuple[Instant, Message]] = field(default_factory=list)
    """Each once however often it was armed."""

    def arm(self, message: Message, at: Instant) -> None:
        if (at, message) not in self.armed:
            self.armed.append((at, message))

    def take(self, now: Instant) -> list[Message]:
        """Those whose time has come; they wait no longer."""
        due = [message for at, message in self.armed if at <= now]
        self.armed = [one for one in self.armed if one[0] > now]
        return due


@dataclass(kw_only=True)
class ComingAgain:
    """What connectors put back, until it comes again: as `hub.aws.redelivery` does, without luck."""

    waiting: list[tuple[Instant, Message]] = field(default_factory=list)
    _attempts: Counter[str] = field(default_factory=Counter)

    def put(self, message: Message, again: Again, now: Instant) -> None:
        self._attempts[message.message_id] += 1
        seconds = seconds_until(again, self._attempts[message.message_id], speed=1, luck=1)
        self.waiting.append((now + seconds * SECOND, message))

    def take(self, now: Instant) -> list[Message]:
        """Those whose time has come; they wait no longer."""
        due = [message for at, message in self.waiting if at <= now]
        self.waiting = [one for one in self.waiting if one[0] > now]
        return due


class InMemoryJourneyStates:
    """`hub.deferring.JourneyStates`."""

    def __init__(self) -> None:
        self._states: dict[str, JourneyState] = {}

    def read(self) -> States:
        return {name: state for name, state in self._states.items() if state != "running"}

    def set(self, journey: str, state: JourneyState, at: Instant) -> None:  # noqa: ARG002 - told to people only
        self._states[journey] = state


class InMemoryHeldMessages:
    """`hub.deferring.HeldMessages`."""

    def __init__(self) -> None:
        self._held: dict[str, Held] = {}

    def hold(self, held: Held) -> None:
        self._held[held.message.message_id] = held

    def of(self, journey: str) -> Iterator[Held]:
        yield from [one for one in self._held.values() if one.message.journey == journey]

    def count(self, journey: str) -> int:
        return len(list(self.of(journey)))

    def let_go(self, held: Held) -> None:
        standing = self._held.get(held.message.message_id)
        if standing is not None and standing.since == held.since:
            del self._held[held.message.message_id]


class Waiting:
    """All three together, as the hub in memory has them. `port`: as a use case gets one."""

    def __init__(self) -> None:
        self.timers = InMemoryMessageTimers()
        self.states, self.held = InMemoryJourneyStates(), InMemoryHeldMessages()

    def hands(self, port: Callable[[Any], Any], now: Callable[[], Instant]) -> Hands:
        return Hands(timers=port(self.timers), states=port(self.states), held=port(self.held), real_now=now)

    def in_force(self, rules: Rules) -> Rules:
        return rules.under(self.states.read())

    def switch(self, journey: str, state: JourneyState, at: Instant, outbox: Outbox) -> None:
        self.states.set(journey, state, at)
        if state != "paused":
            let_go(journey, self.held, outbox)
