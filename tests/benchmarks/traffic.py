"""Shoppers' visits as an SDK in the browser sends them: 20 events of about 1 KB each."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from hub.clock import DAY, HOUR, MINUTE, SECOND, Instant, format_instant

VISITS = 4
"""Of each shopper, so a quarter of all visits are somebody's first."""
EVENTS = 20
_KNOWN, _FILLS_CART, _BUYS = 0.4, 0.15, 0.3
"""Shares: of shoppers who log in, of visits that fill a cart, and of those that end in an order."""
_CATEGORIES = ("Tea", "Coffee", "Cups", "Pots")

_CONTEXT = {
    "userAgent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36",
    "userAgentData": {"brands": [{"brand": "Chromium", "version": "156"}], "mobile": False, "platform": "Linux"},
    "locale": "en-US",
    "library": {"name": "analytics.js", "version": "npm:next-1.84.3"},
    "campaign": {"name": "autumn", "source": "newsletter", "medium": "email"},
    "timezone": "Europe/Prague",
    "consent": {"categoryPreferences": {"email": True, "advertising": True, "personalisation": True}},
}

Message = dict[str, Any]


@dataclass(frozen=True)
class Visit:
    shopper: str
    messages: tuple[tuple[Instant, Message], ...]
    """(when, what), in order of time."""


def visits(shoppers: int, start: Instant, days: int = 14, seed: int = 7) -> Iterator[Visit]:
    """Every visit of so many shoppers, spread over so many days; all shop in the same half hour, so that
    their messages meet in batches."""
    for number in range(shoppers):
        luck = Random(f"{seed} {number}")  # noqa: S311 - traffic, not secrets
        known = luck.random() < _KNOWN
        for place in range(VISITS):
            evening = start + place * days * DAY // VISITS + 18 * HOUR
            begin = evening + luck.randrange(30 * MINUTE)
            yield _visit(f"{number:05d}", place, begin, luck, known=known)


def _visit(shopper: str, place: int, begin: Instant, luck: Random, *, known: bool) -> Visit:
    names = _script(luck, logs_in=known and place == 0)
    at, messages = begin, []
    for number, name in enumerate(names):
        messages.append((at, _message(shopper, f"{place}-{number}", name, at, luck, known=known)))
        at += luck.randrange(5 * SECOND, MINUTE)
    return Visit(shopper, tuple(messages))


def _script(luck: Random, *, logs_in: bool) -> list[str]:
    """The names of a visit's events; a lower-case one is the type of an event that has no name."""
    looks = ["page" if place % 2 == 0 else "Product Viewed" for place in range(EVENTS)]
    if logs_in:
        looks[1] = "identify"
    if luck.random() < _FILLS_CART:
        looks[12] = "Product Added"
        if luck.random() < _BUYS:
            looks[-1] = "Order Completed"
    return looks


def _message(shopper: str, number: str, name: str, at: Instant, luck: Random, *, known: bool) -> Message:
    path = f"/shop/{luck.choice(_CATEGORIES).lower()}/{luck.randrange(900):03d}"
    who = {"anonymousId": f"2d1c3e5a-1111-2222-3333-{shopper:>012}"} | (
        {"userId": f"user-{shopper}"} if known else {}
    )
    page = {"path": path, "referrer": "", "search": "", "title": path, "url": f"https://shop.example{path}"}
    return {
        "messageId": f"ajs-next-{at}-{shopper}-{number}-9f8e7d6c5b4a3921",
        "timestamp": format_instant(at),
        "sentAt": format_instant(at),
        **who,
        **_what(name, shopper, number, luck),
        "context": {**_CONTEXT, "page": page},
        "integrations": {},
        "_metadata": {"bundled": ["Segment.io"], "unbundled": [], "bundledIds": []},
    }


def _what(name: str, shopper: str, number: str, luck: Random) -> Message:
    if name == "page":
        return {"type": "page", "name": "Shop", "properties": {"title": "Shop"}}
    if name == "identify":
        return {"type": "identify", "traits": {"email": f"{shopper}@shop-mail.example", "firstName": "Anna"}}
    return {"type": "track", "event": name, "properties": _properties(name, f"{shopper}-{number}", luck)}


def _properties(name: str, number: str, luck: Random) -> Message:
    product = luck.randrange(900)
    line = {
        "product_id": f"p-{product}",
        "sku": f"G-{product}",
        "name": f"Green tea {product}",
        "category": luck.choice(_CATEGORIES),
        "price": 5 + product / 10,
        "quantity": 1,
        "currency": "EUR",
    }
    if name == "Order Completed":
        return {"order_id": f"o-{number}", "revenue": line["price"], "currency": "EUR", "products": [line]}
    cart = {"cart_id": f"c-{number}"} if name == "Product Added" else {}
    return {**cart, **line, "image_url": f"https://shop.example/i/{product}.jpg"}


def average_bytes(sample: list[Visit]) -> float:
    sizes = [len(json.dumps(message)) for visit in sample for _, message in visit.messages]
    return sum(sizes) / len(sizes)
