"""Profiles and the identifiers that lead to them, in memory; held to the contract tests of the table."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hub import profile_codec
from hub.clock import Instant
from hub.errors import Conflict
from hub.identities import Identifier
from hub.leads import Lead
from hub.merges import Merge
from hub.profiles import Profile


@dataclass(frozen=True, kw_only=True)
class Stored:
    """A profile at rest: text and not an object, so that nobody changes it by holding on to it."""

    profile_id: str
    version: int
    body: bytes
    ring: bytes
    merged_into: str = ""
    merged_at: Instant = 0
    because: tuple[str, ...] = ()

    @classmethod
    def of(cls, profile: Profile, **merge: Any) -> "Stored":
        return cls(
            profile_id=profile.profile_id,
            version=profile.version + 1,
            body=profile_codec.encode(profile),
            ring=profile_codec.encode_ring(profile),
            **merge,
        )

    def profile(self, via: tuple[str, ...] = ()) -> Profile:
        profile = profile_codec.decode(
            self.body, profile_id=self.profile_id, version=self.version, ring=self.ring
        )
        profile.via = via
        return profile


@dataclass(frozen=True, kw_only=True)
class Change:
    """What the profiles table's stream tells of one write."""

    before: Profile | None
    after: Profile
    merged: bool
    was_merged: bool = False


class InMemoryProfiles:
    """`hub.ports.Profiles`."""

    def __init__(self) -> None:
        self.stored: dict[str, Stored] = {}
        self.before: dict[str, Stored] = {}
        """Merged profile -> the other one as she was before."""
        self.leading: dict[Identifier, Lead] = {}
        self.changes: list[Change] = []

    @property
    def owners(self) -> dict[Identifier, str]:
        return {identifier: lead.profile_id for identifier, lead in self.leading.items()}

    def get(self, profile_id: str) -> Profile | None:
        via: tuple[str, ...] = ()
        found = self.stored.get(profile_id)
        while found is not None and found.merged_into:
            via = (*via, found.profile_id)
            found = self.stored[found.merged_into]
        return found.profile(via) if found else None

    def find(self, identifiers: Sequence[Identifier]) -> dict[Identifier, str]:
        return {one: lead.profile_id for one, lead in self.leads(identifiers).items()}

    def leads(self, identifiers: Sequence[Identifier]) -> dict[Identifier, Lead]:
        return {one: self.leading[one] for one in identifiers if one in self.leading}

    def claim(self, identifier: Identifier, profile_id: str) -> None:
        claimed = Lead(profile_id=profile_id)
        if self.leading.setdefault(identifier, claimed) != claimed:
            raise Conflict(f"{identifier} leads elsewhere")

    def point(self, identifier: Identifier, lead: Lead) -> None:
        self._check_lead(identifier, lead)
        self.leading[identifier] = replace(lead, version=lead.version + 1)

    def shorten(self, profile_id: str, target: str) -> None:
        standing = self.stored.get(profile_id)
        if standing is None or not standing.merged_into:
            raise Conflict(f"profile {profile_id} is not merged")
        self.stored[profile_id] = replace(standing, merged_into=target)

    def put(self, profile: Profile) -> None:
        self._check(profile)
        self._store(Stored.of(profile))
        profile.version += 1

    def merge(self, winner: Profile, merges: Sequence[Merge], leads: Mapping[Identifier, Lead]) -> None:
        for profile in (winner, *(one.loser for one in merges)):
            self._check(profile)
        for identifier, lead in leads.items():
            self._check_lead(identifier, lead)
        self._store(Stored.of(winner))
        for one in merges:
            told = {"merged_into": winner.profile_id, "merged_at": one.at, "because": one.because}
            self._store(Stored.of(one.loser, **told))
            self.before[one.loser.profile_id] = Stored.of(one.before)
        for identifier, lead in leads.items():
            self.point(identifier, lead)
        winner.version += 1

    def merge_of(self, profile_id: str) -> Merge | None:
        loser, before = self.stored.get(profile_id), self.before.get(profile_id)
        if loser is None or before is None or not loser.merged_into:
            return None
        return Merge(
            loser=loser.profile(), before=before.profile(), at=loser.merged_at, because=loser.because
        )

    def amend(self, merge: Merge) -> None:
        self._check(merge.loser)
        standing = self.stored[merge.loser.profile_id]
        if not standing.merged_into:
            raise Conflict(f"profile {standing.profile_id} is not merged")
        told = {name: getattr(standing, name) for name in ("merged_into", "merged_at", "because")}
        self._store(Stored.of(merge.loser, **told))
        self.before[merge.loser.profile_id] = Stored.of(merge.before)

    def split(self, winner: Profile, loser: Profile, leads: Mapping[Identifier, Lead]) -> None:
        for profile in (winner, loser):
            self._check(profile)
        for identifier, lead in leads.items():
            self._check_lead(identifier, lead)
        for profile in (winner, loser):
            self._store(Stored.of(profile))
            profile.version += 1
        for identifier, lead in leads.items():
            self.point(identifier, lead)
        del self.before[loser.profile_id]

    def scan(self) -> Iterable[Profile]:
        return [one.profile() for one in self.stored.values() if not one.merged_into]

    def _check(self, profile: Profile) -> None:
        standing = self.stored.get(profile.profile_id)
        if (standing.version if standing else 0) != profile.version:
            raise Conflict(f"profile {profile.profile_id} was stored since it was read")

    def _check_lead(self, identifier: Identifier, lead: Lead) -> None:
        standing = self.leading.get(identifier)
        if standing is None or standing.version != lead.version:
            raise Conflict(f"{identifier} was changed since it was read")

    def _store(self, new: Stored) -> None:
        old = self.stored.get(new.profile_id)
        self.stored[new.profile_id] = new
        self.changes.append(
            Change(
                before=old.profile() if old else None,
                after=new.profile(),
                merged=bool(new.merged_into),
                was_merged=bool(old and old.merged_into),
            )
        )
