"""From the events queue to profiles: whose is it, what does it change, one conditional write a profile.

Everything here can be done again after a crash anywhere: identifiers are claimed before the profile
is written, profile ids are derived, and what was folded in already changes nothing.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from hub import identity, profiles, timeline
from hub.clock import Instant
from hub.deliveries import Delivery
from hub.errors import Conflict
from hub.events import Event
from hub.identities import Identifier, identifiers_of
from hub.ports import Profiles
from hub.profiles import Profile
from hub.rules import Rules
from hub.timers import Tick

Fact = Event | Delivery | Tick
ATTEMPTS = 8


@dataclass(slots=True)
class Group:
    """Facts that may concern the same customer, and where they came from."""

    facts: list[Fact] = field(default_factory=list)
    sources: set[str] = field(default_factory=set)
    """Ids of the queue messages that wait for this group."""


@dataclass(slots=True)
class _Desk:
    """The profiles under work for one group, and what must be written of them."""

    store: Profiles
    open: dict[str, Profile] = field(default_factory=dict)
    leads: dict[Identifier, str] = field(default_factory=dict)
    moves: dict[Identifier, str] = field(default_factory=dict)
    """Identifier -> the profile that it leads to as yet."""
    claims: dict[Identifier, str] = field(default_factory=dict)
    losers: dict[str, list[Profile]] = field(default_factory=dict)
    changed: set[str] = field(default_factory=set)

    def profile(self, profile_id: str) -> Profile:
        known = self.open.get(profile_id) or self.store.get(profile_id) or Profile(profile_id)
        self.open[profile_id] = self.open.setdefault(known.profile_id, known)
        return self.open[profile_id]


def group(queued: Iterable[tuple[str, Sequence[Fact]]]) -> list[Group]:
    """Facts that share an identifier or a profile id, brought together: each group is worked on alone.

    An event whose identifiers all stand for nobody (null, 000, …) is in no group: it would join strangers.
    """
    roots: dict[object, object] = {}
    pairs = [(source, fact, _handles(fact)) for source, facts in queued for fact in facts]
    for _, _, handles in pairs:
        for handle in handles:
            roots[_root(roots, handle)] = _root(roots, handles[0])
    groups: dict[object, Group] = {}
    for source, fact, handles in pairs:
        if handles:
            one = groups.setdefault(_root(roots, handles[0]), Group())
            one.facts.append(fact)
            one.sources.add(source)
    return list(groups.values())


def absorb(
    facts: Sequence[Fact],
    store: Profiles,
    rules: Rules,
    now: Instant,
    step_aside: Callable[[int], None] = lambda _attempt: None,
) -> None:
    """Fold a group's facts in and write; Conflict only after losing every one of several races.

    `step_aside` is called between them, so that consumers that met do not run on in step.
    """
    for attempt in range(ATTEMPTS):
        try:
            _absorb_once(facts, store, rules, now)
        except Conflict:
            if attempt == ATTEMPTS - 1:
                raise
            step_aside(attempt)
        else:
            return


def _absorb_once(facts: Sequence[Fact], store: Profiles, rules: Rules, now: Instant) -> None:
    desk = _Desk(store)
    events = sorted(
        (fact for fact in facts if isinstance(fact, Event)), key=lambda event: (event.at, event.message_id)
    )
    desk.leads = store.find(sorted({one for event in events for one in identifiers_of(event)}))
    for event in events:
        profile = _attribute(desk, event, rules)
        if timeline.live(profile, event, rules):
            desk.changed.add(profile.profile_id)
    for delivery in (fact for fact in facts if isinstance(fact, Delivery)):
        profile = desk.profile(delivery.profile_id)
        if profiles.note(profile, delivery):
            desk.changed.add(profile.profile_id)
    due = [_due(desk, tick, now) for tick in facts if isinstance(tick, Tick)]
    _write(desk, rules, max((now, *due, *(event.at for event in events))))


def _attribute(desk: _Desk, event: Event, rules: Rules) -> Profile:
    """The profile an event belongs to, merged and moved as its identifiers ask."""
    found = identifiers_of(event)
    owners = {one: desk.profile(desk.leads[one]) for one in found if one in desk.leads}
    verdict = identity.judge(found, owners, event.at)
    profile = desk.profile(verdict.profile_id)
    for loser_id in verdict.merges:
        profile = _merge(desk, profile, desk.profile(loser_id), event.at, rules)
    for identifier in verdict.moves:
        _move(desk, identifier, profile)
    for identifier in verdict.claims:
        desk.claims[identifier] = desk.leads[identifier] = profile.profile_id
    if verdict.claims or verdict.moves or verdict.merges:
        desk.changed.add(profile.profile_id)
    return profile


def _merge(desk: _Desk, winner: Profile, loser: Profile, at: Instant, rules: Rules) -> Profile:
    joined = timeline.unite(winner, loser, at, rules)
    desk.losers.setdefault(winner.profile_id, []).extend([loser, *desk.losers.pop(loser.profile_id, [])])
    for profile_id, profile in list(desk.open.items()):
        if profile.profile_id in (winner.profile_id, loser.profile_id):
            desk.open[profile_id] = joined
    desk.changed.discard(loser.profile_id)
    return joined


def _move(desk: _Desk, identifier: Identifier, profile: Profile) -> None:
    """The former customer keeps it among what she was seen with; it only leads to her no longer."""
    desk.moves.setdefault(identifier, desk.leads[identifier])
    desk.leads[identifier] = profile.profile_id


def _due(desk: _Desk, tick: Tick, now: Instant) -> Instant:
    """The instant a timer stands for; one that is not the profile's (re-armed, or doubled) changes nothing.

    The timer's own instant counts where a clock is behind: an early bird is not sent away for ever.
    """
    profile = desk.profile(tick.profile_id)
    if profile.tick_at is None or profile.tick_at > max(now, tick.at):
        return now
    desk.changed.add(profile.profile_id)
    return max(now, profile.tick_at)


def _write(desk: _Desk, rules: Rules, now: Instant) -> None:
    for profile in _to_write(desk):
        timeline.settle(profile, now, rules)
        timeline.arm_tick(profile, now)
    for identifier, profile_id in desk.claims.items():
        desk.store.claim(identifier, profile_id)
    for profile in _to_write(desk):
        if losers := desk.losers.get(profile.profile_id):
            desk.store.merge(profile, losers)
        else:
            desk.store.put(profile)
    # Last: were a device to lead to its next customer already, a retry would give her its earlier events.
    for identifier, source in desk.moves.items():
        if (target := desk.leads[identifier]) != source:
            desk.store.move(identifier, source=source, target=target)


def _to_write(desk: _Desk) -> Iterator[Profile]:
    yield from (
        {profile.profile_id: profile for profile in desk.open.values()}[key] for key in sorted(desk.changed)
    )


def _handles(fact: Fact) -> list[object]:
    return list(identifiers_of(fact)) if isinstance(fact, Event) else [fact.profile_id]


def _root(roots: dict[object, object], handle: object) -> object:
    while (parent := roots.setdefault(handle, handle)) != handle:
        roots[handle] = roots[parent]
        handle = parent
    return handle
