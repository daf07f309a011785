"""The profiles under work for one group of facts, and what must be written of them in the end."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice

from hub import identity, merges, profiles, timeline
from hub.clock import Instant
from hub.errors import Conflict
from hub.events import Event
from hub.identities import Identifier
from hub.identity import Verdict
from hub.leads import Lead
from hub.merges import Merge
from hub.ports import Profiles
from hub.profiles import Profile
from hub.rules import Rules

MERGES_AT_ONCE, LEADS_AT_ONCE = 20, 50
"""Written together with the profile that stays. DynamoDB takes 100 items and 4 MB; a merge is two items."""


@dataclass(slots=True)
class Desk:
    store: Profiles
    rules: Rules
    now: Instant
    leads: dict[Identifier, Lead] = field(default_factory=dict)
    """Of every identifier of the group that is known by now."""
    changed: set[str] = field(default_factory=set)
    """Profiles to write."""
    verdicts: list[Verdict] = field(default_factory=list)
    """Those by which an identifier was refused or quarantined."""
    _open: dict[str, Profile] = field(default_factory=dict)
    _claims: dict[Identifier, str] = field(default_factory=dict)
    _merges: dict[str, list[Merge]] = field(default_factory=dict)
    """Winner -> who became part of her."""
    _turned: set[Identifier] = field(default_factory=set)
    _shortened: set[Identifier] = field(default_factory=set)
    _detours: dict[str, str] = field(default_factory=dict)
    """Merged profile that leads on to another merged one -> where the way ends."""

    def profile(self, profile_id: str) -> Profile:
        """The profile, or the one it became part of; a new one, if there is none."""
        known = self._open.get(profile_id)
        if known is None:
            known = self.store.get(profile_id) or Profile(profile_id)
            if len(known.via) > 1:
                self._detours[known.via[0]] = known.profile_id
            known = self._open[profile_id] = self._open.setdefault(known.profile_id, known)
        return known

    def attribute(self, event: Event) -> tuple[Profile, Verdict]:
        """The profile an event belongs to, merged and moved as its identifiers ask."""
        found = self.rules.identifiers.of(event)
        if taken_in_by := self._taken_in_by(event, found):
            return taken_in_by, Verdict(profile_id=taken_in_by.profile_id)
        verdict = identity.judge(found, self.leads, self.profile, event.at, self.rules.policy.identifiers)
        profile = self.profile(verdict.profile_id)
        for loser_id in verdict.merges:
            profile = self._merge(profile, self.profile(loser_id), event.at, merges.reason(verdict.leads))
        self._lead(verdict)
        if verdict.claims or verdict.leads:
            self.changed.add(profile.profile_id)
        if verdict.refused or verdict.quarantined:
            self.verdicts.append(verdict)
        return profile, verdict

    def _taken_in_by(self, event: Event, found: Sequence[Identifier]) -> Profile | None:
        """Who has this event of what several had already: hers it stays, whose ever it would be by now."""
        shared = [profile_id for one in found if one in self.leads for profile_id in self.leads[one].holders]
        if not shared or any(kind == "user_id" for kind, _ in found):
            return None
        mark = profiles.mark_of(event.source, event.message_id)
        holders = map(self.profile, shared)
        return next((holder for holder in holders if mark in holder.ring), None)

    def write(self, heard_until: Instant) -> None:
        """Everything, in an order in which a crash anywhere is mended by doing all of it again."""
        for profile in self._to_write():
            until = max(heard_until, profile.settled_at)
            timeline.settle(profile, until, self.rules)
            timeline.arm_tick(profile, until)
        for identifier, profile_id in self._claims.items():
            self.store.claim(identifier, profile_id)
        for profile in self._to_write():
            self._put(profile)
        for identifier in sorted(self._turned):
            self.store.point(identifier, self.leads[identifier])
        self._straighten()

    def _merge(self, winner: Profile, loser: Profile, at: Instant, because: tuple[str, ...]) -> Profile:
        joined = timeline.unite(winner, loser, at, self.rules)
        one = Merge(loser=loser, before=winner, at=self.now, because=because)
        earlier = self._merges.pop(loser.profile_id, [])
        self._merges.setdefault(winner.profile_id, []).extend([one, *earlier])
        for profile_id, profile in list(self._open.items()):
            if profile.profile_id in (winner.profile_id, loser.profile_id):
                self._open[profile_id] = joined
        self.changed.discard(loser.profile_id)
        return joined

    def _lead(self, verdict: Verdict) -> None:
        for identifier in verdict.claims:
            self._claims[identifier] = verdict.profile_id
            self.leads[identifier] = Lead(profile_id=verdict.profile_id)
        self.leads.update(verdict.shortcuts)
        self.leads.update(verdict.leads)
        self._turned.update(verdict.leads)
        self._shortened.update(verdict.shortcuts)

    def _put(self, profile: Profile) -> None:
        """With the merges that made it and the identifiers that did, all or nothing."""
        pending = iter(self._merges.get(profile.profile_id, ()))
        first = list(islice(pending, MERGES_AT_ONCE))
        if not first:
            self.store.put(profile)
            return
        linking = [one for one in sorted(self._turned) if self.leads[one].profile_id == profile.profile_id]
        ways = {one: self.leads[one] for one in linking[:LEADS_AT_ONCE]}
        self.store.merge(profile, first, ways)
        self._turned.difference_update(ways)
        while more := list(islice(pending, MERGES_AT_ONCE)):
            self.store.merge(profile, more, {})

    def _straighten(self) -> None:
        """Ways are made shorter for those who come after; that somebody else did it first is as good."""
        for identifier in sorted(self._shortened):
            with suppress(Conflict):
                self.store.point(identifier, self.leads[identifier])
        for profile_id, target in self._detours.items():
            with suppress(Conflict):
                self.store.shorten(profile_id, target)

    def _to_write(self) -> Iterator[Profile]:
        standing = {profile.profile_id: profile for profile in self._open.values()}
        yield from (standing[profile_id] for profile_id in sorted(self.changed))
