"""Who they are, and what each does when: all of it in hub time, counted from the opening of the shop."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from itertools import count
from typing import Any, Literal

from cli.demo.story import MOMENT, Story
from cli.sandbox.vendors.intercom import contact_id
from hub.clock import MINUTE, Duration

Ending = Literal["buys", "buys at once", "empties her cart", "unsubscribes", "never returns", "held out"]


@dataclass(frozen=True, kw_only=True)
class Act:
    at: Duration
    device: str = "laptop"


@dataclass(frozen=True, kw_only=True)
class Does(Act):
    """An event of the tracking spec; "page" is a page view."""

    event: str
    properties: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Tells(Act):
    """She says who she is: by her user id, or, without one, by her e-mail address alone."""

    as_user: bool = True


@dataclass(frozen=True, kw_only=True)
class Asks(Act):
    """Her browser asks what the site may show her."""


@dataclass(frozen=True, kw_only=True)
class Unsubscribes(Act):
    """She presses the unsubscribe button of her mail program."""


@dataclass(frozen=True, kw_only=True)
class Shopper:
    name: str
    line: str
    """Her part of the story, in a few words."""
    ending: Ending
    user_id: str
    acts: tuple[Act, ...]

    @property
    def email(self) -> str:
        return f"{self.user_id}@example.com"

    def anonymous_id(self, device: str) -> str:
        return f"{self.user_id}-{device}"

    @property
    def marks(self) -> frozenset[str]:
        """Everything by which a vendor's request may name her."""
        known = (self.user_id, self.email)
        hashes = (sha256(self.email.encode()).hexdigest(), *map(contact_id, known))
        return frozenset((*known, *hashes))

    @property
    def goods(self) -> frozenset[str]:
        """Names of what she put into her cart."""
        added = (act for act in self.acts if isinstance(act, Does) and act.event == "Product Added")
        return frozenset(str(act.properties["name"]) for act in added)


_TEA = {
    "product_id": "tea-1",
    "name": "Green tea",
    "category": "Tea",
    "price": 6.9,
    "quantity": 2,
    "currency": "EUR",
}
_CUP = {
    "product_id": "cup-7",
    "name": "Stoneware cup",
    "category": "Cups",
    "price": 12.0,
    "quantity": 1,
    "currency": "EUR",
}
_POT = {
    "product_id": "pot-3",
    "name": "Iron teapot",
    "category": "Pots",
    "price": 46.0,
    "quantity": 1,
    "currency": "EUR",
}


def cast(story: Story, run: str) -> tuple[Shopper, ...]:
    """The seven; `run` keeps them apart from those of an earlier demo on the same stack."""
    # Nobody does anything after the sixth minute of her visit, and then the silence begins to count.
    begun = 6 * MINUTE + story.quiet
    early = begun + MOMENT
    between = begun + (story.after(-2) + story.after(-1)) // 2
    late = begun + story.after(-1) + MOMENT
    returns = begun + story.after(-2) + MOMENT
    come_in: tuple[tuple[str, Ending, str, tuple[Act, ...]], ...] = (
        (
            "Anna",
            "buys",
            "two devices; returns, and buys after the last e-mail",
            _anna(returns=returns, buys=late),
        ),
        ("Ben", "buys at once", "buys at once", (*_fills(_TEA), *_buys(_TEA, at=12 * MINUTE))),
        ("Cleo", "never returns", "never comes back", _fills(_CUP)),
        ("Dora", "buys", "buys between two e-mails", (*_fills(_POT), *_buys(_POT, at=between))),
        (
            "Emil",
            "unsubscribes",
            "unsubscribes after the first e-mail",
            (*_fills(_TEA), Unsubscribes(at=early)),
        ),
        ("Finn", "held out", "is held out, to measure the others by", _fills(_TEA)),
        ("Greta", "empties her cart", "empties her cart", (*_fills(_CUP), *_empties(_CUP, at=early))),
    )
    return tuple(
        _drawn(
            story,
            run,
            Shopper(name=name, ending=ending, line=line, acts=_later(acts, place * _APART), user_id=""),
        )
        for place, (name, ending, line, acts) in enumerate(come_in)
    )


_APART: Duration = 12 * MINUTE
"""From one shopper's coming to the next one's."""


def _anna(*, returns: Duration, buys: Duration) -> tuple[Act, ...]:
    """Browses on her phone, leaves her e-mail address there, and signs in on her laptop."""
    return (
        Does(at=0, device="phone", event="page"),
        Does(at=1 * MINUTE, device="phone", event="Product Viewed", properties=_TEA),
        Does(at=2 * MINUTE, device="phone", event="Product Added", properties={"cart_id": "anna", **_TEA}),
        Tells(at=3 * MINUTE, device="phone", as_user=False),
        Does(at=5 * MINUTE, event="page"),
        Tells(at=6 * MINUTE),
        Does(at=returns, event="page"),
        Asks(at=returns + MINUTE),
        *_buys(_TEA, at=buys),
        Asks(at=buys + 30 * MINUTE),
    )


def _fills(product: Mapping[str, Any]) -> tuple[Act, ...]:
    """Her visit of six minutes: she signs in, looks around and puts something into her cart."""
    return (
        Tells(at=0),
        Does(at=1 * MINUTE, event="page"),
        Does(at=3 * MINUTE, event="Product Viewed", properties=product),
        Does(at=6 * MINUTE, event="Product Added", properties={"cart_id": "cart", **product}),
    )


def _buys(product: Mapping[str, Any], *, at: Duration) -> tuple[Act, ...]:
    worth = round(product["price"] * product["quantity"], 2)
    order = {
        "order_id": f"order-{product['product_id']}",
        "revenue": worth,
        "currency": "EUR",
        "products": [product],
    }
    return (Does(at=at, event="Order Completed", properties=order),)


def _empties(product: Mapping[str, Any], *, at: Duration) -> tuple[Act, ...]:
    return (Does(at=at, event="Product Removed", properties={"cart_id": "cart", **product}),)


def _later(acts: tuple[Act, ...], by: Duration) -> tuple[Act, ...]:
    return tuple(replace(act, at=act.at + by) for act in acts)


def _drawn(story: Story, run: str, shopper: Shopper) -> Shopper:
    """With the first user id that puts her into her arm: the hold-out is drawn by a hash of who she is."""
    arm = "holdout" if shopper.ending == "held out" else "treated"
    tried = (replace(shopper, user_id=f"{shopper.name.lower()}-{run}{n}") for n in count())
    return next(one for one in tried if story.arm(_identifiers(one)) == arm)


def _identifiers(shopper: Shopper) -> list[tuple[str, str]]:
    devices = sorted({act.device for act in shopper.acts})
    anonymous = [("anonymous_id", shopper.anonymous_id(device)) for device in devices]
    return [("user_id", shopper.user_id), ("email", shopper.email), *anonymous]
