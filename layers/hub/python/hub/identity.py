"""Whose event is it? Which profiles are one? Decided from identifiers alone, the same in any order (P8).

A customer has one user id. Profiles linked by an event become one unless that would give one
customer two user ids, or more of a type than the policy allows, or they were split from one another.
Two users on one device: the event is its user's, and the device is hers from then on, unless the
other was seen with it later. An address or number is the user's who was seen with it first.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from hub import identities
from hub.clock import Instant
from hub.identities import Identifier
from hub.leads import Holder, Lead
from hub.profiles import Profile, first_seen, user_ids
from hub.strategy.policy import Identifiers

MOVABLE = frozenset({"anonymous_id"})
OVER_LIMIT, QUARANTINED = "over its limit", "quarantined"

Leads = Mapping[Identifier, Lead]
Owners = Mapping[Identifier, Profile]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    profile_id: str
    """Whose event it is; after the merges, if there are any."""
    heard: tuple[Identifier, ...] = ()
    """The event's identifiers that she was seen with."""
    claims: tuple[Identifier, ...] = ()
    """Unknown identifiers that lead to her from now on."""
    merges: tuple[str, ...] = ()
    """Profiles that turned out to be hers, and are no more."""
    leads: dict[Identifier, Lead] = field(default_factory=dict)
    """Known identifiers whose way changes: they change hands, or have made customers one."""
    shortcuts: dict[Identifier, Lead] = field(default_factory=dict)
    """Known identifiers that lead to her by way of a profile that is no more, and can do so at once."""
    refused: tuple[tuple[Identifier, str], ...] = ()
    """Identifiers of the event that do not count, and why."""
    quarantined: tuple[Identifier, ...] = ()
    """Identifiers that have been quarantined by this event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Link:
    """What an event's identifiers would make of the profiles they lead to."""

    profile_id: str
    chosen: Profile | None
    """Whose the event is, of those known; None: a new customer's."""
    merges: Sequence[Profile] = ()
    strangers: Sequence[Profile] = ()
    """Others that they lead to."""
    users: frozenset[str] = frozenset()
    """The user id that the event says or that she has; none or one."""


def judge(
    found: Sequence[Identifier],
    leads: Leads,
    profile_of: Callable[[str], Profile],
    at: Instant,
    terms: Identifiers,
) -> Verdict:
    """`leads`: of the identifiers that are known. `profile_of`: the profile, or the one it became part of.

    `at`: of the event. `terms`: what the policy says of identifiers.
    """
    known = {one: leads[one] for one in found if one in leads}
    if not known and len(dict(found)) == len(found):  # one of each type: within any limit
        return Verdict(
            profile_id=identities.profile_id_for(found[0]), heard=tuple(found), claims=tuple(found)
        )
    owners = {one: profile_of(lead.holder(at)) for one, lead in known.items()}
    heard, refused = _firm(found, known, owners)
    link = _link(heard, owners)
    while over := _over(link, heard, terms):
        one = _last_of(over, link, heard, owners)
        heard = tuple(other for other in heard if other != one)
        refused = (*refused, (one, OVER_LIMIT))
        link = _link(heard, owners)
    changed = {
        one: _changed(one, lead, link, owners, at, terms) for one, lead in known.items() if one in heard
    }
    straight = {one: lead.pointed(lead.holder(at), owners[one].profile_id) for one, lead in known.items()}
    hard = {one: lead for one, lead in changed.items() if lead != straight[one]}
    return Verdict(
        profile_id=link.profile_id,
        heard=heard,
        claims=tuple(one for one in heard if one not in known),
        merges=tuple(sorted(one.profile_id for one in link.merges)),
        leads=hard,
        shortcuts={one: lead for one, lead in straight.items() if one not in hard and lead != known[one]},
        refused=refused,
        quarantined=tuple(one for one in hard if hard[one].quarantined_at != known[one].quarantined_at),
    )


def _firm(
    found: Sequence[Identifier], known: Leads, owners: Owners
) -> tuple[tuple[Identifier, ...], tuple[tuple[Identifier, str], ...]]:
    """Those that may link, and those that may not beside one that is quarantined.

    That one still says whose the event is where nothing else does, and a user id always says it.
    """
    shy = [one for one in found if one in known and known[one].quarantined_at is not None]
    if not shy or (len(owners) == len(found) and len(_distinct(owners)) == 1):
        return tuple(found), ()
    firm = [one for one in found if one not in shy]
    if shy[0][0] == "user_id" or not any(one in known or one[0] == "user_id" for one in firm):
        firm = [one for one in found if owners.get(one) is owners[shy[0]]]
    return tuple(firm), tuple((one, QUARANTINED) for one in found if one not in firm)


