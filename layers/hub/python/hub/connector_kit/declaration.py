"""What a connector is made of: credentials, actions and an error table, declared once.

CDK reads it at synth, the Lambda at run time, the tests and the docs as they are.
"""

import json
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from hub.connector_kit.anna import ANNA, REMINDER
from hub.connector_kit.answers import Answers
from hub.connector_kit.callbacks import Callbacks
from hub.connector_kit.credentials import Credentials
from hub.connector_kit.fields import check_params, fill, needs_of, takes_of, template_names
from hub.connector_kit.oauth import RefreshToken
from hub.connector_kit.rendering import Document, TemplateLike
from hub.connector_kit.requests import Answer, Plan, Request
from hub.deliveries import Verb
from hub.errors import ConfigurationError
from hub.ports import Secrets

Channel = Literal[
    "email", "sms", "push", "letter", "ads", "chat", "personalisation", "site", "webhook", "loyalty"
]


class Action(BaseModel):
    """One thing a connector can do for one customer: SendEmail is addressed as `send_email`.

    Its fields are what the strategy writes beside it, or come from the customer's document by `From`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", coerce_numbers_to_str=True)

    verb: ClassVar[Verb]
    channel: ClassVar[Channel]
    paid: ClassVar[bool] = False
    """Paid reach counts against caps on paid channels."""
    repeatable: ClassVar[bool] = False
    """The vendor recognises a message it was sent before, so an unknown outcome may be tried again."""
    inverse: ClassVar[str] = ""
    example: ClassVar["Example"]

    @classmethod
    def fill(
        cls, params: Mapping[str, Any], document: Document, templates: Mapping[str, TemplateLike]
    ) -> Self:
        """The action for one customer; NoAddress where the customer lacks what it needs, NoTemplate
        where a template is there no more."""
        return fill(cls, params, document, templates)

    @classmethod
    def check_params(cls, params: Mapping[str, Any]) -> list[str]:
        """What is wrong with what the strategy wrote, in sentences; [] when nothing."""
        return check_params(cls, params)

    @classmethod
    def takes(cls) -> list[str]:
        """The fields that a strategy may write."""
        return takes_of(cls)

    @classmethod
    def needs(cls, params: Mapping[str, Any]) -> tuple[tuple[str, ...], ...]:
        """What must be there of a customer: for each such field the paths, one of which must lead to it."""
        return needs_of(cls, params)

    @classmethod
    def template_names(cls, params: Mapping[str, Any]) -> list[str]:
        """The templates these params name."""
        return template_names(cls, params)

    @classmethod
    def target(cls, params: Mapping[str, Any]) -> str:  # noqa: ARG003
        """What a level stands on (Message.target); "" for what is sent."""
        return ""


class Send(Action):
    """A message: at most once per (enrollment, step, action)."""

    verb: ClassVar[Verb] = "send"

    @abstractmethod
    def request(self, credentials: Any) -> Request:
        """The one request that sends it; pure."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """What a vendor is told of one customer on one level: who she is, and what is set on her."""

    who: Any
    what: Mapping[str, Any] = field(default_factory=dict)

    def to_text(self) -> str:
        return json.dumps([self.who, self.what], ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_text(cls, text: str) -> "Row":
        who, what = json.loads(text)
        return cls(who=who, what=what)


class Level(Action):
    """Something that is on or off at the vendor and converges to what should be (P4)."""

    batch: ClassVar[int] = 1
    """Rows in one request at most."""
    level_field: ClassVar[str] = ""
    """The field that names the level; it cannot be a template."""

    @classmethod
    def target(cls, params: Mapping[str, Any]) -> str:
        return str(params.get(cls.level_field, ""))

    @abstractmethod
    def row(self) -> Row:
        """What stands for this customer; the hub keeps it, and off takes back exactly the same."""

    @classmethod
    @abstractmethod
    def on(cls, rows: Sequence[Row], target: str, credentials: Any) -> Request | Plan | None:
        """Rows of one target. None: there is nobody to ask, it stands by being wanted."""

    @classmethod
    @abstractmethod
    def off(cls, rows: Sequence[Row], target: str, credentials: Any) -> Request | Plan | None:
        """The inverse of `on`, for the same rows."""


class Membership(Level):
    """Membership in a vendor's audience; its inverse takes out everything that was ever put in."""

    verb: ClassVar[Verb] = "join"
    channel: ClassVar[Channel] = "ads"
    paid: ClassVar[bool] = True
    inverse: ClassVar[str] = "leave"
    level_field: ClassVar[str] = "audience"

    audience: str


class Upsert(Level):
    """Content on the vendor's profile of a customer; its inverse withdraws that content."""

    verb: ClassVar[Verb] = "upsert"
    inverse: ClassVar[str] = "withdraw"

    @classmethod
    @abstractmethod
    def content(cls, params: Mapping[str, Any]) -> Sequence[str]:
        """Names of what these params set: two actions that set the same are the same level."""

    @classmethod
    def target(cls, params: Mapping[str, Any]) -> str:
        names = "\x1f".join(sorted(cls.content(params)))
        return blake2b(names.encode(), digest_size=8).hexdigest()


@dataclass(frozen=True, kw_only=True)
class Example:
    """An action's message in and the exact requests out, from the vendor's documentation."""

    params: Mapping[str, Any]
    document: Document = field(default_factory=lambda: ANNA)
    templates: Mapping[str, TemplateLike] = field(default_factory=lambda: {"reminder": REMINDER})
    requests: tuple[Request, ...] = ()
    answers: tuple[Answer, ...] = (Answer(status=200),)
    """What the vendor answers to each request, in order."""
    inverse: tuple[Request, ...] = ()
    inverse_answers: tuple[Answer, ...] = (Answer(status=200),)


@dataclass(frozen=True, kw_only=True)
class Connector:
    """One vendor."""

    slug: str
    credentials: type[Credentials]
    actions: Mapping[str, type[Action]]
    answers: Answers = field(default_factory=Answers)
    auth: RefreshToken | None = None
    """None: the requests carry their credentials themselves."""
    callbacks: Callbacks | None = None
    vendorless: bool = False
    """Nobody stands behind it: no secret, no request."""
    max_concurrency: int = 2
    """Lambdas at work on this vendor at once (2 is the least SQS takes)."""
    batch_size: int = 10
    """Messages in one go of the Lambda at most; over 10 they are gathered for a second."""
    pace: float | None = None
    """Requests a second the vendor allows, over all Lambdas."""
    read_timeout: float = 15.0
    """Seconds."""

    def read_credentials(self, secrets: Secrets, name: str, *, fresh: bool = False) -> Credentials:
        """ConfigurationError where the secret is not what it should be; it names fields, never values."""
        if self.vendorless:
            return self.credentials()
        try:
            return self.credentials.model_validate(secrets.get(name, fresh=fresh))
        except ValidationError as error:
            wrong = [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()]
            raise ConfigurationError(f"secret {name}: {'; '.join(wrong)}") from None

    @property
    def batch_window(self) -> int:
        """Seconds SQS may gather messages for: it insists on one for batches over ten."""
        return 1 if self.batch_size > 10 else 0  # noqa: PLR2004 - SQS's own number


def actions(*classes: type[Action]) -> dict[str, type[Action]]:
    """By the names the strategy uses: SendEmail -> send_email."""
    return {_snake_case(one.__name__): one for one in classes}


def _snake_case(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")
