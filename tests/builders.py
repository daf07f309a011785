"""The things of the domain, valid by default: a test says only what matters to it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from hub import timeline
from hub.clock import DAY, Instant, parse_instant
from hub.deliveries import Delivery, Message
from hub.enrollments import Conversion, Enrollment, TrailTouch, enrollment_id
from hub.events import Event
from hub.identities import Reader, profile_id_for
from hub.profiles import Profile
from hub.rules import Rules
from hub.strategy.strategy import Strategy

NOW: Instant = parse_instant("2026-11-21T10:00:00Z")
Written = dict[str, Any]
"""A part of the strategy, as YAML gives it."""


def an_event(name: str = "Product Viewed", at: Instant = NOW, **fields: Any) -> Event:
    """What the shopper a-1 does; another type with `type`, another shopper with anonymous_id or user_id."""
    kind = fields.pop("type", "track")
    who = {} if {"user_id", "anonymous_id"} & fields.keys() else {"anonymous_id": "a-1"}
    given = {"message_id": f"{name} {at}", "received_at": at, "name": name if kind == "track" else ""}
    return Event(type=kind, at=at, **{**given, **who, **fields})


def an_identify(at: Instant = NOW, **fields: Any) -> Event:
    return an_event("", at, **{"type": "identify", "message_id": f"identify {at}", **fields})


def an_order(at: Instant = NOW, revenue: object = 100, **properties: Any) -> Event:
    return an_event("Order Completed", at, properties={"revenue": revenue, **properties})


def a_line(at: Instant = NOW, product: str = "tea", name: str = "Product Added", **properties: Any) -> Event:
    """A product put into the cart, or taken out of it with `name`."""
    told = {"product_id": product, "price": 10, **properties}
    return an_event(name, at, message_id=f"{name} {product} {at}", properties=told)


def a_segment(name: str, when: Written) -> Written:
    return {"name": name, "description": f"{name}, for a test.", "when": when}


RISK = {"trait": "predicted.risk", "more_than": 0.5}


def a_model(coefficients: Mapping[str, float], **fields: Any) -> Written:
    """One that foretells `risk`."""
    told = {"name": "m", "trait": "risk", "link": "linear", "intercept": 0}
    return {**told, "coefficients": dict(coefficients), **fields}


def an_action(connector: str = "mailer", action: str = "send_email", **fields: Any) -> Written:
    """An action as it stands in a compiled strategy: with what its connector declares."""
    declared = ("verb", "channel", "paid", "target", "needs")
    facts = {name: fields.pop(name) for name in declared if name in fields}
    return {
        "connector": connector,
        "action": action,
        "params": fields,
        "facts": {"verb": "send", "channel": "email", **facts},
    }


def a_level(connector: str = "ads", action: str = "join", **fields: Any) -> Written:
    """An action with an inverse."""
    return an_action(connector, action, **{"verb": "join", "channel": "ads", "target": "shoppers", **fields})


def a_journey(name: str = "recovery", **fields: Any) -> Written:
    return {
        "name": name,
        "entry": {"segment": "abandoner"},
        "goal": {"did": "Order Completed", "value": "revenue"},
        "ends_after": "3d",
        "steps": [{"after": "0s", "do": [an_action()]}],
        **fields,
    }


ABANDONER: Written = {"all": [{"cart": {"items": {"at_least": 1}}}, {"quiet_for": "30m"}]}


def rules_of(
    *,
    segments: Mapping[str, Written] | None = None,
    journeys: Iterable[Written] = (),
    policy: Mapping[str, Any] | None = None,
    models: Iterable[Written] = (),
) -> Rules:
    """`segments`: name -> condition; without any there is `abandoner`."""
    written = {"abandoner": ABANDONER} if segments is None else segments
    return Rules(
        Strategy.model_validate(
            {
                "segments": [a_segment(name, when) for name, when in written.items()],
                "journeys": list(journeys),
                "policy": policy or {},
                "models": list(models),
            }
        )
    )


def a_profile(
    *events: Event, rules: Rules | None = None, until: Instant | None = None, **fields: Any
) -> Profile:
    """Who did all this, as she stands at `until` (without it: right after the last of it)."""
    profile = Profile(fields.pop("profile_id", _founded_by(events)), **fields)
    last = max((event.at for event in events), default=0)
    return go_on(profile, rules or rules_of(), *events, until=last if until is None else until)


def go_on(profile: Profile, rules: Rules, *events: Event, until: Instant) -> Profile:
    """Let her live on: what she does, and time up to `until`."""
    for event in events:
        timeline.live(profile, event, rules)
    timeline.settle(profile, until, rules)
    return profile


def runs(profile: Profile) -> list[Enrollment]:
    """Her runs through journeys, by entry."""
    return sorted(profile.enrollments.values(), key=lambda one: one.entered_at)


def _founded_by(events: Sequence[Event]) -> str:
    return profile_id_for(Reader().of(events[0])[0]) if events else "p_1"


def an_enrollment(**fields: Any) -> Enrollment:
    given: dict[str, Any] = {"journey": "recovery", "key": "", "entered_at": NOW, "arm": "treated", **fields}
    identity = enrollment_id(given["journey"], "p_1", given["key"], given["entered_at"])
    return Enrollment(**{"enrollment_id": identity, "ends_at": given["entered_at"] + 3 * DAY, **given})


def enrolled(profile: Profile, **fields: Any) -> Enrollment:
    """Put an enrollment on the profile."""
    one = an_enrollment(**fields)
    profile.enrollments[one.enrollment_id] = one
    return one


def conversions_by(*last: tuple[str, str]) -> tuple[Conversion, ...]:
    """Of one who converted several times, with what came last each time."""
    return tuple(
        Conversion(
            enrollment_id=f"e{place}",
            journey="recovery",
            at=NOW,
            order_id="",
            value=None,
            trail=(
                TrailTouch("mailer", "send_email", "email", 0, NOW, "sent"),
                TrailTouch(*pair, "x", 1, NOW, "sent"),
            ),
        )
        for place, pair in enumerate(last)
    )


def a_message(**fields: Any) -> Message:
    given = {
        "message_id": "msg_1",
        "profile_id": "p_1",
        "enrollment_id": an_enrollment().enrollment_id,
        "journey": "recovery",
        "step": 0,
        "connector": "mailer",
        "action": "send_email",
        "verb": "send",
        "planned_at": NOW,
    }
    return Message.model_validate({**given, **fields})


WHOLE: Mapping[str, Any] = {
    "params": {"template": "hello", "weights": [1, 2.5]},
    "target": "shoppers",
    "turns_off": True,
    "expires_at": NOW + DAY,
    "between": {"from": "22:00", "to": "06:00"},
    "only_if": {"identified_by": "email"},
    "variant": "A",
}
"""All that a message may say beyond what every message says."""


def a_delivery(**fields: Any) -> Delivery:
    given = {
        "message_id": "msg_1",
        "profile_id": "p_1",
        "enrollment_id": an_enrollment().enrollment_id,
        "journey": "recovery",
        "step": 0,
        "connector": "mailer",
        "action": "send_email",
        "channel": "email",
        "status": "sent",
        "at": NOW,
        "capped": True,
    }
    return Delivery.model_validate({**given, **fields})
