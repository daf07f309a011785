"""What vendors were asked to do, as values that read like the strategy, and patterns to hold them against."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cli.rehearsal.handling import Handled
from hub.authoring.moments import read_moment
from hub.authoring.vocabulary import read_test
from hub.clock import DAY, HOUR, MINUTE, SECOND, Instant
from hub.comparing import compile_test
from hub.connector_kit import From, Rendered
from hub.connector_kit.declaration import Action
from hub.deliveries import Status
from hub.profiles import Profile
from hub.strategy.comparisons import Comparison
from hub.strategy.model import Mistake

_SHOWN = ("template", "content", "note", "audience", "slot", "attributes")
"""What tells two calls of one action apart: shown of the params, where a failure lists the calls."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """A vendor was asked, and took it."""

    at: Instant
    connector: str
    action: str
    """As the strategy names it; its inverse (leave, withdraw, hide) where something was turned off."""
    to: tuple[str, ...]
    """What the vendor knows her by: the address first, where there is one."""
    who: frozenset[str]
    """Every identifier of the customer."""
    journey: str
    step: int
    variant: str
    """"" where its step has none."""
    params: Mapping[str, Any]
    """As the strategy wrote them, filled in; a template by its name."""
    texts: Mapping[str, str]
    """subject, html and text of the template, filled in."""

    @property
    def address(self) -> str:
        return f"{self.connector}.{self.action}"

    @property
    def fields(self) -> Mapping[str, Any]:
        own: dict[str, Any] = {"to": self.to, "who": self.who, "journey": self.journey, "step": self.step}
        own |= {"variant": self.variant, "at": self.at}
        return {**self.texts, **self.params, **own}

    def __str__(self) -> str:
        said = [f"{name}={self.params[name]}" for name in _SHOWN if name in self.params]
        return " ".join([self.address, *said, *(f"to {one}" for one in self.to[:1])])


@dataclass(frozen=True)
class Wanted:
    """A pattern: a connector's action, or all of a connector's, and what some of its fields must be."""

    address: str
    fields: Mapping[str, Any]

    def mismatches(self, call: Call, start: Instant) -> list[str] | None:
        """What is otherwise; [] if it is what is wanted, None if it is another action altogether."""
        if self.address not in (call.address, call.connector):
            return None
        return [
            f"{name} is {_told(name, call.fields.get(name), start)}, not {_told(name, wanted, start)}"
            for name, wanted in self.fields.items()
            if not (_is_at if name == "at" else _fits)(name, wanted, call.fields.get(name), start)
        ]

    def __str__(self) -> str:
        return " ".join([self.address, *(f"{name}={value}" for name, value in self.fields.items())])


def call(address: str, **fields: Any) -> Wanted:
    """call("amazon_ses.send_email", template="cart_reminder", to="anna@example.com", at="30m").

    A field is a value, or a test of the segment language ({"contains": "tea"}); of a group of keys only
    those named are looked at. `at` is a time, or how long after the rehearsal began, to the second.
    """
    return Wanted(address, fields)


def call_of(handled: Handled, at: Instant) -> Call:
    message, filled = handled.message, handled.filled
    turned_off = handled.result.delivery is not None and handled.result.delivery.status is Status.OFF
    return Call(
        at=at,
        connector=message.connector,
        action=handled.action.inverse if turned_off else message.action,
        to=tuple(_addresses(filled)) if filled else (),
        who=_identifiers(handled.profile),
        journey=message.journey,
        step=message.step,
        variant=message.variant,
        params={**message.params, **(_params(filled, message.params) if filled and not turned_off else {})},
        texts=_texts(filled) if filled else {},
    )


def _addresses(filled: Action) -> Iterator[str]:
    """Whatever of hers the vendor is given, what can be written to before what cannot."""
    given = [str(getattr(filled, name)) for name in type(filled).model_fields if _is_hers(filled, name)]
    yield from sorted(filter(None, given), key=lambda one: not ("@" in one or one.startswith("+")))


def _is_hers(filled: Action, name: str) -> bool:
    sources = (one for one in type(filled).model_fields[name].metadata if isinstance(one, From))
    return any(path.startswith("profile.") for one in sources for path in one.paths)


def _identifiers(profile: Profile | None) -> frozenset[str]:
    return frozenset(value for _, value in profile.identifiers) if profile else frozenset()


def _params(filled: Action, written: Mapping[str, Any]) -> dict[str, Any]:
    values = {name: getattr(filled, name) for name in written}
    return {name: value for name, value in values.items() if not isinstance(value, Rendered)}


def _texts(filled: Action) -> dict[str, str]:
    values = (getattr(filled, name) for name in type(filled).model_fields)
    rendered = next((value for value in values if isinstance(value, Rendered)), None)
    return rendered.model_dump() if rendered else {}


def _fits(name: str, wanted: Any, found: Any, start: Instant) -> bool:
    match wanted, found:
        case Mapping(), Mapping():
            return all(_fits(inner, one, found.get(inner), start) for inner, one in wanted.items())
        case _, (tuple() | frozenset()):
            return any(_fits(name, wanted, one, start) for one in found)
        case list(), _:
            return bool(wanted == found)
        case _:
            return compile_test(_test(name, wanted)).passes(found, start)


def _test(name: str, wanted: Any) -> Comparison:
    """Inside a group of keys only the call shows what is a test: it may be none."""
    try:
        return read_test(wanted)
    except Mistake as mistake:
        raise Mistake(f"{name}: {mistake.message}", mistake.advice) from None


def _is_at(_name: str, wanted: Any, found: Any, start: Instant) -> bool:
    """To the second: what customers do takes a millisecond each."""
    return bool(abs(read_moment(wanted, start) - found) < SECOND)


def _told(name: str, value: Any, start: Instant) -> str:
    match value:
        case int() if name == "at":
            return when(value, start)
        case _ if name == "at":
            return when(read_moment(value, start), start)
        case tuple() | frozenset():
            return " or ".join(sorted(map(str, value))) or "nobody"
        case None:
            return "not there"
        case _:
            return str(value)


def when(at: Instant, start: Instant) -> str:
    """+0d 12:30:00, always as wide: how long after the start."""
    days, rest = divmod(at - start, DAY)
    return f"+{days}d {rest // HOUR:02}:{rest % HOUR // MINUTE:02}:{rest % MINUTE // SECOND:02}"
