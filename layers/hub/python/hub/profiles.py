"""The profile: everything known of one customer, folded from events by joins (DESIGN §4).

What stands above the line in `Profile` is a join-semilattice: any order, repetition and batching
of the same events, and any order of merges, ends in the same state (P1). What stands below is
derived from it as time passes (`hub.timeline`). `apply` and `note` change the profile they are given:
it was read for this, and is written back by one conditional write or not at all.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Protocol

from hub import address_flags, aggregates, attribution, carts, consents, days, orders, ties, touches, traits
from hub.aggregates import Aggregates, Spec
from hub.carts import Carts
from hub.clock import DAY, Instant
from hub.consents import Consents
from hub.days import Days
from hub.deliveries import Delivery, Status
from hub.enrollments import Conversion, Enrollment
from hub.events import Event
from hub.identities import Identifier, Reader, profile_id_for
from hub.orders import Orders
from hub.strategy.policy import Policy
from hub.ties import Ties
from hub.touches import Touches
from hub.traits import Traits

RING_SPAN = DAY
"""Repeats of a message are known for at least this long after it was received."""
RING_SIZE = 1_000
"""Newest kept: 10 bytes each, so a customer of 1,000 events a day costs 10 KB and no more."""
_RING_SLACK = 250
"""Known beyond that while at work: to cut the ring at every event of a storm costs more than to fold it."""

_NEVER: Instant = 1 << 62
_SUPPRESSED_BY = {Status.UNSUBSCRIBED, Status.COMPLAINED}
OWN_PARTIES = {"zero", "first"}
"""What a partner or a model says of her is nothing that she did."""
_DEVICE = "predicted"
"""Where her device is says where she probably is; whoever states her time zone knows better."""


class Memory(Protocol):
    """What the strategy asks to be remembered; `hub.rules.Rules` is one."""

    @property
    def specs(self) -> tuple[Spec, ...]: ...

    @property
    def asked_of_products(self) -> frozenset[str]: ...

    @property
    def identifiers(self) -> Reader: ...

    @property
    def policy(self) -> Policy: ...

    def specs_for(self, event: Event) -> Iterable[Spec]: ...

    def party_of(self, source: str) -> str: ...


@dataclass(slots=True)
class Profile:
    profile_id: str
    version: int = 0
    """How often it was stored; the condition of the next write."""
    identifiers: dict[Identifier, tuple[Instant, Instant]] = field(default_factory=dict)
    """Identifier -> first and last seen."""
    ties: Ties = field(default_factory=dict)
    """Which of them came by which."""
    traits: Traits = field(default_factory=dict)
    aggregates: Aggregates = field(default_factory=dict)
    days: Days = field(default_factory=dict)
    """Of aggregates past their bound, the older values."""
    orders: Orders = field(default_factory=Orders)
    carts: Carts = field(default_factory=Carts)
    consents: Consents = field(default_factory=dict)
    touches: Touches = field(default_factory=dict)
    ring: dict[str, Instant] = field(default_factory=dict)
    """Mark of a message -> when it was received."""
    last_own_at: Instant | None = None
    """The customer's last own event; the hub's own deliveries do not end quiet."""
    merged: frozenset[str] = frozenset()
    """Ids of the profiles that became this one."""
    apart: frozenset[str] = frozenset()
    """Ids of profiles that this one was split from: never to be merged with again."""
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
    via: tuple[str, ...] = field(default=(), compare=False)
    """Ids of the merged profiles by which it was found, one after the other."""
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


def apply(profile: Profile, event: Event, memory: Memory, heard: Sequence[Identifier] | None = None) -> bool:
    """Fold one event in; False if it was known already, and nothing changed.

    `heard`: the identifiers of the event that she was seen with; all of them, where nobody judged.
    """
    mark = mark_of(event.source, event.message_id)
    if mark in profile.ring:
        return False
    profile.ring[mark] = event.received_at
    if len(profile.ring) > RING_SIZE + _RING_SLACK:
        profile.ring = bounded_ring(profile.ring)
    _see(profile, memory.identifiers.of(event) if heard is None else heard, event.at)
    party = memory.party_of(event.source)
    _hear(profile, event, party, memory)
    for spec in memory.specs_for(event):
        remember(profile, spec, event, mark)
    if event.name in orders.EVENTS:
        orders.hear(profile.orders, event, mark, profile.profile_id)
    carts.shop(profile.carts, event, memory.asked_of_products)
    consents.hear(profile.consents, event)
    if party in OWN_PARTIES:
        profile.last_own_at = event.at if profile.last_own_at is None else max(profile.last_own_at, event.at)
    return True


def remember(profile: Profile, spec: Spec, event: Event, mark: str) -> None:
    """Let one aggregate take in an event whose name it watches."""
    let_go = aggregates.remember(profile.aggregates, spec, event, mark)
    if let_go or (profile.days and spec.key in profile.days):
        newest = profile.aggregates[spec.key][-1][0]
        days.keep(profile.days, spec, profile.profile_id, let_go, newest)


def _hear(profile: Profile, event: Event, party: str, memory: Memory) -> None:
    if event.traits:
        traits.learn(profile.traits, event.traits, event, party=party)
        if address_flags.concern(event.traits):
            address_flags.flag(profile.traits, memory.identifiers)
    if zone := event.context.get("timezone"):
        traits.learn(profile.traits, {"timezone": zone}, event, party=_DEVICE)


def note(profile: Profile, delivery: Delivery, policy: Policy) -> bool:
    """Fold in what became of a message; False if that was known."""
    before = profile.touches.get(delivery.message_id)
    told = touches.note(profile.touches, delivery, policy.caps)
    news = [one for one in (before, profile.touches.get(delivery.message_id)) if one and told]
    profile.conversions = attribution.retold(profile.conversions, profile.touches, news, policy.look_back)
    if delivery.status not in _SUPPRESSED_BY:
        return told
    # Also of a message of which something later is known: a complaint may come after all else.
    return consents.withdraw(profile.consents, suppression(delivery.channel), delivery.at) or told


def join(winner: Profile, loser: Profile, memory: Memory) -> Profile:
    """Both customers turned out to be one: nothing is lost, the older claim on each derived part stands."""
    joined = Profile(winner.profile_id, version=winner.version)
    for identifier, seen in (*winner.identifiers.items(), *loser.identifiers.items()):
        for at in seen:
            _see(joined, (identifier,), at)
    joined.ties = ties.join(winner.ties, loser.ties)
    joined.traits = traits.join(winner.traits, loser.traits)
    if address_flags.concern(joined.traits):
        address_flags.flag(joined.traits, memory.identifiers)
    joined.aggregates = aggregates.join(winner.aggregates, loser.aggregates, memory.specs)
    joined.days = days.join(winner.days, loser.days, memory.specs, joined.aggregates)
    joined.orders = orders.join(winner.orders, loser.orders)
    joined.carts = carts.join(winner.carts, loser.carts)
    joined.consents = consents.join(winner.consents, loser.consents)
    joined.touches = touches.join(winner.touches, loser.touches, memory.policy.caps)
    joined.ring = {**loser.ring, **winner.ring}
    if len(joined.ring) > RING_SIZE:
        joined.ring = bounded_ring(joined.ring)
    joined.last_own_at = max(winner.last_own_at or 0, loser.last_own_at or 0) or None
    joined.merged = winner.merged | loser.merged | {loser.profile_id}
    joined.apart = winner.apart | loser.apart
    return _join_derived(joined, winner, loser, memory.policy)


def user_ids(profile: Profile) -> set[str]:
    return {value for kind, value in profile.identifiers if kind == "user_id"}


def first_seen(profile: Profile) -> Instant:
    return min((first for first, _ in profile.identifiers.values()), default=_NEVER)


def bucket_of(profile: Profile) -> str:
    """What decides her arm of an experiment: what she was seen with first, of several the greatest."""
    first = max(profile.identifiers, key=lambda one: (-profile.identifiers[one][0], one), default=None)
    return profile.profile_id if first is None else profile_id_for(first)


def identifier_of(profile: Profile, kind: str) -> str:
    """The value last seen of a type, "" if there is none."""
    seen = [(last, value) for (of, value), (_, last) in profile.identifiers.items() if of == kind]
    return max(seen)[1] if seen else ""


def mark_of(source: str, message_id: str) -> str:
    """Twelve characters for a message: per source, so that no sender can suppress another's events."""
    return blake2b(f"{source}\x1f{message_id}".encode(), digest_size=6).hexdigest()


