"""Cases that test journeys, in strategy/tests: what customers do, how time passes, what must come of it."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, JsonValue, model_validator

from hub.clock import parse_instant
from hub.deliveries import Status
from hub.strategy.durations import PositiveDuration, TimeField, parse_duration
from hub.strategy.model import EventName, Mistake, Model, Name, in_words

Mode = Literal["timeout", "auth", "throttle"]
Ending = Literal["goal", "exit", "ended", "failed", "withdrawn", "running"]
_DONE = ("track", "identify", "page", "consents", "message")


def _check_address(address: str) -> str:
    if not all(address.split(".")) or len(address.split(".")) > len(("connector", "action")):
        raise Mistake(f"'{address}' is no action", "write connector.action, e.g. webhook.post")
    return address


def _check_moment(text: str) -> str:
    """A duration after the start, or a time with its day."""
    try:
        parse_duration(text)
    except Mistake:
        try:
            parse_instant(text)
        except ValueError:
            advice = "write 30m (after the start), or a time such as 2026-11-22T08:00:00Z"
            raise Mistake(f"'{text}' is no time", advice) from None
    return text


Address = Annotated[str, AfterValidator(_check_address)]
"""connector.action (its inverse, too), or a connector alone for all of its actions."""
Moment = Annotated[str, AfterValidator(_check_moment)]
"""30m (after the start), or a time with its day."""


class Done(Model):
    """What a customer does: one of track, identify, page, consents, message."""

    track: EventName | None = None
    """An event, by its name."""
    identify: dict[str, JsonValue] | None = None
    """She says who she is: traits, e.g. {email: anna@example.com}."""
    page: str | None = None
    """She looks at a page, by its name."""
    consents: dict[Name, Annotated[bool, Field(strict=True)]] | None = None
    """Her word on purposes, e.g. {email: false}."""
    message: dict[str, JsonValue] | None = None
    """Anything else: a message of the tracking spec as a client posts it."""
    properties: dict[str, JsonValue] = {}
    """Of a track or a page."""
    context: dict[str, JsonValue] = {}
    """As a client sends it, e.g. {timezone: Europe/Prague}."""
    user_id: str = ""
    """Who does it, if not the customer of the case."""
    anonymous_id: str = ""
    """The device it is done on; without user_id she is not known by name."""
    ago: PositiveDuration | None = None
    """It happened so long before, and is heard of only now."""

    @model_validator(mode="after")
    def _one_thing(self) -> Self:
        _exactly_one(self, _DONE)
        return self

    def to_message(self) -> dict[str, Any]:
        """A message of the tracking spec."""
        if self.message is not None:
            return dict(self.message)
        told = self._told()
        context = {**told.pop("context", {}), **self.context}
        who = {"userId": self.user_id, "anonymousId": self.anonymous_id, "context": context}
        return {**told, **{name: value for name, value in who.items() if value}}

    def _told(self) -> dict[str, Any]:
        if self.track is not None:
            return {"type": "track", "event": self.track, "properties": self.properties}
        if self.identify is not None:
            return {"type": "identify", "traits": self.identify}
        if self.page is not None:
            return {"type": "page", "name": self.page, "properties": self.properties}
        preferences = {"consent": {"categoryPreferences": self.consents}}
        return {"type": "track", "event": "Segment Consent Preference Updated", "context": preferences}


class Expected(Model):
    """A call that must have been made: {webhook.post: {type: cart_left}}, or its action alone."""

    address: Address
    fields: dict[str, JsonValue] = {}

    @model_validator(mode="before")
    @classmethod
    def _address_and_fields(cls, data: Any) -> Any:
        if isinstance(data, str):
            return {"address": data}
        if not isinstance(data, dict) or len(data) != 1:
            raise Mistake("not one call", "write connector.action, or {connector.action: {field: value}}")
        [(address, fields)] = data.items()
        if not isinstance(fields, dict):
            raise Mistake(f"'{address}' has no fields", "write it alone, or {field: value} behind it")
        return {"address": address, "fields": fields}


class Failing(Model):
    """How a vendor fails, until it recovers or so many times."""

    connector: Name
    """Whose vendor."""
    status: Annotated[int, Field(strict=True, ge=400, le=599)] | None = None
    """It answers with this status, e.g. 500."""
    mode: Mode | None = None
    """timeout: does it and never answers; auth: a dead credential; throttle: too many requests."""
    times: Annotated[int, Field(strict=True, ge=1)] | None = None
    """This often; without it, until vendor_recovers."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        _exactly_one(self, ("status", "mode"))
        return self


