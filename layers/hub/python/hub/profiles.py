"""The profile: everything known of one customer, folded from events by joins (DESIGN §4).

What stands above the line in `Profile` is a join-semilattice: any order, repetition and batching
of the same events, and any order of merges, ends in the same state (P1). What stands below is
derived from it as time passes (`hub.timeline`). `apply` and `note` change the profile they are given:
it was read for this, and is written back by one conditional write or not at all.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Protocol

from hub import aggregates, carts, consents, touches, traits
from hub.aggregates import Aggregates, Spec
from hub.carts import Carts
from hub.clock import DAY, Instant
from hub.consents import Consents
from hub.deliveries import Delivery, Status
from hub.enrollments import Conversion, Enrollment
from hub.events import Event
from hub.identities import Identifier, identifiers_of
from hub.touches import Touches
from hub.traits import Traits

RING_SPAN = DAY
"""Repeats of a message are known for at least this long after it was received."""
RING_SIZE = 1_000
"""Newest kept: 10 bytes each, so a customer of 1,000 events a day costs 10 KB and no more."""
MAX_IDENTIFIERS = 60

_SUPPRESSED_BY = {Status.UNSUBSCRIBED, Status.COMPLAINED}
_DEVICE = "predicted"
"""Where her device is says where she probably is; whoever states her time zone knows better."""


class Memory(Protocol):
    """What the strategy asks to be remembered; `hub.rules.Rules` is one."""

    @property
    def specs(self) -> tuple[Spec, ...]: ...

    @property
    def asked_of_products(self) -> frozenset[str]: ...

    def specs_for(self, event: Event) -> Iterable[Spec]: ...

    def party_of(self, source: str) -> str: ...


@dataclass(slots=True)
class Profile:
    profile_id: str
    version: int = 0
    """How often it was stored; the condition of the next write."""
    identifiers: dict[Identifier, tuple[Instant, Instant]] = field(default_factory=dict)
    """Identifier -> first and last seen."""
    traits: Traits = field(default_factory=dict)
    aggregates: Aggregates = field(default_factory=dict)
    carts: Carts = field(default_factory=Carts)
    consents: Consents = field(default_factory=dict)
    touches: Touches = field(default_factory=dict)
    ring: dict[str, Instant] = field(default_factory=dict)
    """Mark of a message -> when it was received."""
    last_own_at: Instant | None = None
    """The customer's last own event; the hub's own deliveries do not end quiet."""
    merged: frozenset[str] = frozenset()
    """Ids of the profiles that became this one."""
    # ---- derived as time passes
    memberships: dict[str, Instant] = field(default_factory=dict)
    """Segment -> entered at."""
    enrollments: dict[str, Enrollment] = field(default_factory=dict)
    conversions: tuple[Conversion, ...] = ()
    settled_at: Instant = 0
    """Time has been applied up to here."""
    tick_at: Instant | None = None
    """When the armed timer goes off."""
    # ---- kept while it is worked on, not stored
    changes: list[Instant | None] | None = None
    """Per segment, when its answer can next change by itself; None when not yet computed."""
    news_at: Instant | None = None
    """When something happened that memberships do not show yet."""
    wake_at: Instant | None = None
    """When to look again: there is news, or an answer can change by itself."""
    late_at: Instant | None = None
    """When the earliest event happened that came too late for the time that has passed already."""
    left: list[tuple[str, Instant, Instant]] | None = None
    """(segment, entered at, left at), where a back-test keeps count."""


def apply(profile: Profile, event: Event, memory: Memory) -> bool:
    """Fold one event in; False if it was known already, and nothing changed."""
    mark = mark_of(event.source, event.message_id)
    if mark in profile.ring:
        return False
    profile.ring[mark] = event.received_at
    if len(profile.ring) > RING_SIZE:
        profile.ring = bounded_ring(profile.ring)
    _see(profile, identifiers_of(event), event.at)
    if event.traits:
        traits.learn(profile.traits, event.traits, event, party=memory.party_of(event.source))
    if zone := event.context.get("timezone"):
        traits.learn(profile.traits, {"timezone": zone}, event, party=_DEVICE)
    for spec in memory.specs_for(event):
        aggregates.remember(profile.aggregates, spec, event, mark)
    carts.shop(profile.carts, event, memory.asked_of_products)
    consents.hear(profile.consents, event)
    profile.last_own_at = event.at if profile.last_own_at is None else max(profile.last_own_at, event.at)
    return True


def note(profile: Profile, delivery: Delivery) -> bool:
    """Fold in what became of a message; False if that was known."""
    if delivery.status in _SUPPRESSED_BY:
        consents.withdraw(profile.consents, suppression(delivery.channel), delivery.at)
    return touches.record(profile.touches, touches.from_delivery(delivery))


def join(winner: Profile, loser: Profile, memory: Memory) -> Profile:
    """Both customers turned out to be one: nothing is lost, the older claim on each derived part stands."""
    joined = Profile(winner.profile_id, version=winner.version)
    for identifier, seen in (*winner.identifiers.items(), *loser.identifiers.items()):
        for at in seen:
            _see(joined, (identifier,), at)
    joined.traits = traits.join(winner.traits, loser.traits)
    joined.aggregates = aggregates.join(winner.aggregates, loser.aggregates, memory.specs)
    joined.carts = carts.join(winner.carts, loser.carts)
    joined.consents = consents.join(winner.consents, loser.consents)
    joined.touches = touches.join(winner.touches, loser.touches)
    joined.ring = {**loser.ring, **winner.ring}
    if len(joined.ring) > RING_SIZE:
        joined.ring = bounded_ring(joined.ring)
    joined.last_own_at = _latest(winner.last_own_at, loser.last_own_at)
    joined.merged = winner.merged | loser.merged | {loser.profile_id}
    return _join_derived(joined, winner, loser)


def user_ids(profile: Profile) -> set[str]:
    return {value for kind, value in profile.identifiers if kind == "user_id"}


def identifier_of(profile: Profile, kind: str) -> str:
    """The value last seen of a type, "" if there is none."""
    seen = [(last, value) for (of, value), (_, last) in profile.identifiers.items() if of == kind]
    return max(seen)[1] if seen else ""


def mark_of(source: str, message_id: str) -> str:
    """Twelve characters for a message: per source, so that no sender can suppress another's events."""
    return blake2b(f"{source}\x1f{message_id}".encode(), digest_size=6).hexdigest()