def _link(heard: Sequence[Identifier], owners: Owners) -> _Link:
    best_first = _distinct({one: owners[one] for one in heard if one in owners})
    said = frozenset(value for kind, value in heard if kind == "user_id")
    chosen = _choose(best_first, said)
    if chosen is None:
        founded = identities.profile_id_for(heard[0])
        return _Link(profile_id=founded, chosen=None, strangers=best_first, users=said)
    users = said or frozenset(user_ids(chosen))
    foreign = [one for one in best_first if one is not chosen]
    merges: list[Profile] = []
    for one in foreign:
        if user_ids(one) <= users and not any(_apart(one, other) for other in (chosen, *merges)):
            merges.append(one)
    strangers = [one for one in foreign if one not in merges]
    return _Link(profile_id=chosen.profile_id, chosen=chosen, merges=merges, strangers=strangers, users=users)


def _choose(best_first: Sequence[Profile], said: frozenset[str]) -> Profile | None:
    """The one that stays: never another user's, else a user's by the best identifier, else the oldest.

    Among those that were split from one another the best identifier decides, as among users.
    """
    fitting = [one for one in best_first if not said or user_ids(one) <= said]
    known = next((one for one in fitting if user_ids(one)), None)
    if known or not fitting:
        return known
    at_odds = any(_apart(fitting[0], other) for other in fitting[1:])
    return fitting[0] if at_odds else min(fitting, key=_seniority)


def _apart(one: Profile, other: Profile) -> bool:
    """They were taken for one customer once, and split."""
    if not one.apart and not other.apart:
        return False
    return bool(one.apart & {other.profile_id, *other.merged} or other.apart & {one.profile_id, *one.merged})


def _over(link: _Link, heard: Sequence[Identifier], terms: Identifiers) -> set[str]:
    """The types of which she would have more than she may, and more than she has."""
    held = set(link.chosen.identifiers) if link.chosen else set()
    would = held.union(heard, *(one.identifiers for one in link.merges))
    if len(would) == len(held):
        return set()
    before, after = (Counter(kind for kind, _ in those) for those in (held, would))
    return {kind for kind, number in after.items() if number > max(terms.limit(kind), before[kind])}


def _last_of(over: set[str], link: _Link, heard: Sequence[Identifier], owners: Owners) -> Identifier:
    """The least trusted identifier that brings too many: one that is new to her, else one that merges."""
    held = link.chosen.identifiers if link.chosen else {}
    merging = [one for one in heard if owners.get(one) in link.merges]
    new = [one for one in heard if one[0] in over and one not in held and one not in merging]
    return (new or merging)[-1]


def _changed(
    one: Identifier, lead: Lead, link: _Link, owners: Owners, at: Instant, terms: Identifiers
) -> Lead:
    """The way of a known identifier after the event."""
    owner = owners[one]
    straight = lead.pointed(lead.holder(at), owner.profile_id)
    if link.merges and (owner is link.chosen or owner in link.merges):
        others = {link.profile_id, *(each.profile_id for each in link.merges)} - {owner.profile_id}
        burst = terms.burst
        linked = straight.linked(at, sorted(others), burst.profiles, burst.within)
        return linked.pointed(owner.profile_id, link.profile_id)
    if one[0] in MOVABLE and link.users and owner in link.strangers:
        new = Holder(profile_id=link.profile_id, user_id=max(link.users), first=at, last=at)
        return straight.switched(at, new, _holder(one, owner))
    if one[0] != "user_id" and owner in link.strangers and _is_earlier(at, link.users, _holder(one, owner)):
        return straight.corrected(link.profile_id)
    return straight


def _is_earlier(at: Instant, users: frozenset[str], owner: Holder) -> bool:
    """One user was seen with an address before another who has it; at one instant, who is less by her id."""
    return bool(users and owner.user_id) and (at, max(users)) < (owner.first, owner.user_id)


def _holder(device: Identifier, owner: Profile) -> Holder:
    first, last = owner.identifiers.get(device, (0, 0))
    return Holder(
        profile_id=owner.profile_id, user_id=max(user_ids(owner), default=""), first=first, last=last
    )


def _seniority(profile: Profile) -> tuple[Instant, str]:
    return (first_seen(profile), profile.profile_id)


def _distinct(owners: Owners) -> list[Profile]:
    return list({profile.profile_id: profile for profile in owners.values()}.values())
