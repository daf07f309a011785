"""A toy vendor that keeps what it is told, can be told to misbehave, and a batch of its connector ready to run."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar

from hub.connector_kit import (
    Answer,
    Answers,
    Connector,
    Credentials,
    From,
    HttpRequest,
    Membership,
    Rendered,
    Row,
    Send,
    Upsert,
    actions,
)
from hub.connector_kit.batch import deliver
from hub.connector_kit.anna import ANNA, REMINDER
from hub.connector_kit.requests import Request
from hub.connector_kit.results import Result, Tools
from hub.connector_kit.vendor import Vendor
from hub.deliveries import Message, Status
from hub.policy import Decision
from hub.policy import Send as Go
from hub.ports import EffectKey
from hub.profiles import Profile
from tests.fakes_delivery import FakeEffects, FakeOutcomes, FakeSecrets, FakeSendLedger, FakeTime

SECRET = "hub/test/toy"


class ToyCredentials(Credentials):
    key: str

    @classmethod
    def example(cls) -> "ToyCredentials":
        return cls(key="k1")


def post(path: str, credentials: ToyCredentials, body: object) -> HttpRequest:
    return HttpRequest(
        method="POST", url=f"https://toy.test{path}", headers={"key": credentials.key}, json=body
    )


class SendLetter(Send):
    channel = "email"
    template: Rendered
    to: Annotated[str, From("profile.traits.email")]
    send_id: Annotated[str, From("message.id")]

    def request(self, credentials: ToyCredentials) -> HttpRequest:
        return post("/letters", credentials, {"id": self.send_id, "to": self.to, "words": self.template.text})


class Ping(SendLetter):
    """The vendor recognises an id it has seen."""

    repeatable: ClassVar[bool] = True


class Join(Membership):
    batch: ClassVar[int] = 3
    email: Annotated[str, From("profile.traits.email")]

    def row(self) -> Row:
        return Row(who=self.email)

    @classmethod
    def on(cls, rows: Sequence[Row], target: str, credentials: ToyCredentials) -> HttpRequest:
        return post("/join", credentials, {"audience": target, "members": [row.who for row in rows]})

    @classmethod
    def off(cls, rows: Sequence[Row], target: str, credentials: ToyCredentials) -> HttpRequest:
        return post("/leave", credentials, {"audience": target, "members": [row.who for row in rows]})


class UpdateProfile(Upsert):
    channel = "chat"
    attributes: dict[str, Any]
    email: Annotated[str, From("profile.traits.email")]

    @classmethod
    def content(cls, params: Mapping[str, Any]) -> Sequence[str]:
        return list(params["attributes"])

    def row(self) -> Row:
        return Row(who=self.email, what=self.attributes)

    @classmethod
    def on(cls, rows: Sequence[Row], target: str, credentials: ToyCredentials) -> HttpRequest:
        return post("/set", credentials, {"who": rows[0].who, "what": dict(rows[0].what)})

    @classmethod
    def off(cls, rows: Sequence[Row], target: str, credentials: ToyCredentials) -> HttpRequest:
        return post("/set", credentials, {"who": rows[0].who, "what": dict.fromkeys(rows[0].what)})


def rows_named(answer: Answer) -> Mapping[int, str]:
    return {int(place): why for place, why in (answer.at("bad") or {}).items()}


TOY = Connector(
    slug="toy",
    credentials=ToyCredentials,
    actions=actions(SendLetter, Ping, Join, UpdateProfile),
    answers=Answers(
        code=("error",),
        text="words",
        vendor_id="id",
        codes={"bad_row": "row", "no_such_audience": "gone", "said_no": "opted_out", "nonsense": "refused"},
        bad_rows=rows_named,
    ),
)


@dataclass
class ToyVendor:
    """Its state is what was really done to it, whatever it answered."""

    key: str = "k1"
    letters: list[str] = field(default_factory=list)
    audiences: dict[str, set[str]] = field(default_factory=dict)
    attributes: dict[str, dict[str, Any]] = field(default_factory=dict)
    requests: list[HttpRequest] = field(default_factory=list)
    answers: list[Answer | Exception] = field(default_factory=list)
    """The next answers, instead of doing what is asked; an exception is raised."""
    poison: frozenset[str] = frozenset()
    """Members for whom a whole request is refused."""

    def __call__(self, request: Request) -> Answer:
        assert isinstance(request, HttpRequest)
        self.requests.append(request)
        if self.answers:
            planned = self.answers.pop(0)
            if isinstance(planned, Exception):
                raise planned
            return planned
        if request.headers["key"] != self.key:
            return Answer.of(401, {"words": "who are you?"})
        return self._do(request.url.removeprefix("https://toy.test"), request.json)

    def _do(self, path: str, body: Any) -> Answer:
        if self.poison & set(body.get("members", ())):
            return Answer.of(400, {"error": "bad_row"})
        match path:
            case "/letters":
                self.letters.append(body["id"])
            case "/join":
                self.audiences.setdefault(body["audience"], set()).update(body["members"])
            case "/leave":
                self.audiences.setdefault(body["audience"], set()).difference_update(body["members"])
            case "/set":
                self.attributes.setdefault(body["who"], {}).update(body["what"])
        return Answer.of(200, {"id": f"v{len(self.requests)}"})


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
    say: Callable[[Message], Decision] = lambda message: Go(Profile(message.profile_id))
    emails: dict[str, str] = field(default_factory=lambda: {"p_anna": "anna@example.com"})
    errors: list[Exception] = field(default_factory=list)

    def decide(self, message: Message, channel: str, *, paid: bool) -> Decision:  # noqa: ARG002
        return self.say(message)

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
            ),
            ledger=self.ledger,
            effects=self.effects,
            decide=self.decide,
            describe=self.describe,
            templates={"reminder": REMINDER},
            now=self.time.now,
            real_now=self.time.now,
            real_at=self.time.real_at,
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
    return a_message(**{"action": "send_letter", "verb": "send", "params": {"template": "reminder"}, **changes})


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
