"""Levels at vendors: for whom each should stand, with whose words, and what was last confirmed (P4)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from hub.clock import Instant
from hub.deliveries import Message
from hub.profiles import Profile

KEPT_STOOD = 20
"""Messages that a level stands for no longer and that are still known to have stood, newest first."""


@dataclass(frozen=True, kw_only=True)
class EffectKey:
    profile_id: str
    connector: str
    target: str


@dataclass(frozen=True, kw_only=True)
class Stood:
    """A message that its level stood for, or may have."""

    enrollment_id: str
    step: int
    until: Instant | None = None
    """Hub time at which that it does not any more was confirmed; None: it stands."""


@dataclass(frozen=True, kw_only=True)
class Effect:
    """A level at a vendor: what should stand, and what the vendor last confirmed (P4).

    It grows with the runs of one customer that want it at once: an entry each, while they are open.
    """

    key: EffectKey
    action: str
    wanted_by: frozenset[str] = frozenset()
    """Enrollments that want it on."""
    allowed: Mapping[str, Message] = field(default_factory=dict)
    """Those of them that the gate let have it, each with the words of its latest step that was let."""
    confirmed: str | None = None
    """Fingerprint of what the vendor confirmed, "" when confirmed off, None when never or in doubt."""
    says: str = ""
    """The enrollment whose words the vendor was given last."""
    sent: tuple[str, ...] = ()
    """Exactly what the vendor was given (one text a row), so that off takes back the same."""
    stood: Mapping[str, Stood] = field(default_factory=dict)
    """Messages that it stands or stood for: who never had it is not told of as on, nor as off."""
    leased_until: Instant = 0
    leased_by: str = ""
    """Which lease that is, or was, where the store has to know one from another."""
    version: int = 0

    @property
    def wanted(self) -> bool:
        return bool(self.wanted_by)

    @property
    def stands_for(self) -> frozenset[str]:
        """Being wanted is not being allowed: the level is off when nobody who wants it may have it."""
        return self.wanted_by & self.allowed.keys()


def last_entered_first(effect: Effect, profile: Profile) -> list[str]:
    """The runs it stands for. The words of the first that may still have it are what stands."""

    def entry(enrollment_id: str) -> tuple[Instant, str]:
        run = profile.enrollments.get(enrollment_id)
        return (run.entered_at if run else -1, enrollment_id)

    return sorted(effect.stands_for, key=entry, reverse=True)


def let(effect: Effect, hints: Iterable[Message]) -> Effect:
    """The gate let these have it. An early step that comes late says nothing against a later one."""
    allowed = dict(effect.allowed)
    for hint in hints:
        standing = allowed.get(hint.enrollment_id, hint)
        allowed[hint.enrollment_id] = max(hint, standing, key=lambda one: one.step)
    return replace(effect, allowed=allowed)


def without(effect: Effect, enrollment_ids: Iterable[str]) -> Effect:
    """These may not have it (any more)."""
    gone = set(enrollment_ids)
    return replace(effect, allowed={name: one for name, one in effect.allowed.items() if name not in gone})


def begun(effect: Effect, hints: Iterable[Message] = ()) -> Effect:
    """It stands, or may, for all that are let have it; `hints` are those of them that were let just now."""
    standing = {
        one.message_id: Stood(enrollment_id=one.enrollment_id, step=one.step)
        for one in (*effect.allowed.values(), *hints)
        if one.enrollment_id in effect.stands_for
    }
    return replace(effect, stood={**effect.stood, **standing})


def ended(effect: Effect, now: Instant) -> Effect:
    """It is confirmed to stand for nobody but those that may have it."""
    stood = {
        message_id: replace(one, until=now) if _is_over(one, effect) else one
        for message_id, one in effect.stood.items()
    }
    return replace(effect, stood=_bounded(stood))


def _is_over(one: Stood, effect: Effect) -> bool:
    return one.until is None and one.enrollment_id not in effect.stands_for


def _bounded(stood: Mapping[str, Stood]) -> dict[str, Stood]:
    over = [(one.until, message_id) for message_id, one in stood.items() if one.until is not None]
    forgotten = {message_id for _, message_id in sorted(over)[:-KEPT_STOOD]}
    return {message_id: one for message_id, one in stood.items() if message_id not in forgotten}
