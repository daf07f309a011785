"""What a journey's runs can be told apart by: one value of the document that templates see."""

from hub.strategy.lifetime import PREFIX, TOTALS
from hub.strategy.model import Mistake, in_words

OF_CART = ("cart_id", "currency", "items", "value", "summary", "updated_at")
OF_PROFILE = ("id", "user_id", "email", "phone", "anonymous_id")
_KEYS = {
    "cart": OF_CART,
    "profile": (*OF_PROFILE, *(f"{PREFIX}.{total}" for total in TOTALS)),
}
_TRAIT = "profile.traits."


def check_key(key: str) -> str:
    """The key itself, unless there is never such a value: there would be one run and no other."""
    root, _, name = key.partition(".")
    if root not in _KEYS:
        raise Mistake(f"'{key}' is no key", "begin with cart. or profile., e.g. cart.cart_id", key="key")
    if name not in _KEYS[root] and not (key.startswith(_TRAIT) and len(key) > len(_TRAIT)):
        more = " and traits.NAME" if root == "profile" else ""
        raise Mistake(f"'{key}' is no key", f"{root}. goes before {in_words(_KEYS[root])}{more}", key="key")
    return key
