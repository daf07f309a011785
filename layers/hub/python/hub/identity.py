"""Whose event is it? Which profiles are one? Decided from identifiers alone, the same in any order (P8).

A customer has one user id. Profiles linked by an event become one unless that would give one
customer two user ids; then a shared device has changed hands: the event is its user's, and the
anonymous id moves with her unless the other was seen there later. An address or number never moves.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hub import identities
from hub.clock import Instant
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


def judge(found: Sequence[Identifier], owners: Mapping[Identifier, Profile], at: Instant) -> Verdict:
    """`owners`: the profile each known identifier leads to; those not in it are new. `at`: of the event."""
    if not owners:
        return Verdict(profile_id=identities.profile_id_for(found[0]), claims=tuple(found))
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
            if one in owners
            and owners[one].profile_id in strangers
            and _gives_way(one, owners[one], at, mine)
        ),
        merges=tuple(sorted(one.profile_id for one in merges)),
    )


def _gives_way(device: Identifier, owner: Profile, at: Instant, users: set[str]) -> bool:
    """An event that is repeated or comes late does not take a device from who used it since."""
    _, last_seen = owner.identifiers.get(device, (0, 0))
    return device[0] in MOVABLE and (last_seen, max(user_ids(owner))) < (at, max(users))


def _choose(found: Sequence[Identifier], owners: Mapping[Identifier, Profile]) -> Profile | None:
    """The one that stays: never another user's, else a user's by the best identifier, else the oldest."""
    user = {value for kind, value in found if kind == "user_id"}
    best_first = _distinct({one: owners[one] for one in found if one in owners})
    fitting = [one for one in best_first if not user or user_ids(one) <= user]
    known = (one for one in fitting if user_ids(one))
    return next(known, None) or min(fitting, key=_seniority, default=None)


def _seniority(profile: Profile) -> tuple[Instant, str]:
    first_seen = min((first for first, _ in profile.identifiers.values()), default=0)
    return (first_seen, profile.profile_id)


def _user_ids(found: Sequence[Identifier], chosen: Profile | None) -> set[str]:
    said = {value for kind, value in found if kind == "user_id"}
    return said or (user_ids(chosen) if chosen else set())


def _distinct(owners: Mapping[Identifier, Profile]) -> list[Profile]:
    return list({profile.profile_id: profile for profile in owners.values()}.values())
