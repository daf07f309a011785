"""A toy vendor that keeps what it is told and can be told to misbehave, with a connector to match."""

from collections.abc import Mapping, Sequence
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
from hub.connector_kit.requests import Request


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
    def on(cls, rows: Sequence[Row], _target: str, credentials: ToyCredentials) -> HttpRequest:
        return post("/set", credentials, {"who": rows[0].who, "what": dict(rows[0].what)})

    @classmethod
    def off(cls, rows: Sequence[Row], _target: str, credentials: ToyCredentials) -> HttpRequest:
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
