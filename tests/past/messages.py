"""Real shops' messages, and what their data leaves out: who the customers are and what lay in their carts.

REES46: 17,434 clicks of 4,504 customers in under three hours. UCI: 25,900 invoices of 4,372 customers
and some strangers in 374 days. Neither tells of e-mail addresses, birthdays or consent, and UCI of no
carts; these are made up here from each customer's id, so that every run has the same.
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256
from typing import Any

from tests.public_data import FILES

Message = dict[str, Any]
COUNTRIES = ("CZ", "SK", "DE", "GB")
TIERS = ("gold", "silver", None)
BIRTHDAYS = ("1988-02-29", "1990-12-31", "1975-01-01")
"""Besides days of every other date: those that calendars stumble over."""


@cache
def customers(name: str) -> dict[str, list[Message]]:
    """User id, or the stranger's anonymous id -> her messages, the made-up ones among them."""
    told: dict[str, list[Message]] = {}
    for message in _real(name):
        told.setdefault(whose(message), []).append(message)
    return {who: [*messages, *_made_up(who, messages)] for who, messages in told.items()}


def whose(message: Message) -> str:
    return str(message.get("userId") or message["anonymousId"])


def _real(name: str) -> Iterator[Message]:
    command = [sys.executable, str(FILES[name].parent / "to_events.py"), str(FILES[name])]
    told = subprocess.run(command, capture_output=True, text=True, check=True)
    return (_slim(json.loads(line)) for line in told.stdout.splitlines())


def _slim(message: Message) -> Message:
    """Three products of an order are enough: some have hundreds."""
    products = message["properties"].get("products")
    if products:
        message["properties"]["products"] = products[:3]
    return message


def _made_up(who: str, messages: Sequence[Message]) -> Iterator[Message]:
    if "userId" not in messages[0]:
        return
    first, middle = messages[0], messages[len(messages) // 2]
    draw = int(sha256(who.encode()).hexdigest(), 16)
    yield _identify(who, first, draw, minutes=-1)
    if draw % 3:
        yield _change_of_mind(who, middle, draw // 3)
    if draw % 2:
        yield _cart(who, middle, draw // 2)


def _identify(who: str, beside: Message, draw: int, *, minutes: int) -> Message:
    traits = {"country": COUNTRIES[draw % 4], "tier": TIERS[draw % 3], "birthday": _birthday(draw)}
    reachable = {"email": f"{who}@shop.example"} if draw % 5 else {}
    agreed = {} if draw % 7 == 0 else {"email": draw % 11 > 2, "advertising": draw % 2 == 0}
    return _message(who, "identify", beside, minutes) | {
        "traits": {**traits, **reachable},
        "context": {"consent": {"categoryPreferences": agreed}},
    }


def _change_of_mind(who: str, beside: Message, draw: int) -> Message:
    return _message(who, "identify-again", beside, draw % 300 + 1) | {
        "traits": {"tier": TIERS[draw % 3]},
        "context": {"consent": {"categoryPreferences": {"email": draw % 2 == 0}}},
    }


def _cart(who: str, beside: Message, draw: int) -> Message:
    """Of one product, some time before or after what she really did."""
    line = {"product_id": f"p{draw % 9}", "price": draw % 400 + 0.5, "quantity": draw % 4 + 1}
    return _message(who, "cart", beside, draw % 600 - 300) | {
        "type": "track",
        "event": ("Product Added", "Product Added", "Product Removed", "Cart Viewed")[draw % 4],
        "properties": {**line, "products": [line], "cart_id": f"cart-{who}"},
    }


def _birthday(draw: int) -> str:
    if draw % 50 < len(BIRTHDAYS):
        return BIRTHDAYS[draw % 50]
    return f"{1940 + draw % 60}-{draw % 12 + 1:02}-{draw % 28 + 1:02}"


def _message(who: str, what: str, beside: Message, minutes: int) -> Message:
    """A few seconds off the minute: what happened at the very same instant has no order."""
    at = datetime.fromisoformat(beside["timestamp"].removesuffix("Z")) + timedelta(minutes=minutes, seconds=7)
    return {
        "type": "identify",
        "messageId": f"{who}-{what}",
        "timestamp": at.isoformat(timespec="seconds") + "Z",
        "userId": who,
    }
