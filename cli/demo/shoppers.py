"""Who they are, and what each does when: all of it in hub time, counted from the opening of the shop."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import count
from typing import Any

from cli.demo.acts import Act, Asks, Does, Ending, Shopper, Tells, Unsubscribes, Withdraws
from cli.demo.story import MOMENT, Story
from hub.clock import MINUTE, Duration

_TEA = {"product_id": "tea-1", "name": "Green tea", "category": "Tea", "price": 6.9, "quantity": 2}
_CUP = {"product_id": "cup-7", "name": "Stoneware cup", "category": "Cups", "price": 12.0, "quantity": 1}
_POT = {"product_id": "pot-3", "name": "Iron teapot", "category": "Pots", "price": 46.0, "quantity": 1}

_APART: Duration = 12 * MINUTE
"""From one shopper's coming to the next one's."""
_VISIT: Duration = 6 * MINUTE
"""How long everybody's first visit takes; after it, the silence begins to count."""


def cast(story: Story, run: str) -> tuple[Shopper, ...]:
    """The eight; `run` keeps them apart from those of an earlier demo on the same stack."""
    regulars = (_anna(story), _ben(), _cleo(), _dora(story), _emil(story), _finn())
    parts = (*regulars, _greta(story), _hana(story))
    return tuple(_drawn(story, run, _later(part, place * _APART)) for place, part in enumerate(parts))


def _anna(story: Story) -> Shopper:
    """Browses on her phone, leaves her e-mail address there, and signs in on her laptop."""
    phone = (
        Does(at=0, device="phone", event="page"),
        Does(at=1 * MINUTE, device="phone", event="Product Viewed", properties=_TEA),
        Does(
            at=2 * MINUTE,
            device="phone",
            event="Product Added",
            properties={"cart_id": "anna", "currency": "EUR", **_TEA},
        ),
        Tells(at=3 * MINUTE, device="phone", as_user=False),
    )
    laptop = (Does(at=5 * MINUTE, event="page"), Tells(at=_VISIT))
    returns, buys = _after(story, -2, MOMENT), _after(story, -1, MOMENT)
    back = (Does(at=returns, event="page"), Asks(at=returns + MINUTE))
    bought = (*_buys(_TEA, at=buys), Asks(at=buys + 30 * MINUTE))
    return _part(
        "Anna", "buys", "two devices; returns, buys after the last e-mail", *phone, *laptop, *back, *bought
    )


def _ben() -> Shopper:
    return _part("Ben", "buys at once", "buys at once", *_fills(_TEA), *_buys(_TEA, at=2 * _VISIT))


def _cleo() -> Shopper:
    return _part("Cleo", "never returns", "never comes back", *_fills(_CUP))


def _dora(story: Story) -> Shopper:
    return _part(
        "Dora", "buys", "buys between two e-mails", *_fills(_POT), *_buys(_POT, at=_between_mails(story))
    )


def _emil(story: Story) -> Shopper:
    leaves = Unsubscribes(at=_after(story, 0, MOMENT))
    return _part("Emil", "unsubscribes", "unsubscribes after the first e-mail", *_fills(_TEA), leaves)


def _finn() -> Shopper:
    return _part("Finn", "held out", "is held out, to measure the others by", *_fills(_TEA))


def _greta(story: Story) -> Shopper:
    emptied = Does(
        at=_after(story, 0, MOMENT), event="Product Removed", properties={"cart_id": "cart", **_CUP}
    )
    return _part("Greta", "empties her cart", "empties her cart", *_fills(_CUP), emptied)


def _hana(story: Story) -> Shopper:
    """Sees her cart on the site, then says no to everything, and is on the site once more."""
    no = Withdraws(at=_between_mails(story))
    visits = (Asks(at=no.at - MINUTE), no, Asks(at=no.at + MOMENT))
    return _part(
        "Hana", "withdraws her consent", "withdraws her consent between two e-mails", *_fills(_POT), *visits
    )


def _part(name: str, ending: Ending, line: str, *acts: Act) -> Shopper:
    return Shopper(name=name, ending=ending, line=line, acts=acts, user_id="")


def _fills(product: Mapping[str, Any]) -> tuple[Act, ...]:
    """Her first visit: she signs in, looks around and puts something into her cart."""
    return (
        Tells(at=0),
        Does(at=1 * MINUTE, event="page"),
        Does(at=3 * MINUTE, event="Product Viewed", properties=product),
        Does(at=_VISIT, event="Product Added", properties={"cart_id": "cart", "currency": "EUR", **product}),
    )


def _buys(product: Mapping[str, Any], *, at: Duration) -> tuple[Act, ...]:
    worth = round(product["price"] * product["quantity"], 2)
    order_id = f"order-{product['product_id']}"
    order = {"order_id": order_id, "revenue": worth, "currency": "EUR", "products": [product]}
    return (Does(at=at, event="Order Completed", properties=order),)


def _after(story: Story, step: int, moment: Duration = 0) -> Duration:
    """When a step is due for somebody who comes at the opening, or a moment later."""
    return _VISIT + story.quiet + story.after(step) + moment


def _between_mails(story: Story) -> Duration:
    return (_after(story, -2) + _after(story, -1)) // 2


def _later(part: Shopper, by: Duration) -> Shopper:
    return replace(part, acts=tuple(replace(act, at=act.at + by) for act in part.acts))


def _drawn(story: Story, run: str, shopper: Shopper) -> Shopper:
    """With the first user id that puts her into her arm: the hold-out is drawn by a hash of who she is."""
    arm = "holdout" if shopper.ending == "held out" else "treated"
    tried = (replace(shopper, user_id=f"{shopper.name.lower()}-{run}{n}") for n in count())
    return next(one for one in tried if story.arm(_identifiers(one)) == arm)


def _identifiers(shopper: Shopper) -> list[tuple[str, str]]:
    devices = sorted({act.device for act in shopper.acts})
    anonymous = [("anonymous_id", shopper.anonymous_id(device)) for device in devices]
    return [("user_id", shopper.user_id), ("email", shopper.email), *anonymous]
