"""Who they are, and what each does when: all of it in hub time, counted from the opening of the shop."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import count
from typing import Any, Literal

from cli.demo.story import MOMENT, Story
from cli.sandbox.vendors.intercom import contact_id
from hub.clock import MINUTE, Duration
from hub.enrollments import Arm

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

    def first(self, event: str) -> Duration | None:
        """When she first does it."""
        return next((act.at for act in self.acts if isinstance(act, Does) and act.event == event), None)


TEA = {
    "product_id": "tea-1",
    "sku": "tea-1",
    "name": "Green tea",
    "category": "Tea",
    "price": 6.9,
    "quantity": 2,
}
CUP = {
    "product_id": "cup-7",
    "sku": "cup-7",
    "name": "Stoneware cup",
    "category": "Cups",
    "price": 12.0,
    "quantity": 1,
}
POT = {
    "product_id": "pot-3",
    "sku": "pot-3",
    "name": "Iron teapot",
    "category": "Pots",
    "price": 46.0,
    "quantity": 1,
}


def cast(story: Story, run: str) -> tuple[Shopper, ...]:
    """The seven; `run` keeps them apart from those of an earlier demo on the same stack."""
    # The first step is due once she was quiet; nobody does anything after the sixth minute before that.
    begun = 6 * MINUTE + story.quiet
    between = begun + (story.after(-2) + story.after(-1)) // 2
    late = begun + story.after(-1) + MOMENT
    early = begun + MOMENT
    return (
        _anna(story, run, returns=begun + story.after(-2) + MOMENT, buys=late),
        _ben(story, run),
        _shopper(story, run, "Cleo", "never comes back", "never returns", *_fills(CUP)),
        _shopper(
            story, run, "Dora", "buys between the two e-mails", "buys", *_fills(POT), *_buys(POT, at=between)
        ),
        _shopper(
            story,
            run,
            "Emil",
            "unsubscribes after the first e-mail",
            "unsubscribes",
            *_fills(TEA),
            Unsubscribes(at=early),
        ),
        _shopper(
            story,
            run,
            "Finn",
            "is held out, to measure the others by",
            "held out",
            *_fills(TEA),
            arm="holdout",
        ),
        _shopper(
            story,
            run,
            "Greta",
            "empties her cart",
            "empties her cart",
            *_fills(CUP),
            *_empties(CUP, at=early),
        ),
    )


def _anna(story: Story, run: str, *, returns: Duration, buys: Duration) -> Shopper:
    """Browses on her phone, leaves her e-mail address there, and signs in on her laptop."""
    phone = (
        Does(at=0, device="phone", event="page"),
        Does(at=1 * MINUTE, device="phone", event="Product Viewed", properties=TEA),
        Does(at=2 * MINUTE, device="phone", event="Product Added", properties={"cart_id": "anna", **TEA}),
        Tells(at=3 * MINUTE, device="phone", as_user=False),
    )
    laptop = (Does(at=5 * MINUTE, event="page"), Tells(at=6 * MINUTE))
    back = (Does(at=returns, event="page"), Asks(at=returns + MINUTE))
    bought = (*_buys(TEA, at=buys), Asks(at=buys + 30 * MINUTE))
    line = "two devices; comes back, sees her cart on the site, buys after the second e-mail"
    return _shopper(story, run, "Anna", line, "buys", *phone, *laptop, *back, *bought)


def _ben(story: Story, run: str) -> Shopper:
    return _shopper(
        story, run, "Ben", "buys at once", "buys at once", *_fills(TEA), *_buys(TEA, at=12 * MINUTE)
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
        "order_id": f"order-{product['sku']}",
        "revenue": worth,
        "currency": "EUR",
        "products": [product],
    }
    return (Does(at=at, event="Order Completed", properties=order),)


def _empties(product: Mapping[str, Any], *, at: Duration) -> tuple[Act, ...]:
    return (Does(at=at, event="Product Removed", properties={"cart_id": "cart", **product}),)


def _shopper(
    story: Story, run: str, name: str, line: str, ending: Ending, *acts: Act, arm: Arm = "treated"
) -> Shopper:
    """With the first user id that puts her into the arm: the hold-out is drawn by a hash of who she is."""
    drawn = (
        Shopper(name=name, line=line, ending=ending, user_id=f"{name.lower()}-{run}{n}", acts=acts)
        for n in count()
    )
    return next(one for one in drawn if story.arm(_identifiers(one)) == arm)


def _identifiers(shopper: Shopper) -> list[tuple[str, str]]:
    devices = sorted({act.device for act in shopper.acts})
    anonymous = [("anonymous_id", shopper.anonymous_id(device)) for device in devices]
    return [("user_id", shopper.user_id), ("email", shopper.email), *anonymous]
