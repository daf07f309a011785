"""The connectors' part of the hub in memory: from their queues through the gate to the played vendors."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, TypeVar

from cli.rehearsal.delivery_stores import (
    InMemoryEffects,
    InMemoryOutcomes,
    InMemorySecrets,
    InMemorySendLedger,
)
from cli.rehearsal.hand_clock import HandClock
from cli.rehearsal.handling import Handled, Levels, handled
from cli.rehearsal.profile_store import InMemoryProfiles
from cli.rehearsal.stores import InMemoryOutbox
from cli.rehearsal.vendors import PlayedVendors, secret_of
from cli.rehearsal.waiting import ComingAgain, Waiting
from hub import pipeline
from hub.clock import Instant
from hub.connector_kit import Connector, discover
from hub.connector_kit.batch import deliver
from hub.connector_kit.results import Again, Result, Tools
from hub.connector_kit.vendor import Tokens, Vendor
from hub.deliveries import Delivery, Message
from hub.documents import document
from hub.events import Event
from hub.profiles import Profile
from hub.reactions import Reaction
from hub.rules import Rules
from hub.strategy.strategy import Strategy

Happening = Event | Reaction | Handled | Delivery
Tell = Callable[[Instant, Happening], None]
P = TypeVar("P")


class ConnectorsInMemory:
    def __init__(self, strategy: Strategy, start: Instant, tell: Tell) -> None:
        self.rules = Rules(strategy)
        self.time = HandClock(start)
        self.connectors = {one.slug: one for one in discover()}
        self.vendors = PlayedVendors(self.time.now)
        self.profiles = InMemoryProfiles()
        self.effects, self.ledger = InMemoryEffects(), InMemorySendLedger()
        self.outbox, self.outcomes = InMemoryOutbox(), InMemoryOutcomes()
        self.waiting = Waiting()
        self.errors: list[Exception] = []
        self._tell = tell
        self._again = ComingAgain()
        self._tokens: Tokens = {}

    def _deliver(self) -> bool:
        now = self.time.now()
        self._come_again([*self._again.take(now), *self.waiting.timers.take(now)])
        waiting = {message.connector for message in self.outbox.queued}
        for slug in sorted(waiting):
            self._hand(partial(self._hand_over, self.outbox.take(slug), self.connectors[slug]))
        return bool(waiting)

    def _hand_over(self, batch: list[Message], connector: Connector) -> None:
        tools, levels = self._tools(connector), Levels(self.effects.rows)
        results = deliver(batch, connector, tools)
        self._port(self.outcomes).put([result.delivery for result in results if result.delivery])
        self._tell_of(handled(batch, results, connector, tools, levels.turned(), self.profiles))
        for message, result in zip(batch, results, strict=True):
            self._put_back(message, result)

    def _tell_of(self, done: Iterable[Handled]) -> None:
        for one in done:
            self._tell(self.time.now(), one)

    def _put_back(self, message: Message, result: Result) -> None:
        if result.deferred and not pipeline.defer(
            message, result.deferred, self.waiting.hands(self._port, self.time.now)
        ):
            self._again.put(message, Again(reason="deferred"), self.time.now())
        if result.again:
            self._again.put(message, result.again, self.time.now())

    def _tools(self, connector: Connector) -> Tools:
        rules = self.waiting.in_force(self.rules)
        gate = pipeline.Gate(profiles=self._port(self.profiles), rules=rules, now=self.time.now)
        return Tools(
            vendor=Vendor(
                connector=connector,
                secret=connector.slug,
                secrets=InMemorySecrets({connector.slug: secret_of(connector, self.rules.strategy)}),
                transport=self._port(self.vendors),
                real_now=self.time.now,
                tokens=self._tokens,
                is_down=partial(self.vendors.is_down, connector.slug),
            ),
            ledger=self._port(self.ledger),
            effects=self._port(self.effects),
            decide=gate.permit,
            give_back=gate.give_back,
            profile=self._port(self.profiles).get,
            describe=self._describe,
            templates=self.rules.strategy.templates,
            now=self.time.now,
            real_now=self.time.now,
            real_at=self.time.real_at,
            hub_at=self.time.hub_at,
            log=lambda _, error: self.errors.append(error),
        )

    def _describe(self, profile: Profile) -> dict[str, Any]:
        return document(profile, self.rules.predicted(profile, self.time.now()))

    # ---- where a test may put its foot in

    def _come_again(self, messages: list[Message]) -> None:
        """Out of their hiding into their queues: nobody's doing but AWS's."""
        self.outbox.put(messages)

    def _port(self, port: P) -> P:
        """As a use case gets it."""
        return port

    def _hand(self, work: Callable[[], object]) -> None:
        """Give a Lambda something to do."""
        work()