def suppression(channel: str) -> str:
    """The purpose under which "never again by this channel" is kept."""
    return f"{consents.CHANNEL}{channel}"


def _join_derived(joined: Profile, winner: Profile, loser: Profile, policy: Policy) -> Profile:
    joined.memberships = {
        name: min(side.memberships[name] for side in (winner, loser) if name in side.memberships)
        for name in {**winner.memberships, **loser.memberships}
    }
    joined.enrollments = {**loser.enrollments, **winner.enrollments}
    conversions = {*winner.conversions, *loser.conversions}
    joined.conversions = attribution.in_order(conversions, joined.touches, policy.look_back)
    joined.settled_at = max(winner.settled_at, loser.settled_at)
    joined.tick_at = winner.tick_at
    return joined


def _see(profile: Profile, found: Sequence[Identifier], at: Instant) -> None:
    identifiers = profile.identifiers
    if len(found) > 1:
        profile.ties = ties.tied(profile.ties, found, at)
    for identifier in found:
        first, last = identifiers.get(identifier, (at, at))
        identifiers[identifier] = (min(first, at), max(last, at))


def bounded_ring(ring: dict[str, Instant]) -> dict[str, Instant]:
    newest = max(ring.values(), default=0)
    young = sorted(((at, mark) for mark, at in ring.items() if at > newest - RING_SPAN), reverse=True)
    return {mark: at for at, mark in reversed(young[:RING_SIZE])}