class Beat(Model):
    """One thing that is done or looked at."""

    given: Annotated[tuple[Done, ...], Field(min_length=1)] | None = None
    """Customers do this, now and in this order."""
    advance: PositiveDuration | None = None
    """Time passes, e.g. 12h."""
    advance_to: Moment | None = None
    """Time passes up to 12h after the start, or up to a time with its day."""
    vendor_fails: Failing | None = None
    """From now on a vendor's answers fail."""
    vendor_recovers: Name | None = None
    """The connector whose vendor works again."""
    vendor_reports: Annotated[dict[Address, Status], Field(min_length=1)] | None = None
    """What became of an action's newest message, e.g. {mailer.send_email: unsubscribed}."""
    pause: Name | None = None
    """A journey that stands still from now on."""
    resume: Name | None = None
    """A journey that goes on."""
    expect: Annotated[tuple[Expected, ...], Field(min_length=1)] | None = None
    """These calls were made, in any order, whatever others were."""
    expect_nothing: Literal[True] | tuple[Address, ...] | None = None
    """true: no call that is not expected; or none of these actions."""
    withheld: Annotated[dict[Address, str], Field(min_length=1)] | None = None
    """Action -> how the reason begins for which it was not done, e.g. {mailer.send_email: cap}."""
    reported: Annotated[dict[Address, Status], Field(min_length=1)] | None = None
    """Action -> what became of one of its messages, e.g. unknown, bounced."""
    member_of: tuple[Name, ...] | None = None
    """The customer is in these segments."""
    not_member_of: tuple[Name, ...] | None = None
    """She is in none of these."""
    ended: Ending | None = None
    """How her newest run ended: goal, exit, ended, failed, withdrawn, or running."""
    everything_off: Literal[True] | None = None
    """Nothing stands at any vendor."""

    @model_validator(mode="after")
    def _one_thing(self) -> Self:
        _exactly_one(self, tuple(type(self).model_fields))
        return self

    @property
    def word(self) -> str:
        """The one key that is written."""
        return next(iter(_written(self, tuple(type(self).model_fields))))

    @property
    def addresses(self) -> Iterator[str]:
        """Every action or connector that it speaks of."""
        yield from (one.address for one in self.expect or ())
        yield from () if self.expect_nothing is True else self.expect_nothing or ()
        for named in (self.withheld, self.reported, self.vendor_reports):
            yield from named or ()


Story = Annotated[tuple[Beat, ...], Field(min_length=1)]


class Case(Model):
    """One story, and what must come of it."""

    name: Annotated[str, Field(min_length=1)]
    """What it shows, in a sentence."""
    start: TimeField | None = None
    """When it begins; else as the file says."""
    held_out: Annotated[bool, Field(strict=True)] = False
    """true: she is in the hold-out of every journey; else in none."""
    policy: dict[str, JsonValue] = {}
    """Parts of policy.yaml that are otherwise in this case, e.g. {consent: opt_in}."""
    story: Story
    """What happens and what is looked at, in order."""


class Cases(Model):
    """A file of cases."""

    customer: str = "customer"
    """The user id of who does what is said without one."""
    start: TimeField | None = None
    """When the cases begin; else on Saturday 2026-11-21 at 10:00 UTC."""
    before: tuple[Beat, ...] = ()
    """What every case begins with."""
    cases: Annotated[tuple[Case, ...], Field(min_length=1)]
    """Each is played on its own."""

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        names = [case.name for case in self.cases]
        for name in names:
            if names.count(name) > 1:
                raise Mistake(f"'{name}' stands there twice", "name each case otherwise", key="cases")
        return self


def _written(model: Model, words: tuple[str, ...]) -> list[str]:
    return [word for word in words if getattr(model, word) is not None]


def _exactly_one(model: Model, words: tuple[str, ...]) -> None:
    written = _written(model, words)
    if not written:
        raise Mistake("nothing is said", f"write one of {in_words(words)}")
    if len(written) > 1:
        raise Mistake(f"{in_words(written)} stand together", "give each a line and a dash of its own")
