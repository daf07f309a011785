"""A run whose cart changed: it ends, and begins anew when she leaves the cart again (`restart_when`)."""

from collections.abc import Sequence
from hashlib import blake2b

from hub.carts import EVERY_CART, Carts, lying, product_of
from hub.clock import Instant
from hub.enrollments import Enrollment
from hub.keyed_runs import CART
from hub.profiles import Profile
from hub.rules import JourneyRule


def cart_at_entry(profile: Profile, journey: JourneyRule, key: str) -> str:
    """What the run must know of the cart to see it change; "" where it does not ask."""
    return _contents(profile.carts, _cart_of(key, journey.key)) if journey.restart_when else ""


def restarts_before(same_key: Sequence[Enrollment]) -> int:
    """How many runs in a row were restarted up to now; a run that ended otherwise begins the count anew."""
    last = max(same_key, key=lambda one: (one.entered_at, one.enrollment_id), default=None)
    return last.restarts + 1 if last is not None and last.outcome == "restarted" else 0


def is_due(profile: Profile, one: Enrollment, journey: JourneyRule) -> bool:
    """Its cart is another than at the entry, and not only because of something older that came late.

    A run that began before the journey asked for its cart has none to compare, and is not restarted.
    """
    if journey.restart_when is None or not one.cart or one.restarts >= journey.restarts_at_most:
        return False
    cart_id = _cart_of(one.key, one.keyed_by)
    return _touched(profile.carts, cart_id) > one.entered_at and _contents(profile.carts, cart_id) != one.cart


def _cart_of(key: str, keyed_by: str) -> str | None:
    """None: any cart of hers."""
    return key if key and keyed_by == CART else None


def _touched(carts: Carts, cart_id: str | None) -> Instant:
    lines = (line.at for (of, _), line in carts.lines.items() if cart_id in (None, of))
    cuts = (at for of, at in carts.cuts.items() if cart_id is None or of in (cart_id, EVERY_CART))
    return max((*lines, *cuts), default=0)


def _contents(carts: Carts, cart_id: str | None) -> str:
    """What lies in it and how many of each: a look at the cart page, or a new price, is no change of hers.

    Nor is a variant, which many a shop tells on one page and not on the other.
    """
    found: dict[tuple[str, str], float] = {}
    for key, line in lying(carts).items():
        if cart_id in (None, key[0]):
            found[product_of(key)] = found.get(product_of(key), 0) + line.quantity
    told = sorted(f"{of}\x1f{product}\x1f{quantity}" for (of, product), quantity in found.items())
    return blake2b("\x1e".join(told).encode(), digest_size=6).hexdigest()
