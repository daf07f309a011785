"""Whose event is it? Which profiles are one? Decided from identifiers alone, the same in any order (P8).

A customer has one user id. Profiles linked by an event become one unless that would give one
customer two user ids; then a shared device has changed hands: the event is the newer user's and
the anonymous id moves with her. An e-mail address or telephone number never moves.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hub import identities
from hub.events import Event
from hub.identities import Identifier
from hub.profiles import Profile, user_ids

MOVABLE = frozenset({"anonymous_id"})


@dataclass(frozen=True, kw_only=True)
class Verdict:
    profile_id: str
    """Whose event it is; after the merges, if there are any."""
    claims: tuple[Identifier, ...] = ()
    """Unknown identifiers that lead to her from now on."""
    moves: tuple[Identifier, ...] = ()
    """Identifiers that lead to her from now on and no longer to somebody else."""
    merges: tuple[str, ...] = ()
    """Profiles that turned out to be hers, and are no more."""


def carried(event: Event) -> list[Identifier]:
    """Every identifier of an event, an alias's previous id included."""
    previous = identities.aliased(event)
    found = identities.identifiers_of(event)
    return [*found, previous] if previous else found


def judge(found: Sequence[Identifier], owners: Mapping[Identifier, Profile]) -> Verdict:
    """`owners`: the profile each known identifier leads to; those not in it are new."""
    chosen = _choose(found, owners)
    profile_id = chosen.profile_id if chosen else identities.profile_id_for(found[0])
    mine = _user_ids(found, chosen)
    foreign = [one for one in _distinct(owners) if one.profile_id != profile_id]
    merges = [one for one in foreign if not (user_ids(one) - mine)]
    strangers = {one.profile_id for one in foreign if one not in merges}
    return Verdict(
        profile_id=profile_id,
        claims=tuple(one for one in found if one not in owners),
        moves=tuple(
            one
            for one in found
            if one[0] in MOVABLE and one in owners and owners[one].profile_id in strangers
        ),
        merges=tuple(sorted(one.profile_id for one in merges)),
    )


def _choose(found: Sequence[Identifier], owners: Mapping[Identifier, Profile]) -> Profile | None:
    """The profile that stays: never one of another user, else of the best identifier, else the oldest."""
    user = {value for kind, value in found if kind == "user_id"}
    fitting = [one for one in _distinct(owners) if not user or user_ids(one) <= user]
    return min(fitting, key=_seniority, default=None)


def _seniority(profile: Profile) -> tuple[bool, int, str]:
    first_seen = min((first for first, _ in profile.identifiers.values()), default=0)
    return (not user_ids(profile), first_seen, profile.profile_id)


def _user_ids(found: Sequence[Identifier], chosen: Profile | None) -> set[str]:
    said = {value for kind, value in found if kind == "user_id"}
    return said or (user_ids(chosen) if chosen else set())


def _distinct(owners: Mapping[Identifier, Profile]) -> list[Profile]:
    return list({profile.profile_id: profile for profile in owners.values()}.values())
