"""The whole hub in memory, from a client's message to the vendors and back, with the clock in the hand.

Its use cases are the real ones, its ports those of `stores`, which are held to the adapters' contracts; its
machines run the compiled ASL, its vendors are the sandbox's. Nothing here takes time: what happens, happens
at once.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

from cli.rehearsal.connectors_in_memory import ConnectorsInMemory, Tell
from cli.rehearsal.machines import InMemoryMachines, Payload
from cli.rehearsal.profile_store import Change
from cli.rehearsal.stores import InMemoryMembers, InMemoryRuns, InMemoryTimers
from hub import pipeline, reacting, stepping
from hub.absorbing import Fact
from hub.clock import Instant
from hub.connector_kit import render_template
from hub.deliveries import Delivery
from hub.enrollments import Breakdown
from hub.identities import Identifier
from hub.journey_states import JourneyState
from hub.strategy.strategy import Strategy
from hub.timers import Tick
from infra.journey_machines import machine


class HubInMemory(ConnectorsInMemory):
    """`tell` hears of everything that happens, in order."""

    def __init__(
        self,
        strategy: Strategy,
        start: Instant,
        tell: Tell = lambda _at, _what: None,
    ) -> None:
        super().__init__(strategy, start, tell)
        self.members, self.runs, self.timers = InMemoryMembers(), InMemoryRuns(), InMemoryTimers()
        definitions = {one.name: machine(one, "arn:step", speed=1) for one in strategy.journeys}
        self.machines = InMemoryMachines(definitions, self._step)
        self.deliveries: list[Delivery] = []
        """Everything that became of any message, in order."""
        self._said = 0
        self._facts: list[Fact] = []

    # ---- what one does with it

    def say(self, **message: Any) -> None:
        """A client posts a message of the tracking spec, now; what follows at once, happens."""
        self._said += 1
        told = {"messageId": f"{self.time.now()}-{self._said}-{message.get('event', '')}", **message}
        event = pipeline.accept(told, received_at=self.time.now(), source="website")
        self._tell(self.time.now(), event)
        self._facts.append(event)
        self.settle()

    def report(self, delivery: Delivery) -> None:
        """A vendor calls back with what became of a message."""
        self.outcomes.put([delivery])
        self.settle()

    def switch(self, journey: str, state: JourneyState) -> None:
        """As `hub journey pause | resume | drain` do."""
        self.waiting.switch(journey, state, self.time.now(), self.outbox)
        self.settle()

    def advance_to(self, instant: Instant) -> None:
        """Let time pass; whatever comes due on the way happens at its time."""
        while (due := self._next_due()) is not None and due <= instant:
            self.time.instant = max(due, self.time.now())
            self.settle()
        self.time.instant = instant

    def shown(self, *who: Identifier) -> dict[str, Any]:
        """What the site may show a visitor now."""

        def render(name: str, seen: dict[str, Any]) -> str:
            return render_template(self.rules.strategy.templates[name], seen).html

        return pipeline.decide_content(
            who, (), profiles=self.profiles, effects=self.effects, render=render, describe=self._describe
        )

    # ---- how it goes round

    def settle(self) -> None:
        """Until there is nothing more to do now."""
        while self._absorb() or self._react() or self._deliver() or self.machines.run(self.time.now()):
            pass

    def _next_due(self) -> Instant | None:
        armed = [at for at, _ in self.timers.armed]
        again = [at for at, _ in (*self._again.waiting, *self.waiting.timers.armed)]
        running = self.machines.next_due()
        return min([*armed, *again, *([] if running is None else [running])], default=None)

    def _absorb(self) -> bool:
        now = self.time.now()
        due = [one for one in self.timers.armed if one[0] <= now]
        self.timers.armed = [one for one in self.timers.armed if one[0] > now]
        ticks = [Tick(profile_id=profile_id, at=at) for at, profile_id in due]
        told, broken = self._take_outcomes()
        batch = [*self._facts, *ticks, *told, *broken]
        self._facts = []
        for delivery in told:
            self._tell(now, delivery)
        self.deliveries += told
        profiles = self._port(self.profiles)
        for facts in pipeline.group(batch, self.rules.identifiers):
            self._hand(partial(pipeline.absorb, facts, profiles, self.waiting.in_force(self.rules), now))
        return bool(batch)

    def _react(self) -> bool:
        changes = self._take_changes()
        self._hand(partial(self._follow, changes))
        return bool(changes)

    def _follow(self, changes: Sequence[Change]) -> None:
        hands = reacting.Hands(
            members=self._port(self.members),
            runs=self._port(self.runs),
            machines=self._port(self.machines),
            timers=self._port(self.timers),
            effects=self._port(self.effects),
            outbox=self._port(self.outbox),
            policy=self.rules.policy,
        )
        reactions = [
            reaction
            for one in changes
            for reaction in pipeline.reactions(
                one.before, one.after, self.rules, merged=one.merged, was_merged=one.was_merged
            )
        ]
        for reaction in reactions:
            self._tell(self.time.now(), reaction)
        pipeline.act(reactions, hands)

    def _step(self, payload: Payload) -> None:
        hands = stepping.Hands(
            profiles=self._port(self.profiles),
            runs=self._port(self.runs),
            machines=self._port(self.machines),
            effects=self._port(self.effects),
            outbox=self._port(self.outbox),
            outcomes=self._port(self.outcomes),
        )
        now = self.time.now()
        if payload["do"] == "close":
            over = payload["enrollment_id"], payload["outcome"]
            self._hand(lambda: pipeline.close_run(*over, hands, now))
        else:
            call = stepping.StepCall.of(payload)
            self._hand(lambda: pipeline.run_step(call, hands, self.rules, now))

    def _take_outcomes(self) -> tuple[list[Delivery], list[Breakdown]]:
        taken = self.outcomes.deliveries, self.outcomes.breakdowns
        self.outcomes.deliveries, self.outcomes.breakdowns = [], []
        return taken

    def _take_changes(self) -> list[Change]:
        taken, self.profiles.changes = self.profiles.changes, []
        return taken
