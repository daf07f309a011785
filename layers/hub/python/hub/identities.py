"""Who an event speaks of: identifiers, normalised so that equal people have equal texts.

An identifier is (type, normalised value). Types in order of priority: user_id, email, phone,
anonymous_id. A blocked value ("null", "000", …) is no identifier: it would merge strangers.
"""

import re
from functools import lru_cache
from hashlib import blake2b

from hub.events import Event

Identifier = tuple[str, str]

PRIORITY = ("user_id", "email", "phone", "anonymous_id")

# After Segment's Unify defaults: what broken clients send instead of nothing.
_BLOCKED = frozenset(
    {"null", "none", "undefined", "nil", "nan", "-1", "anonymous", "unknown", "guest", "[object object]"}
)
_ONLY_ZEROS = re.compile(r"^[0-]*$")
_TEST_DOMAINS = ("example.invalid", "test.invalid")
_PHONE_JUNK = str.maketrans("", "", " \t-.()/\u00a0")
_E164 = re.compile(r"^\+[1-9]\d{6,14}$")


def identifiers_of(event: Event) -> tuple[Identifier, ...]:
    """The identifiers an event carries, an alias's previous id included, best first, each once."""
    if not event.traits and event.type != "alias":
        return _ids(event.user_id, event.anonymous_id)
    told = (
        ("user_id", usable(event.user_id)),
        ("email", email(event.traits.get("email"))),
        ("phone", phone(event.traits.get("phone"))),
        ("anonymous_id", usable(event.anonymous_id)),
        aliased(event) or ("anonymous_id", ""),
    )
    return tuple(dict.fromkeys(one for one in told if one[1]))


@lru_cache(maxsize=50_000)
def _ids(user_id: str, anonymous_id: str) -> tuple[Identifier, ...]:
    """Of most events, and of each customer's events the same again and again."""
    told = (("user_id", usable(user_id)), ("anonymous_id", usable(anonymous_id)))
    return tuple(one for one in told if one[1])


def aliased(event: Event) -> Identifier | None:
    """The older identifier an alias event names; None where it says nothing new.

    analytics.js fills previousId with a user id or an anonymous id and does not say which; it also
    sends userId == previousId, which must be harmless.
    """
    if event.type != "alias":
        return None
    previous = usable(event.previous_id)
    return ("anonymous_id", previous) if previous and previous != event.user_id else None


def usable(value: str) -> str:
    """The trimmed value, or "" when it stands for nobody."""
    trimmed = value.strip()
    if trimmed.lower() in _BLOCKED or _ONLY_ZEROS.match(trimmed):
        return ""
    return trimmed


def email(value: object) -> str:
    """Trimmed and lower-cased, the domain in its ASCII form; "" when it is no address."""
    if not isinstance(value, str):
        return ""
    local, at, domain = value.strip().lower().rpartition("@")
    if not (at and local and "." in domain) or " " in local or domain.endswith(_TEST_DOMAINS):
        return ""
    ascii_domain = _to_ascii(domain)
    return f"{local}@{ascii_domain}" if ascii_domain else ""


def phone(value: object) -> str:
    """E.164 with its plus; "" when the country cannot be known from the number itself."""
    if not isinstance(value, str):
        return ""
    digits = value.strip().translate(_PHONE_JUNK)
    international = "+" + digits[2:] if digits.startswith("00") else digits
    return international if _E164.match(international) else ""


def profile_id_for(identifier: Identifier) -> str:
    """The id of the profile that this identifier founds.

    Derived and not drawn, so that two consumers that meet a new customer at once, or one that
    crashed half-way and starts again, found the same profile.
    """
    return "p_" + blake2b("\x1f".join(identifier).encode(), digest_size=12, person=b"hub.profile").hexdigest()


def _to_ascii(domain: str) -> str:
    if domain.isascii():
        return domain
    try:
        return domain.encode("idna").decode()
    except UnicodeError:
        return ""
