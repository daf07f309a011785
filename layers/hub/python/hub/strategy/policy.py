"""The rules that hold for every journey: identifiers, sources, consent, caps, quiet hours, hold-out."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from hub.clock import DAY, HOUR
from hub.strategy.durations import PositiveDuration
from hub.strategy.local_times import LocalWindow
from hub.strategy.model import Mistake, Model, Name, first_twice
from hub.strategy.shares import Share

Party = Literal["zero", "first", "second", "third", "predicted"]

_LIMITS = {"user_id": 1, "email": 5, "phone": 5, "anonymous_id": 50}
_OTHER_LIMIT = 5


def _each_once(names: tuple[str, ...]) -> tuple[str, ...]:
    if (twice := first_twice(names)) is not None:
        raise Mistake(f"'{twice}' stands there twice", "name each once")
    return names


class Burst(Model):
    """An identifier that makes so many customers one in so short a time stands for nobody."""

    profiles: Annotated[int, Field(strict=True, ge=2, le=50)] = 5
    """It linked its customer with this many others …"""
    within: PositiveDuration = HOUR
    """… within this time: the identifier is quarantined, and links nobody any more."""


class Identifiers(Model):
    """How customers are told apart."""

    priority: Annotated[tuple[Name, ...], AfterValidator(_each_once)] = (
        "user_id",
        "email",
        "phone",
        "anonymous_id",
    )
    """Types of identifier, the most trusted first."""
    limits: dict[Name, Annotated[int, Field(strict=True, ge=1)]] = {}
    """How many of a type one customer may have; unless said: email 5, phone 5, anonymous_id 50, others 5."""
    blocked: tuple[str, ...] = ()
    """Values that stand for nobody, besides the built-in ones (null, undefined, 000, …), in any case."""
    burst: Burst = Burst()
    """When an identifier is quarantined; unless said: at 5 others within 1h."""

    def limit(self, kind: str) -> int:
        return self.limits.get(kind, _LIMITS.get(kind, _OTHER_LIMIT))

    @model_validator(mode="after")
    def _keeps_the_essential(self) -> Self:
        for kind in ("user_id", "anonymous_id"):
            if kind not in self.priority:
                raise Mistake(f"priority lacks '{kind}'", "every event carries it: name it", key="priority")
        for kind in self.limits:
            if kind not in self.priority:
                raise Mistake(
                    f"limits names '{kind}', priority does not", "name it in priority too", key="limits"
                )
        if self.limit("user_id") > 1:
            raise Mistake("a customer has one user_id", "leave limits.user_id out", key="limits")
        return self


class Source(Model):
    """Where events come from."""

    party: Party = "first"
    """zero (she said it herself), first (we saw it), second, third or predicted: an earlier one wins."""
    region: Annotated[str, Field(pattern="^[A-Z]{2}$")] | None = None
    """Country code, e.g. CZ: telephone numbers without a country prefix are read as from there."""


class Cap(Model):
    """At most so many messages in a rolling window; what is not said is not asked about."""

    channel: Name | None = None
    """Only messages on this channel: email, sms, push, ads, …"""
    journey: Name | None = None
    """Only messages of this journey."""
    media: Literal["owned", "paid"] | None = None
    """Only owned channels (email, chat, …), or only paid ones (ads, letters, …)."""
    at_most: Annotated[int, Field(strict=True, ge=0)]
    """This many at most; all caps together count no more messages than a customer's profile can remember."""
    within: PositiveDuration
    """In this window, which rolls: it does not begin at midnight."""

    def applies(self, *, channel: str, journey: str, paid: bool) -> bool:
        return (
            self.channel in (None, channel)
            and self.journey in (None, journey)
            and self.media in (None, "paid" if paid else "owned")
        )


class QuietHours(LocalWindow):
    """No message on these channels at these times of day where the customer is; it waits for the end."""

    channels: Annotated[tuple[Name, ...], Field(min_length=1), AfterValidator(_each_once)] = (
        "email",
        "sms",
        "push",
    )
    """The channels that keep quiet."""


CAPS_COUNT = 300
"""All caps together: each is counted by the messages themselves, at about 50 bytes of a profile each."""


def _countable(caps: tuple[Cap, ...]) -> tuple[Cap, ...]:
    asked = sum(cap.at_most for cap in caps)
    if asked > CAPS_COUNT:
        raise Mistake(
            f"the caps count up to {asked} messages, a profile remembers {CAPS_COUNT} of them",
            "lower at_most, in a shorter window too: 10 in 7d instead of 40 in 28d",
        )
    return caps


class Policy(Model):
    """What holds for every journey."""

    time_zone: str = "UTC"
    """For customers whose own time zone is unknown, e.g. Europe/Prague."""
    identifiers: Identifiers = Identifiers()
    """How customers are told apart."""
    sources: dict[str, Source] = {}
    """The sources of events (each has a write key), by name."""
    bots: Literal["ignore", "keep"] = "ignore"
    """Events of robots (by their user agent): ignore only counts and archives them, keep folds them in."""
    purposes: dict[str, Name] = {}
    """Connector, or connector.action -> the purpose a customer must have consented to."""
    consent: Literal["opt_in", "opt_out"] = "opt_in"
    """What silence means: opt_in waits for a yes to the purpose, opt_out only stops at a no."""
    caps: Annotated[tuple[Cap, ...], AfterValidator(_countable)] = ()
    """How often a customer may be addressed; every cap must allow a message."""
    look_back: PositiveDuration = 30 * DAY
    """What reached a customer this long before an order, and no longer, has a part in it."""
    quiet_hours: QuietHours | None = None
    """When she is left in peace."""
    priorities: Annotated[tuple[Name, ...], AfterValidator(_each_once)] = ()
    """Journeys, the most important first: while she is in one, those behind it send her nothing and pay for
    nothing. Those not named come last, and do not give way to each other."""
    holdout: Share = 0
    """This share of all customers is left alone by every journey."""

    def rank(self, journey: str) -> int:
        """0 is the most important; those not named stand together behind all others."""
        return self.priorities.index(journey) if journey in self.priorities else len(self.priorities)

    def party(self, source: str) -> Party:
        found = self.sources.get(source)
        return found.party if found else "first"

    def purpose(self, connector: str, action: str) -> str | None:
        """What a customer must have consented to for this action; None: nothing."""
        return self.purposes.get(f"{connector}.{action}", self.purposes.get(connector))
