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
GAPS = (DAY, 3 * DAY, 6 * DAY)
KNOWN, FILLS_CART, BUYS = (2, 5), (3, 20), (1, 3)
"""Shares: of shoppers who log in, of visits that fill a cart, and of those that end in an order."""
_CATEGORIES = ("Tea", "Coffee", "Cups", "Pots")

_CONTEXT = {
    "userAgent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156 Safari",
    "userAgentData": {
        "brands": [{"brand": "Chromium", "version": "156"}],
        "mobile": False,
        "platform": "Linux",
    },
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


def visits(shoppers: int, start: Instant) -> Iterator[Visit]:
    """Every visit of so many shoppers. All shop in the same quarter of an hour, so that their messages meet
    in batches; each comes back after one, three and six days."""
    for number in range(shoppers):
        luck = Random(number)
        evening = start + 18 * HOUR
        for place in range(VISITS):
            begin = evening + luck.randrange(2 * MINUTE)
            yield _visit(number, place, begin, luck)
            evening += GAPS[place % len(GAPS)]


def _visit(number: int, place: int, begin: Instant, luck: Random) -> Visit:
    known, shopper = _is_one_of(KNOWN, number), f"{number:05d}"
    names = _script(number * VISITS + place, logs_in=known and place == 0)
    at, messages = begin, []
    for position, name in enumerate(names):
        messages.append((at, _message(shopper, f"{place}-{position}", name, at, luck, known=known)))
        at += luck.randrange(5 * SECOND, MINUTE)
    return Visit(shopper, tuple(messages))


def _is_one_of(share: tuple[int, int], number: int) -> bool:
    """Dealt out evenly and not drawn: a small sample has exactly the shares that it is said to have."""
    most, of = share
    return number * most % of < most


def _script(visit: int, *, logs_in: bool) -> list[str]:
    """The names of a visit's events; a lower-case one is the type of an event that has no name."""
    names = ["page" if position % 2 == 0 else "Product Viewed" for position in range(EVENTS)]
    if logs_in:
        names[1] = "identify"
    if _is_one_of(FILLS_CART, visit):
        names[12] = "Product Added"
        if _is_one_of(BUYS, visit * FILLS_CART[0] // FILLS_CART[1]):
            names[-1] = "Order Completed"
    return names


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
