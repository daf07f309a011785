"""A batch of the toy connector ready to run: messages, and tools made of fakes."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hub.connector_kit import Connector
from hub.connector_kit.anna import ANNA, REMINDER
from hub.connector_kit.batch import deliver
from hub.connector_kit.outcomes import Retry
from hub.connector_kit.results import Result, Tools
from hub.connector_kit.vendor import Vendor
from hub.deliveries import Message, Status
from hub.effects import EffectKey
from hub.policy import Decision, Ready, reached
from hub.policy import Send as Go
from hub.profiles import Profile
from tests.fakes_delivery import FakeEffects, FakeOutcomes, FakeSecrets, FakeSendLedger, FakeTime
from tests.toy_vendor import TOY, ToyVendor

SECRET = "hub/test/toy"


@dataclass
class Desk:
    """Everything a batch needs, made of fakes, with one customer (Anna) unless told otherwise."""

    vendor: ToyVendor = field(default_factory=ToyVendor)
    connector: Connector = TOY
    ledger: FakeSendLedger = field(default_factory=FakeSendLedger)
    effects: FakeEffects = field(default_factory=FakeEffects)
    outcomes: FakeOutcomes = field(default_factory=FakeOutcomes)
    secrets: FakeSecrets = field(default_factory=lambda: FakeSecrets({SECRET: {"key": "k1"}}))
    time: FakeTime = field(default_factory=FakeTime)
    say: Callable[[Message], Decision] | None = None
    """The gate's word; a yes to all unless told otherwise."""
    emails: dict[str, str] = field(default_factory=lambda: {"p_anna": "anna@example.com"})
    customers: dict[str, Profile] = field(default_factory=dict)
    """As they are stored; nobody is in a journey unless told so."""
    errors: list[Exception] = field(default_factory=list)
    is_down: Callable[[], Retry | None] = lambda: None
    given_back: list[Message] = field(default_factory=list)
    """Whose yes was not used."""

    def decide(self, message: Message, channel: str, *, paid: bool, ready: Ready) -> Decision:  # noqa: ARG002
        said = self.say(message) if self.say else Go(self.customer(message.profile_id))
        return reached(said, ready)

    def customer(self, profile_id: str) -> Profile:
        return self.customers.get(profile_id) or Profile(profile_id)

    def describe(self, profile: Profile) -> dict[str, Any]:
        email = self.emails.get(profile.profile_id, "")
        person = {**ANNA["profile"], "traits": {**ANNA["profile"]["traits"], "email": email}}
        return {**ANNA, "profile": person}

    def tools(self) -> Tools:
        return Tools(
            vendor=Vendor(
                connector=self.connector,
                secret=SECRET,
                secrets=self.secrets,
                transport=self.vendor,
                real_now=self.time.now,
                is_down=self.is_down,
            ),
            ledger=self.ledger,
            effects=self.effects,
            decide=self.decide,
            give_back=self.given_back.append,
            profile=self.customer,
            describe=self.describe,
            templates={"reminder": REMINDER},
            now=self.time.now,
            real_now=self.time.now,
            real_at=self.time.real_at,
            hub_at=self.time.hub_at,
            log=lambda _message, error: self.errors.append(error),
        )

    def deliver(self, *messages: Message) -> list[Result]:
        """One batch; what is delivered is also kept in `outcomes`."""
        results = deliver(messages, self.connector, self.tools())
        self.outcomes.put([result.delivery for result in results if result.delivery])
        return results

    def turn_on(self, message: Message) -> list[Result]:
        self.effects.want(message)
        return self.deliver(message)

    def turn_off(self, message: Message) -> list[Result]:
        self.effects.unwant(key_of(message), message.enrollment_id)
        return self.deliver(message)

    @property
    def statuses(self) -> list[Status]:
        return [delivery.status for delivery in self.outcomes.deliveries]


def a_letter(**changes: Any) -> Message:
    return a_message(
        **{"action": "send_letter", "verb": "send", "params": {"template": "reminder"}, **changes}
    )


def a_join(**changes: Any) -> Message:
    return a_message(
        **{"action": "join", "verb": "join", "params": {"audience": "tea"}, "target": "tea", **changes}
    )


def an_update(**changes: Any) -> Message:
    params = {"attributes": {"cart": "{{ cart.summary }}"}}
    return a_message(
        **{"action": "update_profile", "verb": "upsert", "params": params, "target": "t1", **changes}
    )


def a_message(**changes: Any) -> Message:
    default = {
        "message_id": "msg_1",
        "profile_id": "p_anna",
        "enrollment_id": "cart_recovery-1",
        "journey": "cart_recovery",
        "step": 0,
        "connector": "toy",
        "planned_at": FakeTime().instant,
    }
    return Message(**{**default, **changes})


def key_of(message: Message) -> EffectKey:
    return EffectKey(profile_id=message.profile_id, connector=message.connector, target=message.target)
