"""Undoing a merge at the store: planned first, so that it can be looked at, then carried out.

What can be done before the two are split is harmless while they are one: pointers and older records are
put right first, and one transaction splits. So a crash anywhere is mended by doing it again.
"""

from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

from hub import splitting, timeline
from hub.errors import Conflict, HubError
from hub.identities import Identifier
from hub.leads import Lead
from hub.merges import Merge
from hub.ports import Profiles
from hub.profiles import Profile
from hub.rules import Rules

MAX_LEADS = 90
"""Identifiers that lead back in the same transaction; DynamoDB takes 100 items."""


class NothingToUndo(HubError):
    """The profile was never merged, or is split already."""


@dataclass(frozen=True, kw_only=True)
class Split:
    """Who will be who."""

    merge: Merge
    joined: Profile
    stayed: Profile
    left: Profile
    leads: dict[Identifier, Lead]
    """Identifiers that will lead to who leaves."""
    cleaned: tuple[Merge, ...]
    """Records of other merges into who stayed, without what was hers."""


def plan(profile_id: str, store: Profiles, rules: Rules) -> Split:
    """Take `profile_id` out of whom she was merged into; NothingToUndo if she was not."""
    merge = store.merge_of(profile_id)
    if merge is None:
        raise NothingToUndo(f"{profile_id} is part of nobody: there is no merge of it to undo")
    before = list(_before(merge, store))
    joined = store.get(before[-1].profile_id)
    if joined is None or profile_id not in joined.merged:
        raise NothingToUndo(f"{profile_id}: its merge is on the way or undone just now; look again")
    others = _others(joined, before, merge.loser, store)
    stayed, left = splitting.split(joined, before, merge.loser, rules, others)
    for one in (stayed, left):
        # No further than time has passed for who they were: what she did since may wait in the queue.
        timeline.settle(one, joined.settled_at, rules)
        timeline.arm_tick(one, joined.settled_at)
    return Split(
        merge=merge,
        joined=joined,
        stayed=stayed,
        left=left,
        leads=_leads(joined, before, left, store),
        cleaned=tuple(_cleaned(stayed, before, merge.loser, store, rules, others)),
    )


def carry_out(split: Split, store: Profiles) -> None:
    """Conflict where somebody wrote one of them since it was planned: plan again."""
    for profile_id in sorted(split.left.merged):
        with suppress(Conflict):  # it is nobody's pointer: never stored
            store.shorten(profile_id, split.left.profile_id)
    for merge in split.cleaned:
        store.amend(merge)
    at_once = dict(list(split.leads.items())[:MAX_LEADS])
    for identifier, lead in split.leads.items():
        if identifier not in at_once:
            store.point(identifier, lead)
    store.split(split.stayed, split.left, at_once)


def _before(merge: Merge, store: Profiles) -> Iterator[Profile]:
    """Whom she became part of, as she was; and whom that one became part of, if she did; and so on."""
    standing: Merge | None = merge
    while standing is not None:
        yield standing.before
        standing = store.merge_of(standing.before.profile_id)


def _others(joined: Profile, before: list[Profile], loser: Profile, store: Profiles) -> set[Identifier]:
    """Identifiers of those who became part of who stays as well: each can be split for herself."""
    known = {loser.profile_id, *loser.merged, *(profile.profile_id for profile in before)}
    merges = (store.merge_of(profile_id) for profile_id in sorted(joined.merged - known))
    return {identifier for merge in merges if merge for identifier in merge.loser.identifiers}


def _leads(joined: Profile, before: list[Profile], left: Profile, store: Profiles) -> dict[Identifier, Lead]:
    """Those that only she has, and that lead to who stays."""
    theirs = {identifier for profile in before for identifier in profile.identifiers}
    own = sorted(identifier for identifier in left.identifiers if identifier not in theirs)
    stays = {joined.profile_id, *joined.merged} - {left.profile_id} - left.merged
    found = store.leads(own)
    return {
        identifier: lead.pointed(lead.profile_id, left.profile_id)
        for identifier, lead in found.items()
        if lead.profile_id in stays
    }


def _cleaned(
    stayed: Profile,
    before: list[Profile],
    loser: Profile,
    store: Profiles,
    rules: Rules,
    others: Collection[Identifier],
) -> Iterator[Merge]:
    """Undoing one of these later must not bring back what is hers."""

    def cleaned(profile: Profile) -> Profile:
        if loser.profile_id not in profile.merged:
            return profile
        parts = [one for one in before if one.profile_id in {profile.profile_id, *profile.merged}]
        rest, _ = splitting.split(profile, parts, loser, rules, others)
        return replace(rest, settled_at=profile.settled_at)

    for profile_id in sorted(stayed.merged):
        merge = store.merge_of(profile_id)
        if merge is not None and loser.profile_id in merge.loser.merged | merge.before.merged:
            yield replace(merge, loser=cleaned(merge.loser), before=cleaned(merge.before))
