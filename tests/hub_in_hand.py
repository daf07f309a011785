"""The whole hub in memory, from a client's message to the vendors and back, with the clock in the hand.

Its use cases are the real ones, its ports the fakes that are held to the adapters' contracts; its machines
run the compiled ASL, its vendors are the sandbox's. Nothing here takes time: what happens, happens at once.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from hub import pipeline, reacting, stepping
from hub.absorbing import Fact
from hub.clock import Instant
from hub.connector_kit import Connector, discover, render_template
from hub.connector_kit.batch import deliver
from hub.connector_kit.results import Tools
from hub.connector_kit.vendor import Tokens, Vendor
from hub.deliveries import Delivery, Message
from hub.documents import document
from hub.identities import Identifier
from hub.policy import Decision
from hub.profiles import Profile
from hub.rules import Rules
from hub.strategy.journeys import Step
from hub.strategy.strategy import Strategy
from hub.timers import Tick
from infra.journey_machines import machine
from tests.fakes import Change, FakeMembers, FakeOutbox, FakeProfiles, FakeRuns, FakeTimers
from tests.fakes_delivery import FakeEffects, FakeOutcomes, FakeSecrets, FakeSendLedger, FakeTime
from tests.hand_machines import HandMachines, Payload
from tests.hand_vendors import HandVendors
from tests.trouble import Around, Crash, Watched

_PUT_BACK = 10_000
"""Milliseconds after which what failed comes again, where nothing says when."""


class HubInHand:
    """`repeated`: what AWS hands over at least once, it hands over twice. `around`: see tests/trouble.py."""

    def __init__(
        self,
        strategy: Strategy,
        start: Instant,
        *,
        repeated: bool = False,
        around: Around = lambda call: call(),
    ) -> None:
        self.rules = Rules(strategy)
        self.time = FakeTime(start)
        self.connectors = {one.slug: one for one in discover()}
        self.vendors = HandVendors(self.time.now)
        self.profiles, self.members, self.runs = FakeProfiles(), FakeMembers(), FakeRuns()
        self.effects, self.ledger = FakeEffects(), FakeSendLedger()
        self.timers, self.outbox, self.outcomes = FakeTimers(), FakeOutbox(), FakeOutcomes()
        definitions = {one.name: machine(one, "arn:step", speed=1) for one in strategy.journeys}
        self.machines = HandMachines(definitions, self._step)
        self.deliveries: list[Delivery] = []
        """Everything that became of any message, in order."""
        self.errors: list[Exception] = []
        self._times = 2 if repeated else 1
        self._around = around
        self._facts: list[tuple[str, list[Fact]]] = []
        self._again: list[tuple[Instant, Message]] = []
        self._tokens: Tokens = {}

    # ---- what a test does

    def say(self, **message: Any) -> None:
        """A client posts a message of the tracking spec, now; what follows at once, happens."""
        number = len(self.profiles.changes) + len(self._facts)
        told = {"messageId": f"{self.time.now()}-{number}-{message.get('event', '')}", **message}
        event = pipeline.accept(told, received_at=self.time.now(), source="website")
        self._facts.append((event.message_id, [event]))
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

        return pipeline.decide_content(who, (), profiles=self.profiles, effects=self.effects, render=render)

    def profile(self, *who: Identifier) -> Profile:
        [profile_id] = {self.profiles.owners[one] for one in who}
        found = self.profiles.get(profile_id)
        assert found
        return found

    # ---- how it goes round

    def settle(self) -> None:
        """Until there is nothing more to do now."""
        while self._absorb() or self._react() or self._deliver() or self.machines.run(self.time.now()):
            pass

    def _next_due(self) -> Instant | None:
        armed = [at for at, _ in self.timers.armed]
        again = [at for at, _ in self._again]
        running = self.machines.next_due()
        return min([*armed, *again, *([] if running is None else [running])], default=None)

    def _absorb(self) -> bool:
        now = self.time.now()
        due = [one for one in self.timers.armed if one[0] <= now]
        self.timers.armed = [one for one in self.timers.armed if one[0] > now]
        ticks: list[tuple[str, list[Fact]]] = [
            (f"tick {profile_id} {at}", [Tick(profile_id=profile_id, at=at)]) for at, profile_id in due
        ]
        told = [("outcomes", list[Fact](self.outcomes.deliveries))] if self.outcomes.deliveries else []
        self.deliveries += self.outcomes.deliveries
        batch, self._facts, self.outcomes.deliveries = [*self._facts, *ticks, *told], [], []
        profiles = self._watched(self.profiles)
        for group in pipeline.group(batch):
            self._hand(partial(pipeline.absorb, group.facts, profiles, self.rules, now))
        return bool(batch)

    def _react(self) -> bool:
        changes, self.profiles.changes = self.profiles.changes, []
        self._hand(partial(self._follow, changes))
        return bool(changes)

    def _follow(self, changes: Sequence[Change]) -> None:
        hands = reacting.Hands(
            members=self._watched(self.members),
            runs=self._watched(self.runs),
            machines=self._watched(self.machines),
            timers=self._watched(self.timers),
            effects=self._watched(self.effects),
            outbox=self._watched(self.outbox),
            policy=self.rules.policy,
        )
        for one in changes:
            for reaction in pipeline.reactions(one.before, one.after, self.rules, merged=one.merged):
                pipeline.act(reaction, hands)

    def _step(self, payload: Payload) -> None:
        hands = stepping.Hands(
            profiles=self._watched(self.profiles),
            runs=self._watched(self.runs),
            machines=self._watched(self.machines),
            effects=self._watched(self.effects),
            outbox=self._watched(self.outbox),
            outcomes=self._watched(self.outcomes),
        )
        now = self.time.now()
        if payload["do"] == "close":
            over = payload["enrollment_id"], payload["outcome"]
            self._hand(lambda: pipeline.close_run(*over, hands, now))
        else:
            self._hand(lambda: pipeline.run_step(_call(payload), hands, self.rules, now))

    def _deliver(self) -> bool:
        now = self.time.now()
        self.outbox.put([message for at, message in self._again if at <= now])
        self._again = [one for one in self._again if one[0] > now]
        waiting = {message.connector for message in self.outbox.queued}
        for slug in sorted(waiting):
            self._hand(partial(self._hand_over, self.outbox.take(slug), self.connectors[slug]))
        return bool(waiting)

    def _hand_over(self, batch: list[Message], connector: Connector) -> None:
        results = deliver(batch, connector, self._tools(connector))
        self._watched(self.outcomes).put([result.delivery for result in results if result.delivery])
        for message, result in zip(batch, results, strict=True):
            if result.again:
                after = _PUT_BACK if result.again.after is None else max(1, result.again.after)
                self._again.append((self.time.now() + after, message))

    def _tools(self, connector: Connector) -> Tools:
        return Tools(
            vendor=Vendor(
                connector=connector,
                secret=connector.slug,
                secrets=FakeSecrets({connector.slug: self._secret(connector)}),
                transport=self._watched(self.vendors),
                real_now=self.time.now,
                tokens=self._tokens,
            ),
            ledger=self._watched(self.ledger),
            effects=self._watched(self.effects),
            decide=self._decide,
            describe=document,
            templates=self.rules.strategy.templates,
            now=self.time.now,
            real_now=self.time.now,
            real_at=self.time.real_at,
            log=lambda _, error: self.errors.append(error),
        )

    def _decide(self, message: Message, channel: str, *, paid: bool) -> Decision:
        now = self.time.now()
        profiles = self._watched(self.profiles)
        return pipeline.permit(message, channel, paid=paid, profiles=profiles, rules=self.rules, now=now)

    def _watched(self, port: Any) -> Any:
        return Watched(port, self._around)

    def _hand(self, work: Callable[[], object]) -> None:
        """At least once: a Lambda that died is given the same again."""
        for _ in range(self._times):
            try:
                work()
            except Crash:
                work()

    def _secret(self, connector: Connector) -> dict[str, object]:
        steps = (step for journey in self.rules.strategy.journeys for step in journey.steps)
        actions = (do for step in steps for do in step.actions)
        audiences = {str(do.params["audience"]) for do in actions if "audience" in do.params}
        rehearsed = connector.credentials.rehearsal(audiences)
        made: Mapping[str, object] = rehearsed.model_dump(mode="json")
        return {**made, "base_url": self.vendors.base_url(connector.slug)}


def _call(payload: Payload) -> stepping.StepCall:
    names = ("enrollment_id", "profile_id", "journey", "step", "token")
    return stepping.StepCall(
        definition=Step.model_validate(payload["definition"]), **{name: payload[name] for name in names}
    )
