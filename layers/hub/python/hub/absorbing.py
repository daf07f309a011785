"""From the events queue to profiles: whose is it, what does it change, one conditional write a profile.

Everything here can be done again after a crash anywhere: identifiers are claimed before the profile
is written, profile ids are derived, and what was folded in already changes nothing.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence

from hub import profiles, timeline
from hub.backfilling import Look
from hub.clock import Instant
from hub.deliveries import Delivery
from hub.desk import Desk
from hub.enrollments import Breakdown
from hub.errors import Conflict
from hub.events import Event
from hub.identities import Reader
from hub.identity import Verdict
from hub.ports import Profiles
from hub.recalling import Recall
from hub.rules import Rules
from hub.timers import Tick

Fact = Event | Delivery | Tick | Look | Recall | Breakdown
ATTEMPTS = 8


def group(
    facts: Iterable[Fact],
    reader: Reader,
    spoilt: Callable[[Fact, Exception], None] | None = None,
) -> list[list[Fact]]:
    """Facts that share an identifier or a profile id, brought together: each group is worked on alone.

    They come in the order they must be worked on: a timer knows its customer by another name than her events
    do, so it is in another group, and whoever heard it first would let time pass beyond what she did.
    An event whose identifiers all stand for nobody (null, 000, …) is in no group: it would join strangers.
    `spoilt` hears of a fact whose identifiers cannot be read; without it, that is an error.
    """
    roots: dict[object, object] = {}
    pairs = list(_handled(facts, reader, spoilt))
    for _, handles in pairs:
        for handle in handles:
            roots[_root(roots, handle)] = _root(roots, handles[0])
    groups: dict[object, list[Fact]] = {}
    for fact, handles in pairs:
        if handles:
            groups.setdefault(_root(roots, handles[0]), []).append(fact)
    return sorted(groups.values(), key=_place)


def outruns(facts: Sequence[Fact], unheard: Iterable[Fact]) -> bool:
    """Of a group: time would pass beyond an event that could not be taken in, and may be hers."""
    waiting = [one.received_at for one in unheard if isinstance(one, Event)]
    return bool(waiting) and not _tells_what_happened(facts) and _latest(facts) >= min(waiting)


def absorb(
    facts: Sequence[Fact],
    store: Profiles,
    rules: Rules,
    now: Instant,
    step_aside: Callable[[int], None] = lambda _attempt: None,
    noted: Callable[[Verdict], None] = lambda _verdict: None,
) -> None:
    """Fold a group's facts in and write; Conflict only after losing every one of several races.

    `step_aside` is called between them, so that consumers that met do not run on in step. `noted` hears
    in the end of every event that brought an identifier which does not count.
    """
    for attempt in range(ATTEMPTS):
        try:
            verdicts = _absorb_once(facts, store, rules, now)
        except Conflict:
            if attempt == ATTEMPTS - 1:
                raise
            step_aside(attempt)
        else:
            for verdict in verdicts:
                noted(verdict)
            return


def _absorb_once(facts: Sequence[Fact], store: Profiles, rules: Rules, now: Instant) -> list[Verdict]:
    desk = Desk(store, rules, now)
    events = sorted(
        (fact for fact in facts if isinstance(fact, Event)), key=lambda event: (event.at, event.message_id)
    )
    recalls = [fact for fact in facts if isinstance(fact, Recall)]
    named = (*events, *(recall.event for recall in recalls))
    desk.leads = store.leads(sorted({one for event in named for one in rules.identifiers.of(event)}))
    # Before time passes for her: a rule must not be answered that lacks what it asks for.
    for recall in recalls:
        _recall(desk, recall)
    for event in events:
        profile, verdict = desk.attribute(event)
        if timeline.live(profile, event, rules, verdict.heard):
            desk.changed.add(profile.profile_id)
    others = (fact for fact in facts if not isinstance(fact, Event | Recall))
    for fact in sorted(others, key=_turn_of):
        _tell(desk, fact)
    desk.write(_latest(facts) if facts else now)
    return desk.verdicts


def _place(facts: Sequence[Fact]) -> tuple[bool, Instant]:
    """What happened before what only lets time pass; and of each kind last, what lets it pass furthest."""
    return (not _tells_what_happened(facts), _latest(facts))


def _tells_what_happened(facts: Sequence[Fact]) -> bool:
    return any(isinstance(fact, Event | Recall) for fact in facts)


def _latest(facts: Sequence[Fact]) -> Instant:
    return max(map(_heard_until, facts))


def _heard_until(fact: Fact) -> Instant:
    """As far as the queue is known by this: what was said earlier stood before it, by and large.

    Time passes for nobody further than that. In a queue that lags by an hour, a purchase of half an hour ago
    still waits; whoever let time pass up to now would take her for one who left her cart.
    """
    match fact:
        case Event():
            return fact.received_at
        case Recall():
            return fact.event.received_at
        case _:
            return fact.at


_IN_TURN = (Delivery, Breakdown, Look, Tick)
"""What became of messages is known before a run is broken off."""


def _turn_of(fact: Delivery | Breakdown | Look | Tick) -> int:
    return _IN_TURN.index(type(fact))


def _tell(desk: Desk, fact: Delivery | Breakdown | Look | Tick) -> None:
    match fact:
        case Delivery():
            _note(desk, fact)
        case Breakdown():
            _break_off(desk, fact)
        case Look():
            _look(desk, fact)
        case Tick():
            _strike(desk, fact)


def _break_off(desk: Desk, breakdown: Breakdown) -> None:
    profile = desk.profile(breakdown.profile_id)
    if timeline.break_off(profile, breakdown, desk.rules):
        desk.changed.add(profile.profile_id)


def _recall(desk: Desk, recall: Recall) -> None:
    """Whose event it was, is remembered where she can be found; she is merged and moved by it no more."""
    found = desk.rules.identifiers.of(recall.event)
    lead = next((desk.leads[one] for one in found if one in desk.leads), None)
    profile = desk.profile(lead.holder(recall.at)) if lead is not None else None
    if profile is not None and profile.version and timeline.recall(profile, recall, desk.rules):
        desk.changed.add(profile.profile_id)


def _note(desk: Desk, delivery: Delivery) -> None:
    profile = desk.profile(delivery.profile_id)
    if profiles.note(profile, delivery, desk.rules.policy):
        desk.changed.add(profile.profile_id)


def _look(desk: Desk, look: Look) -> None:
    profile = desk.profile(look.profile_id)
    if profile.version:
        desk.changed.add(profile.profile_id)


def _strike(desk: Desk, tick: Tick) -> None:
    """A timer that is not the profile's any more (re-armed, or doubled) changes nothing."""
    profile = desk.profile(tick.profile_id)
    if profile.tick_at is not None and profile.tick_at <= tick.at:
        desk.changed.add(profile.profile_id)


def _handled(
    facts: Iterable[Fact], reader: Reader, spoilt: Callable[[Fact, Exception], None] | None
) -> Iterator[tuple[Fact, list[object]]]:
    for fact in facts:
        try:
            yield fact, _handles(fact, reader)
        except Exception as error:
            if spoilt is None:
                raise
            spoilt(fact, error)


def _handles(fact: Fact, reader: Reader) -> list[object]:
    if isinstance(fact, Recall):
        return list(reader.of(fact.event))
    return list(reader.of(fact)) if isinstance(fact, Event) else [fact.profile_id]


def _root(roots: dict[object, object], handle: object) -> object:
    while (parent := roots.setdefault(handle, handle)) != handle:
        roots[handle] = roots[parent]
        handle = parent
    return handle
