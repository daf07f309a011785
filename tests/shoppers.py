"""Shoppers and what they do: valid defaults, so that a test says only what matters to it."""

from collections.abc import Mapping
from typing import Any

from hub.clock import DAY, MINUTE, Instant, parse_instant
from hub.events import Event
from hub.strategy.strategy import Strategy

NOON: Instant = parse_instant("2026-11-21T12:00:00Z")
TEA: dict[str, Any] = {"product_id": "tea", "name": "Green tea", "price": 12.5, "quantity": 2}
CONSENT: dict[str, Any] = {"consent": {"categoryPreferences": {"advertising": True, "email": True}}}

CART_ABANDONER = {
    "name": "cart_abandoner",
    "description": "Left a cart.",
    "when": {"all": [{"cart": {"items": {"at_least": 1}}}, {"quiet_for": "30m"}]},
}
REGULAR = {
    "name": "regular",
    "description": "Bought twice in a month.",
    "when": {"did": "Order Completed", "at_least": 2, "within": "30d"},
}
NAMED = {"name": "named", "description": "Known by e-mail.", "when": {"identified_by": "email"}}
NO_TEA = {
    "name": "no_tea",
    "description": "Never looked at tea.",
    "when": {"did_not": "Product Viewed", "where": {"product_id": "tea"}},
}


REMINDER = {"subject": "Your cart", "text": "{{ cart.summary }}", "html": "<p>{{ cart.summary }}</p>"}


def action(address: str, verb: str, channel: str, target: str = "", **params: Any) -> dict[str, Any]:
    """An action as it stands in a compiled strategy: with what its connector declares."""
    connector, _, name = address.partition(".")
    facts = {"verb": verb, "channel": channel, "target": target, "paid": channel == "ads"}
    return {"connector": connector, "action": name, "params": params, "facts": facts}


MAIL = action("amazon_ses.send_email", "send", "email", template="reminder")
JOIN = action("meta_custom_audiences.join", "join", "ads", "carts", audience="carts")
SHOW = action("site.show", "show", "site", "welcome", slot="welcome", content="reminder")
RECOVERY: dict[str, Any] = {
    "name": "recovery",
    "entry": {"segment": "cart_abandoner", "key": "cart.cart_id", "again_after": "7d"},
    "goal": {"did": "Order Completed", "value": "revenue"},
    "exit": {"cart": {"items": {"exactly": 0}}},
    "ends_after": "3d",
    "steps": [
        {"after": "0s", "do": [MAIL, JOIN, SHOW]},
        {"after": "12h", "do": [MAIL], "only_if": {"cart": {"value": {"more_than": 20}}}},
    ],
}


def strategy(*journeys: Mapping[str, Any], **policy: Any) -> Strategy:
    """Four segments and, unless other journeys are given, one that brings shoppers back to their carts."""
    return Strategy.model_validate(
        {
            "segments": [CART_ABANDONER, REGULAR, NAMED, NO_TEA],
            "journeys": list(journeys or (RECOVERY,)),
            "policy": policy,
            "templates": {"reminder": REMINDER},
        }
    )


def track(name: str, at: Instant = NOON, *, message_id: str = "", **fields: Any) -> Event:
    """A track event of the shopper u-1 on her device a-1, unless `fields` say otherwise."""
    who = {} if {"user_id", "anonymous_id"} & fields.keys() else {"user_id": "u-1", "anonymous_id": "a-1"}
    return _event("track", at, message_id or f"{name} {at}", name=name, **who, **fields)


def identify(at: Instant = NOON, *, message_id: str = "", **fields: Any) -> Event:
    """Who she is; `fields` like user_id, anonymous_id and traits."""
    who = {} if {"user_id", "anonymous_id"} & fields.keys() else {"user_id": "u-1", "anonymous_id": "a-1"}
    return _event("identify", at, message_id or f"identify {at}", **who, **fields)


def _event(kind: str, at: Instant, message_id: str, **fields: Any) -> Event:
    received_at = fields.pop("received_at", at + 1_000)
    return Event(type=kind, message_id=message_id, at=at, received_at=received_at, source="website", **fields)


def a_month_of(user: str, devices: tuple[str, ...], start: Instant = NOON - 30 * DAY) -> list[Event]:
    """A shopper's life on several devices: browsing as a stranger, logging in, filling carts, buying."""
    email = {"email": f"{user}@example.com"}
    days = [start + day * DAY for day in range(20)]
    first, last = devices[0], devices[-1]
    return [
        *(
            track(
                "Product Viewed",
                day,
                message_id=f"{user} view {place}",
                anonymous_id=devices[place % len(devices)],
                properties={"product_id": "tea" if place % 3 else "cup", "price": place},
            )
            for place, day in enumerate(days)
        ),
        *(
            identify(
                days[5] + place * MINUTE,
                message_id=f"{user} login {device}",
                user_id=user,
                anonymous_id=device,
                traits=email | {"last_device": device},
            )
            for place, device in enumerate(devices[:-1])
        ),
        # The last device is known by the address only, say from a newsletter's link.
        identify(days[7], message_id=f"{user} newsletter", anonymous_id=last, traits=email),
        track(
            "Product Added",
            days[8],
            message_id=f"{user} add",
            anonymous_id=last,
            properties=TEA | {"cart_id": f"{user} c1"},
            context=CONSENT,
        ),
        track(
            "Order Completed",
            days[9],
            message_id=f"{user} order 1",
            user_id=user,
            properties={"order_id": f"{user} o1", "cart_id": f"{user} c1", "revenue": 25},
        ),
        track(
            "Order Completed",
            days[18],
            message_id=f"{user} order 2",
            anonymous_id=first,
            properties={"order_id": f"{user} o2", "revenue": "40.5"},
        ),
        track(
            "Product Added",
            days[19],
            message_id=f"{user} add again",
            anonymous_id=first,
            properties=TEA | {"cart_id": f"{user} c2", "quantity": 1},
        ),
    ]
