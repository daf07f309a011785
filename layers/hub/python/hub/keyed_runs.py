"""What a run sees of its customer: one that is about a cart sees that cart and no other."""

from copy import copy

from hub import carts
from hub.enrollments import Enrollment
from hub.profiles import Profile

CART = "cart.cart_id"


def seen_by(profile: Profile, one: Enrollment | None) -> Profile:
    """The customer as this run's templates and conditions see her; to be read, not to be written back."""
    if one is None or not one.key or one.keyed_by != CART:
        return profile
    seen = copy(profile)
    seen.carts = carts.only(profile.carts, one.key)
    return seen
