"""Since when has it been true? Asked where an event came late: the past is looked at again.

The answer is what it would be had all events come in order, as far as the profile still knows. What is
remembered is bounded, and of a trait or a consent only the latest word is: what a rule says of instants
before `known_from` need not be what was true then.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from hub.aggregates import Entry, Spec
from hub.clock import Instant
from hub.evaluators import FOREVER, NO_FLOOR, All, Any_, Did, Evaluator, Not, Span
from hub.orders import Order
from hub.profiles import Profile, first_seen
from hub.standing import CartHas, ConsentsTo, IdentifiedBy, InSegment, LifetimeIs, QuietFor, TraitIs
from hub.timed_filters import Timed
from hub.totals import Total
from hub.traits import history

MOST_LOOKS = 200
"""A rule that would have to be looked at more often is said to hold since when it was thought to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What is known of a customer as a late event is heard."""

    profile: Profile
    specs: Mapping[str, Spec]
    """What of the past is remembered, by key: rules that ask for the same share it, so it may be more."""
    late: Instant
    """When the event happened."""
    now: Instant


def held_since(rule: Evaluator, past: Past, standing: Instant | None) -> Instant:
    """From when on the rule, which holds now, has held without a break.

    `standing`: since when it did as far as was known before the late event; None: it did not hold.
    """
    known = known_from(rule, past)
    first = max(past.late, known)
    begin = _begin(rule, past, first) if first < past.now else None
    if begin is not None and begin > first:
        return begin
    if standing is not None and (begin is None or standing <= first):
        return standing
    begin = max(_begin_before(rule, past, known), _said_from(rule, past.profile, past.now))
    return min(past.now if standing is None else standing, begin)


def known_from(rule: Evaluator, past: Past) -> Instant:
    """From this instant on, what the rule says of the past is what was true then."""
    match rule:
        case All(parts) | Any_(parts):
            return max(known_from(part, past) for part in parts)
        case Not(part):
            return known_from(part, past)
        case Did(spec, span) | Total(spec=spec, span=span) | Timed(Did(_, span) | Total(span=span), spec):
            return _events_known_from(past.specs.get(spec.key, spec), span, past.profile)
        case _:
            return _standing_known_from(rule, past.profile)


def _begin_before(rule: Evaluator, past: Past, known: Instant) -> Instant:
    """She was not thought to be in at all, or not as early: the late event let her in, or filled a gap."""
    begin = _begin(rule, past, past.late) or past.now
    if begin > past.late or known >= past.late:
        return begin
    return _begin(rule, past, max(known, first_seen(past.profile))) or begin


def _events_known_from(spec: Spec, span: Span, profile: Profile) -> Instant:
    """Between the newest event and now nothing can be missing, and before it only what was let go."""
    entries = profile.aggregates.get(spec.key, ())
    marks = profile.aggregates.get(span.since, ())
    last_mark = marks[-1][0] if marks else NO_FLOOR
    if not entries:
        return last_mark
    newest, let_go = entries[-1][0], _let_go_until(spec, entries)
    if let_go < first_seen(profile):
        return last_mark
    return max(last_mark, newest if span.within is None else min(newest, let_go + span.within))


def _let_go_until(spec: Spec, entries: Sequence[Entry]) -> Instant:
    """What happened up to then may be remembered no longer."""
    if spec.keep == "oldest":
        return NO_FLOOR
    by_age = NO_FLOOR if spec.horizon is None else entries[-1][0] - spec.horizon
    if len(entries) < spec.count:
        return by_age
    # What passes no more goes before what is older.
    return max(by_age, entries[-1 if spec.timed else 0][0])


def _standing_known_from(rule: Evaluator, profile: Profile) -> Instant:
    match rule:
        case QuietFor():
            return NO_FLOOR if profile.last_own_at is None else profile.last_own_at
        case InSegment(name):
            # Just before it she was out; who is out now may have been in at any time.
            return profile.memberships.get(name, FOREVER) - 1
        case LifetimeIs():
            is_plain = not profile.orders.folded and all(map(_is_as_ordered, profile.orders.recent.values()))
            return NO_FLOOR if is_plain else FOREVER
        case TraitIs() | ConsentsTo() | IdentifiedBy() | CartHas():
            return max(_said_at(rule, profile), default=NO_FLOOR)
    return FOREVER


def _said_from(rule: Evaluator, profile: Profile, now: Instant) -> Instant:
    """Before this instant nothing is known that made it true: no word of hers that is kept is older."""
    match rule:
        case All(parts):
            return max(_said_from(part, profile, now) for part in parts)
        case Any_(parts):
            holding = (part for part in parts if part.evaluate(profile, now, NO_FLOOR)[0])
            return min((_said_from(part, profile, now) for part in holding), default=NO_FLOOR)
        case ConsentsTo(purpose) if purpose in profile.consents:
            return profile.consents[purpose].at
        case TraitIs(name, test) if name in profile.traits:
            said = history(profile.traits[name])
            return min((one.at for one in said if test.passes(one.value, now)), default=NO_FLOOR)
        case IdentifiedBy():
            return max(_said_at(rule, profile), default=NO_FLOOR)
    return NO_FLOOR


def _said_at(rule: TraitIs | ConsentsTo | IdentifiedBy | CartHas, profile: Profile) -> Iterable[Instant]:
    """When what stands was said, or done; before that something else may have stood."""
    match rule:
        case TraitIs(name):
            trait = profile.traits.get(name.split(".")[0])
            return () if trait is None else (trait.at,)
        case ConsentsTo(purpose):
            return () if purpose not in profile.consents else (profile.consents[purpose].at,)
        case IdentifiedBy(kind):
            seen = (first for (of, _), (first, _) in profile.identifiers.items() if of == kind)
            return sorted(seen)[:1]
    return (*(line.at for line in profile.carts.lines.values()), *profile.carts.cuts.values())


def _is_as_ordered(order: Order) -> bool:
    """Nothing was said of it later: of a refund it is not known when that was."""
    return order.ordered and not order.cancelled and not order.refunds


def _begin(rule: Evaluator, past: Past, at: Instant) -> Instant | None:
    """Looking from an instant on, when what holds now began; None if that takes too many looks."""
    now, since = past.now, None
    happened = sorted(_happened(past.profile, at, now))
    for _ in range(MOST_LOOKS):
        if at >= now:
            return now if since is None else since
        holds, change = rule.evaluate(past.profile, at, NO_FLOOR)
        if not holds:
            since = None
        elif since is None:
            since = at
        at = _next_look(at, change, happened, now)
    return None


def _happened(profile: Profile, after: Instant, until: Instant) -> set[Instant]:
    """When events between happened: evaluators do not know of what was still to come."""
    found: set[Instant] = set()
    for entries in profile.aggregates.values():
        first = bisect_right(entries, after, key=_instant)
        found.update(entry[0] for entry in entries[first : bisect_right(entries, until, key=_instant)])
    return found


def _instant(entry: Entry) -> Instant:
    return entry[0]


def _next_look(at: Instant, change: Instant | None, happened: list[Instant], now: Instant) -> Instant:
    """The answer can change by itself, or at an event."""
    place = bisect_right(happened, at)
    event = happened[place] if place < len(happened) else now
    return min(event, now if change is None else max(change, at + 1))