def suppression(channel: str) -> str:
    """The purpose under which "never again by this channel" is kept."""
    return f"channel:{channel}"


def _join_derived(joined: Profile, winner: Profile, loser: Profile) -> Profile:
    joined.memberships = {
        name: min(side.memberships[name] for side in (winner, loser) if name in side.memberships)
        for name in {**winner.memberships, **loser.memberships}
    }
    joined.enrollments = {**loser.enrollments, **winner.enrollments}
    joined.conversions = tuple(
        sorted({*winner.conversions, *loser.conversions}, key=lambda one: (one.at, one.enrollment_id))
    )
    joined.settled_at = max(winner.settled_at, loser.settled_at)
    joined.tick_at = winner.tick_at
    return joined


def _latest(one: Instant | None, other: Instant | None) -> Instant | None:
    return max((at for at in (one, other) if at is not None), default=None)


def _see(profile: Profile, found: Iterable[Identifier], at: Instant) -> None:
    identifiers = profile.identifiers
    for identifier in found:
        first, last = identifiers.get(identifier, (at, at))
        identifiers[identifier] = (min(first, at), max(last, at))


def bounded_ring(ring: dict[str, Instant]) -> dict[str, Instant]:
    newest = max(ring.values(), default=0)
    young = sorted(((at, mark) for mark, at in ring.items() if at > newest - RING_SPAN), reverse=True)
    return {mark: at for at, mark in reversed(young[:RING_SIZE])}
