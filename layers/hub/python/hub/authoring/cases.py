"""Cases that test journeys, in strategy/tests: what customers do, how time passes, what must come of it."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, JsonValue, model_validator

from hub.authoring.case_messages import Done, exactly_one, written_in
from hub.authoring.moments import in_calendar, read_moment
from hub.deliveries import Status
from hub.enrollments import Outcome
from hub.strategy.durations import PositiveDuration, TimeField
from hub.strategy.model import Mistake, Model, Name
from hub.strategy.policy import Policy

Mode = Literal["timeout", "auth", "throttle"]
Ending = Literal[Outcome, "running"]


def _check_address(address: str) -> str:
    if not all(address.split(".")) or len(address.split(".")) > len(("connector", "action")):
        raise Mistake(f"'{address}' is no action", "write connector.action, e.g. webhook.post")
    return address


def _check_moment(text: str) -> str:
    read_moment(text, 0)
    return text


Address = Annotated[str, AfterValidator(_check_address)]
"""connector.action (its inverse, too), or a connector alone for all of its actions."""
Moment = Annotated[str, AfterValidator(_check_moment)]
"""30m (after the start), or a time with its day."""
Start = Annotated[TimeField, AfterValidator(in_calendar)]


def _read_nothing(value: object) -> object:
    if value is False:
        raise Mistake("'false' expects nothing of anything", "write true, or leave it out")
    if value == []:
        raise Mistake("the list is empty", "name actions or connectors, or write true for all of them")
    return () if value is True else value


_Addresses = Annotated[tuple[Address, ...], Field(min_length=1)]
Nothing = Annotated[
    tuple[Address, ...],
    BeforeValidator(_read_nothing, json_schema_input_type=Literal[True] | _Addresses),
]
"""Of these actions; of all of them where none is named, which is written true."""


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
        exactly_one(self, ("status", "mode"))
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
    expect_nothing: Nothing | None = None
    """true: no call that is not expected; or none of these actions."""
    withheld: Annotated[dict[Address, str], Field(min_length=1)] | None = None
    """Action -> how the reason begins for which it was not done, e.g. {mailer.send_email: cap}."""
    reported: Annotated[dict[Address, Status], Field(min_length=1)] | None = None
    """Action -> what became of one of its messages, e.g. unknown, bounced."""
    member_of: Annotated[tuple[Name, ...], Field(min_length=1)] | None = None
    """The customer is in these segments."""
    not_member_of: Annotated[tuple[Name, ...], Field(min_length=1)] | None = None
    """She is in none of these."""
    ended: Ending | None = None
    """How her newest run ended: goal, exit, restarted, ended, failed, or running."""
    everything_off: Literal[True] | None = None
    """Nothing stands at any vendor."""

    @model_validator(mode="after")
    def _one_thing(self) -> Self:
        exactly_one(self, tuple(type(self).model_fields))
        return self

    @property
    def word(self) -> str:
        """The one key that is written."""
        return next(iter(written_in(self, tuple(type(self).model_fields))))

    @property
    def addresses(self) -> Iterator[str]:
        """Every action or connector that it speaks of without fields."""
        yield from self.expect_nothing or ()
        for named in (self.withheld, self.reported, self.vendor_reports):
            yield from named or ()


Story = Annotated[tuple[Beat, ...], Field(min_length=1)]


class Case(Model):
    """One story, and what must come of it."""

    name: Annotated[str, Field(min_length=1)]
    """What it shows, in a sentence."""
    start: Start | None = None
    """When it begins; else as the file says."""
    held_out: Annotated[bool, Field(strict=True)] = False
    """true: she is in the hold-out of every journey; else in none."""
    policy: Policy = Policy()
    """Parts of policy.yaml that are otherwise in this case, e.g. {consent: opt_in}."""
    story: Story
    """What happens and what is looked at, in order."""

    @model_validator(mode="after")
    def _leaves_nothing_to_chance(self) -> Self:
        if "holdout" in self.policy.model_fields_set:
            advice = "write held_out: true beside policy, or leave it out"
            raise Mistake("nothing is left to chance here", advice, key="policy")
        return self


class Cases(Model):
    """A file of cases."""

    customer: str = "customer"
    """The user id of who does what is said without one."""
    start: Start | None = None
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
