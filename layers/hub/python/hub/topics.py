"""What a segment's answer hangs on: the events, and the kinds of fact, that can change it at once."""

from collections.abc import Iterable

from hub import orders
from hub.strategy.conditions import Trait, walk
from hub.strategy.lifetime import total_of
from hub.strategy.scoring_models import PREFIX, ScoringModel
from hub.strategy.segments import Segment

ANY_EVENT, TRAITS, CART, CONSENT = "*", "*traits", "*cart", "*consent"
_TOPICS = {
    "trait": TRAITS,
    "cart": CART,
    "consents_to": CONSENT,
    "quiet_for": ANY_EVENT,
    "identified_by": ANY_EVENT,
}


def topics_of(segment: Segment, models: Iterable[ScoringModel]) -> set[str]:
    found: set[str] = set()
    foretold = {f"{PREFIX}.{model.trait}": model for model in models}
    for _, part in walk(segment.when):
        if isinstance(part, Trait) and total_of(part.name):
            found |= orders.EVENTS
        elif isinstance(part, Trait) and part.name in foretold:
            found |= _topics_of_model(foretold[part.name])
        elif part.kind in _TOPICS:
            found.add(_TOPICS[part.kind])
        found.update(getattr(part, "events", ()), getattr(part, "of", ()))
        since = getattr(part, "since", None)
        found.update([since.last] if since else ())
    return found


def _topics_of_model(model: ScoringModel) -> set[str]:
    by_orders = orders.EVENTS if model.asks_of_orders else frozenset()
    return {*model.events, *by_orders, *([CART] if model.asks_of_cart else [])}
