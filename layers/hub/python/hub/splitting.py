"""A wrong merge undone: from the joined customer and the states of before, the two that she was (P8).

The one who had become part of the other is again as she was, with what has become since of everything
that is hers by its id: orders, carts, journeys, messages; and with the identifiers that came since by her
own, as a user id does by a login on her device. The other is what was joined without that, and
with what the merge had displaced. What else happened since the merge stays with her: nothing says whose
it was. A withdrawal of consent since then is kept on both sides.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import reduce

from hub import carts, consents, orders, profiles, subtracting, ties, touches, traits
from hub.clock import Instant
from hub.consents import Consents
from hub.identities import Identifier
from hub.profiles import Memory, Profile
from hub.traits import Traits

Seen = tuple[Instant, Instant]


def split(
    joined: Profile,
    before: Sequence[Profile],
    loser: Profile,
    memory: Memory,
    others: Collection[Identifier] = (),
) -> tuple[Profile, Profile]:
    """(who stayed, who leaves), to be settled. `before`: who stayed, at each merge since, the first first.

    Usually there is one; there are more where who had taken her in became part of others later on.
    `others`: identifiers of those who became part of who stayed as well.
    """
    base = reduce(lambda part, whole: profiles.join(whole, part, memory), before)
    hers = loser.identifiers.keys() - base.identifiers.keys()
    came = ties.came_by(joined.ties, hers, {*base.identifiers, *others} - hers)
    loser = _with(came, loser, joined, memory)
    return _stayed(joined, base, loser, memory), _left(joined, base, loser, memory)


def _stayed(joined: Profile, base: Profile, loser: Profile, memory: Memory) -> Profile:
    let_go = subtracting.let_go(joined.aggregates, loser.aggregates, base.aggregates)
    identifiers = _rest_of_identifiers(joined, base, loser)
    since_ties = ties.among(joined.ties, identifiers.keys() | base.identifiers.keys())
    rest = Profile(
        joined.profile_id,
        version=joined.version,
        identifiers=identifiers,
        ties=subtracting.differing(since_ties, loser.ties, base.ties),
        traits=subtracting.traits(joined.traits, loser.traits, base.traits),
        aggregates=subtracting.aggregates(joined.aggregates, loser.aggregates, base.aggregates),
        days=subtracting.days(joined.days, loser.days, base.days, let_go),
        orders=subtracting.orders(joined.orders, loser.orders, base.orders),
        carts=subtracting.carts(joined.carts, loser.carts, base.carts),
        consents=subtracting.differing(joined.consents, loser.consents, base.consents),
        touches={key: one for key, one in joined.touches.items() if not _is_hers(one, base, loser)},
        ring={mark: at for mark, at in joined.ring.items() if mark not in loser.ring or mark in base.ring},
    )
    stayed = profiles.join(rest, base, memory)
    gone = {loser.profile_id} | loser.merged
    stayed.merged = (joined.merged | base.merged) - gone - {joined.profile_id}
    stayed.apart = (joined.apart - (loser.apart - base.apart)) | gone
    stayed.last_own_at = _last_own(joined, base, loser)
    stayed.memberships = _memberships(joined, base, loser)
    own = joined.enrollments.keys() - (loser.enrollments.keys() - base.enrollments.keys())
    stayed.enrollments = {key: joined.enrollments[key] for key in sorted(own)}
    stayed.conversions = tuple(
        one for one in joined.conversions if one.enrollment_id in own or one in base.conversions
    )
    stayed.settled_at, stayed.tick_at = joined.settled_at, joined.tick_at
    return stayed


def _left(joined: Profile, base: Profile, loser: Profile, memory: Memory) -> Profile:
    hers = {key: one for key, one in joined.touches.items() if _is_hers(one, base, loser)}
    since = {mark: at for mark, at in joined.ring.items() if mark not in base.ring}
    since_ties = ties.among(joined.ties, loser.identifiers)
    own = loser.enrollments.keys() & joined.enrollments.keys()
    conversions = {*loser.conversions, *(one for one in joined.conversions if one.enrollment_id in own)}
    return replace(
        loser,
        identifiers={key: _seen_since(key, seen, joined, base) for key, seen in loser.identifiers.items()},
        ties=ties.join(loser.ties, subtracting.differing(since_ties, base.ties, loser.ties)),
        orders=orders.join(loser.orders, subtracting.orders_of(joined.orders, loser.orders, base.orders)),
        carts=carts.join(loser.carts, subtracting.carts_of(joined.carts, loser.carts, base.carts)),
        consents=consents.join(loser.consents, _withdrawn_since(joined, base, loser)),
        touches=touches.join(loser.touches, hers, memory.policy.caps),
        ring={**since, **loser.ring},
        apart=loser.apart | ((joined.merged | {joined.profile_id}) - loser.merged - {loser.profile_id}),
        enrollments={key: joined.enrollments[key] for key in sorted(own)},
        conversions=tuple(sorted(conversions, key=lambda one: (one.at, one.enrollment_id))),
        settled_at=max(loser.settled_at, joined.settled_at),
        tick_at=None,
        changes=None,
        news_at=None,
        wake_at=None,
        via=(),
    )


def _with(came: Collection[Identifier], loser: Profile, joined: Profile, memory: Memory) -> Profile:
    """As if she had brought along what came by her identifiers since, and what was said with it."""
    if not came:
        return loser
    since = Profile(
        loser.profile_id,
        identifiers={one: joined.identifiers[one] for one in came},
        traits=_said_with(came, joined.traits, memory),
    )
    return replace(profiles.join(loser, since, memory), merged=loser.merged)


def _said_with(came: Collection[Identifier], known: Traits, memory: Memory) -> Traits:
    """The values of traits that name one of these, and whatever the same messages said."""
    told = [(name, one) for name, trait in known.items() for one in traits.history(trait)]
    naming = {
        (one.source, one.message_id)
        for name, one in told
        if (name, memory.identifiers.normalised(name, one.value, one.source)) in came
    }
    said: Traits = {}
    for name, one in told:
        if (one.source, one.message_id) in naming:
            said = traits.join(said, {name: replace(one, displaced=())})
    return said


def _rest_of_identifiers(joined: Profile, base: Profile, loser: Profile) -> dict[tuple[str, str], Seen]:
    """Of those that both had, only what was seen since: the rest comes back with the base."""
    rest = {key: seen for key, seen in joined.identifiers.items() if key not in loser.identifiers}
    for key in loser.identifiers.keys() & base.identifiers.keys():
        last = joined.identifiers[key][1] if key in joined.identifiers else 0
        if last > max(loser.identifiers[key][1], base.identifiers[key][1]):
            rest[key] = (last, last)
    return rest


def _seen_since(key: tuple[str, str], seen: Seen, joined: Profile, base: Profile) -> Seen:
    if key in base.identifiers or key not in joined.identifiers:
        return seen
    first, last = joined.identifiers[key]
    return (min(seen[0], first), max(seen[1], last))


def _is_hers(touch: touches.Touch, base: Profile, loser: Profile) -> bool:
    if touch.message_id in loser.touches and touch.message_id not in base.touches:
        return True
    return touch.enrollment_id in loser.enrollments and touch.enrollment_id not in base.enrollments


def _withdrawn_since(joined: Profile, base: Profile, loser: Profile) -> Consents:
    known = (*loser.consents.items(), *base.consents.items())
    return {
        purpose: one
        for purpose, one in joined.consents.items()
        if not one.given and (purpose, one) not in known
    }


def _last_own(joined: Profile, base: Profile, loser: Profile) -> Instant | None:
    """The joined one's, where it is later than what either had."""
    known = [at for at in (base.last_own_at, loser.last_own_at) if at is not None]
    is_newer = joined.last_own_at is not None and joined.last_own_at > max(known, default=-1)
    return joined.last_own_at if is_newer else base.last_own_at


def _memberships(joined: Profile, base: Profile, loser: Profile) -> dict[str, Instant]:
    """As they stand; since when, as before the merge where the other's is what counted since."""
    return {
        name: base.memberships.get(name, since) if loser.memberships.get(name) == since else since
        for name, since in joined.memberships.items()
    }
