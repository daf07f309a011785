"""One shopper, her cart and the hub around her, under the project's own strategy."""

from typing import Any

from hub.clock import MINUTE, Instant, parse_instant
from hub.deliveries import Status
from hub.identities import Identifier, profile_id_for
from hub.profiles import Profile
from hub.rules import Rules
from hub.strategy.journeys import Step
from hub.strategy.strategy import Strategy
from tests.hub_in_hand import HubInHand

TEN: Instant = parse_instant("2026-11-21T10:00:00Z")
QUIET = TEN + 30 * MINUTE
"""When half an hour of quiet makes her an abandoner: everything counts from here."""
JOURNEY = "cart_recovery"
CART = "c-1"
TEA = {"product_id": "tea", "name": "Green tea", "price": 12.5, "quantity": 2, "cart_id": CART}
LEVELS = {"meta_custom_audiences", "optimizely", "intercom", "site", "display_video_360", "google_ads"}


def first_of(strategy: Strategy, arm: str, kind: str) -> str:
    """An identifier of this kind whose owner the journey's hold-out puts into this arm."""
    rules = Rules(strategy)
    names: list[Identifier] = [(kind, f"{kind[0]}-{number}") for number in range(1_000)]
    return next(
        name[1] for name in names if rules.arm_of(profile_id_for(name), rules.journeys[JOURNEY]) == arm
    )


def shortened(strategy: Strategy, *, holdout: float = 0.0) -> Strategy:
    """The project's own journey with a mail, an audience and a second mail: what is sent and what is on."""
    first, _, last = strategy.journey_by_name[JOURNEY].steps
    steps = (_only(first, "amazon_ses", "meta_custom_audiences"), _only(last, "amazon_ses"))
    journey = strategy.journey_by_name[JOURNEY].model_copy(update={"steps": steps, "holdout": holdout})
    return strategy.model_copy(update={"journeys": (journey,)})


def _only(step: Step, *connectors: str) -> Step:
    return step.model_copy(update={"do": tuple(do for do in step.do if do.connector in connectors)})


class Story:
    """One shopper, and the hub around her."""

    def __init__(self, strategy: Strategy, arm: str = "treated", **trouble: Any) -> None:
        self.hub = HubInHand(strategy, TEN, **trouble)
        self.who = {"userId": first_of(strategy, arm, "user_id"), "anonymousId": "a-1"}

    def fills_her_cart(self, **context: Any) -> None:
        traits = {"email": "anna@example.com", "first_name": "Anna"}
        self.hub.say(type="identify", traits=traits, context=context, **self.who)
        self.does("Product Added", **TEA)

    def does(self, event: str, **properties: Any) -> None:
        self.hub.say(type="track", event=event, properties=properties, **self.who)

    def buys(self) -> None:
        self.does("Order Completed", order_id="o-1", cart_id=CART, revenue=25)

    def asked(self) -> list[tuple[str, str, Instant]]:
        """(connector, whether it turns something off, when) of every request that changed something."""
        return [
            (one["connector"], "off" if _is_off(one) else "on", parse_instant(one["at"]))
            for one in self.hub.vendors.asked()
            if not one["path"].endswith("/search")
        ]

    @property
    def mails(self) -> list[tuple[str, Instant]]:
        """Subject and time of each that left."""
        return [
            (one["body"]["Content"]["Simple"]["Subject"]["Data"], parse_instant(one["at"]))
            for one in self.hub.vendors.asked("amazon_ses")
        ]

    @property
    def profile(self) -> Profile:
        return self.hub.profile(("user_id", self.who["userId"]))

    @property
    def statuses(self) -> dict[tuple[str, int], Status]:
        """(connector, step) -> what became of it in the end, as her profile tells it."""
        return {(one.connector, one.step): one.status for one in self.profile.touches.values()}

    @property
    def reasons(self) -> set[str]:
        return {one.reason for one in self.hub.deliveries if one.status is Status.WITHHELD}

    @property
    def standing(self) -> set[str]:
        """The connectors at which something of hers is on."""
        return {key.connector for key, effect in self.hub.effects.rows.items() if effect.confirmed}

    def outcome(self) -> str | None:
        [enrollment] = self.profile.enrollments.values()
        return enrollment.outcome


def _is_off(record: dict[str, Any]) -> bool:
    body = str(record["body"])
    return (
        record["method"] == "DELETE"
        or record["path"].endswith(":remove")
        or "removedContactInfoList" in body
        or "'open_cart': None" in body
        or "No longer applies" in body
    )
