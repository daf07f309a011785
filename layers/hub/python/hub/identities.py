"""Who an event speaks of: identifiers, normalised so that equal people have equal texts.

An identifier is (type, normalised value). The types, the most trusted first, are the policy's. A
blocked value ("null", "000", …) is no identifier: it would merge strangers.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from hashlib import blake2b
from typing import Any

from hub import addresses
from hub.events import MAX_ID, Event
from hub.reading import id_text

Identifier = tuple[str, str]

PRIORITY = ("user_id", "email", "phone", "anonymous_id")
_KNOWN = 50_000
"""Pairs of user id and anonymous id remembered a process."""

# After Segment's Unify defaults: what broken clients send instead of nothing.
_BLOCKED = frozenset(
    {
        "null",
        "none",
        "undefined",
        "nil",
        "nan",
        "n/a",
        "-1",
        "anonymous",
        "unknown",
        "guest",
        "[object object]",
    }
)
_ONLY_ZEROS = re.compile(r"^[0-]*$")


class Reader:
    """Reads the identifiers off events, as the policy says."""

    def __init__(
        self,
        priority: Sequence[str] = PRIORITY,
        blocked: Sequence[str] = (),
        regions: Mapping[str, str] | None = None,
    ) -> None:
        """`regions`: source -> country whose telephone numbers it sends without their prefix."""
        self._priority = tuple(priority)
        self._vendors = tuple(kind for kind in priority if kind not in PRIORITY)
        self._blocked = _BLOCKED | {value.strip().lower() for value in blocked}
        self._regions = dict(regions or {})
        self._listed = tuple(blocked)
        self._ids = lru_cache(maxsize=_KNOWN)(self._read_ids)

    def of(self, event: Event) -> tuple[Identifier, ...]:
        """The identifiers an event carries, an alias's previous id included, best first, each once."""
        if not event.traits and event.type != "alias" and not (self._vendors and event.context):
            return self._ids(event.user_id, event.anonymous_id)
        return tuple(dict.fromkeys(self._told(event)))

    def normalised(self, kind: str, value: object, source: str = "") -> str:
        """The one text that all spellings of an identifier share; "" when it stands for nobody."""
        if not (trimmed := self._usable(id_text(value) or "")):
            return ""
        if kind == "email":
            return self._unblocked(addresses.email(trimmed))
        if kind == "phone":
            return self._unblocked(addresses.phone(trimmed, self._regions.get(source, "")))
        return trimmed if len(trimmed) <= MAX_ID else ""

    def _read_ids(self, user_id: str, anonymous_id: str) -> tuple[Identifier, ...]:
        """Of most events, and of each customer's events the same again and again."""
        told = {"user_id": self._usable(user_id), "anonymous_id": self._usable(anonymous_id)}
        return tuple((kind, told[kind]) for kind in self._priority if told.get(kind))

    def _told(self, event: Event) -> Iterator[Identifier]:
        for kind in self._priority:
            for value in _values(kind, event):
                if normalised := self.normalised(kind, value, event.source):
                    yield kind, normalised

    def _unblocked(self, address: str) -> str:
        return "" if address in self._blocked_addresses else self._usable(address)

    @cached_property
    def _blocked_addresses(self) -> frozenset[str]:
        """Worked out once an address is met: only that loads the numbering plans."""
        regions = {"", *self._regions.values()}
        numbers = {addresses.phone(value, region) for value in self._listed for region in regions}
        return frozenset(numbers | {addresses.email(value) for value in self._listed}) - {""}

    def _usable(self, value: str) -> str:
        trimmed = usable(value)
        return "" if trimmed.lower() in self._blocked else trimmed


def usable(value: str) -> str:
    """The trimmed value, or "" when whatever the policy says it stands for nobody."""
    trimmed = value.strip()
    if trimmed.lower() in _BLOCKED or _ONLY_ZEROS.match(trimmed):
        return ""
    return trimmed


def profile_id_for(identifier: Identifier) -> str:
    """The id of the profile that this identifier founds.

    Derived and not drawn, so that two consumers that meet a new customer at once, or one that
    crashed half-way and starts again, found the same profile.
    """
    return "p_" + blake2b("\x1f".join(identifier).encode(), digest_size=12, person=b"hub.profile").hexdigest()


def _values(kind: str, event: Event) -> Iterator[object]:
    """What an event says under a type, as it says it."""
    if kind == "user_id":
        yield event.user_id
    elif kind == "anonymous_id":
        yield event.anonymous_id
        yield _aliased(event)
    else:
        yield from (event.traits.get(kind), *_external(kind, event.context.get("externalIds")))


def _aliased(event: Event) -> str:
    """The older identifier an alias event names; "" where it says nothing new.

    analytics.js fills previousId with a user id or an anonymous id and does not say which; it also
    sends userId == previousId, which must be harmless.
    """
    return event.previous_id if event.type == "alias" and event.previous_id != event.user_id else ""


def _external(kind: str, told: Any) -> Iterator[object]:
    """Segment's `context.externalIds`: [{id, type, collection}]; other collections hold no people."""
    for one in told if isinstance(told, list) and kind not in PRIORITY else ():
        if isinstance(one, dict) and one.get("type") == kind and one.get("collection", "users") == "users":
            yield one.get("id")
