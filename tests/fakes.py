"""In-memory stand-ins for the ports; each is held to the same contract tests as its adapter (tests/aws).

Those that only connectors need stand in tests/fakes_delivery.py.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from hub import profile_codec
from hub.aws.segment_table import Member
from hub.clock import Instant
from hub.deliveries import Message
from hub.enrollments import Enrollment
from hub.errors import Conflict
from hub.identities import Identifier
from hub.ports import Run
from hub.profiles import Profile


@dataclass(frozen=True, kw_only=True)
class Stored:
    """A profile at rest: text and not an object, so that nobody changes it by holding on to it."""

    profile_id: str
    version: int
    body: bytes
    ring: bytes
    merged_into: str = ""

    @classmethod
    def of(cls, profile: Profile, merged_into: str = "") -> "Stored":
        return cls(
            profile_id=profile.profile_id,
            version=profile.version + 1,
            body=profile_codec.encode(profile),
            ring=profile_codec.encode_ring(profile),
            merged_into=merged_into,
        )

    def profile(self) -> Profile:
        return profile_codec.decode(
            self.body, profile_id=self.profile_id, version=self.version, ring=self.ring
        )


@dataclass(frozen=True, kw_only=True)
class Change:
    """What the profiles table's stream tells of one write."""

    before: Profile | None
    after: Profile
    merged: bool


class FakeProfiles:
    """`hub.ports.Profiles`."""

    def __init__(self) -> None:
        self.stored: dict[str, Stored] = {}
        self.owners: dict[Identifier, str] = {}
        self.changes: list[Change] = []

    def get(self, profile_id: str) -> Profile | None:
        found = self.stored.get(profile_id)
        while found is not None and found.merged_into:
            found = self.stored[found.merged_into]
        return found.profile() if found else None

    def find(self, identifiers: Sequence[Identifier]) -> dict[Identifier, str]:
        return {one: self.owners[one] for one in identifiers if one in self.owners}

    def claim(self, identifier: Identifier, profile_id: str) -> None:
        if self.owners.setdefault(identifier, profile_id) != profile_id:
            raise Conflict(f"{identifier} leads elsewhere")

    def move(self, identifier: Identifier, *, source: str, target: str) -> None:
        if self.owners.get(identifier) not in (source, target):
            raise Conflict(f"{identifier} leads elsewhere")
        self.owners[identifier] = target

    def put(self, profile: Profile) -> None:
        self._check(profile)
        self._store(Stored.of(profile))
        profile.version += 1

    def merge(self, winner: Profile, losers: Sequence[Profile]) -> None:
        for one in (winner, *losers):
            self._check(one)
        self._store(Stored.of(winner))
        for loser in losers:
            self._store(Stored.of(loser, merged_into=winner.profile_id))
        winner.version += 1

    def scan(self) -> Iterable[Profile]:
        return [one.profile() for one in self.stored.values() if not one.merged_into]

    def _check(self, profile: Profile) -> None:
        standing = self.stored.get(profile.profile_id)
        if (standing.version if standing else 0) != profile.version:
            raise Conflict(f"profile {profile.profile_id} was stored since it was read")

    def _store(self, new: Stored) -> None:
        old = self.stored.get(new.profile_id)
        self.stored[new.profile_id] = new
        before = old.profile() if old else None
        self.changes.append(Change(before=before, after=new.profile(), merged=bool(new.merged_into)))


class FakeMembers:
    """`hub.ports.Members`, with what the command line reads of it."""

    def __init__(self) -> None:
        self._members: dict[str, dict[str, Member]] = {}

    def enter(self, segment: str, profile_id: str, since: Instant, evidence: Mapping[str, object]) -> None:
        plain = json.loads(json.dumps(evidence))
        member = Member(profile_id=profile_id, since=since, evidence=plain)
        self._members.setdefault(segment, {})[profile_id] = member

    def leave(self, segment: str, profile_id: str) -> None:
        self._members.get(segment, {}).pop(profile_id, None)

    def size(self, segment: str) -> int:
        return len(self._members.get(segment, {}))

    def members(self, segment: str) -> Iterator[Member]:
        yield from self._members.get(segment, {}).values()

    def member(self, segment: str, profile_id: str) -> Member | None:
        return self._members.get(segment, {}).get(profile_id)


class FakeRuns:
    """`hub.ports.Runs`."""

    def __init__(self) -> None:
        self.runs: dict[str, Run] = {}

    def open(self, enrollment: Enrollment, profile_id: str) -> None:
        run = Run(
            enrollment_id=enrollment.enrollment_id,
            profile_id=profile_id,
            journey=enrollment.journey,
            entered_at=enrollment.entered_at,
        )
        self.runs.setdefault(enrollment.enrollment_id, run)

    def get(self, enrollment_id: str) -> Run | None:
        return self.runs.get(enrollment_id)

    def begin_step(self, enrollment_id: str, step: int, token: str, levels: Sequence[Message]) -> Run | None:
        run = self.runs.get(enrollment_id)
        if run is None or run.closed_at is not None:
            return None
        noted = {f"{one.connector}#{one.target}": one for one in (*run.levels, *levels)}
        kept = tuple(noted[name] for name in sorted(noted))
        self.runs[enrollment_id] = replace(run, step=step, token=token, levels=kept)
        return self.runs[enrollment_id]

    def close(self, enrollment_id: str, outcome: str, at: Instant) -> Run | None:
        run = self.runs.get(enrollment_id)
        if run is not None and run.closed_at is None:
            self.runs[enrollment_id] = replace(run, closed_at=at, outcome=outcome)
        return self.runs.get(enrollment_id)


class FakeMachines:
    """`hub.ports.Machines`: what was started, and which tokens somebody waits by."""

    def __init__(self) -> None:
        self.started: dict[str, tuple[str, str]] = {}
        """Enrollment -> journey and profile."""
        self.waiting: set[str] = set()
        self.succeeded: dict[str, str] = {}
        """Token -> outcome."""

    def start(self, journey: str, enrollment_id: str, profile_id: str) -> None:
        self.started.setdefault(enrollment_id, (journey, profile_id))

    def succeed(self, token: str, outcome: str) -> bool:
        if token not in self.waiting:
            return False
        self.waiting.remove(token)
        self.succeeded[token] = outcome
        return True


@dataclass(kw_only=True)
class FakeTimers:
    """`hub.ports.Timers`."""

    armed: list[tuple[Instant, str]] = field(default_factory=list)
    """(at, profile), each once however often it was armed."""

    def arm(self, profile_id: str, at: Instant) -> None:
        if (at, profile_id) not in self.armed:
            self.armed.append((at, profile_id))


@dataclass(kw_only=True)
class FakeOutbox:
    """`hub.ports.Outbox`."""

    queued: list[Message] = field(default_factory=list)

    def put(self, messages: Sequence[Message], *, delay: int = 0) -> None:  # noqa: ARG002 - nobody waits in memory
        self.queued += messages

    def take(self, connector: str) -> list[Message]:
        """What waits in a connector's queue, and no longer does."""
        taken = [message for message in self.queued if message.connector == connector]
        self.queued = [message for message in self.queued if message.connector != connector]
        return taken
