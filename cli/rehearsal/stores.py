"""The hub's ports in memory; each is held to the same contract tests as its adapter (tests/aws).

Profiles stand in `profile_store`, those that only connectors need in `delivery_stores`.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from hub.clock import Instant
from hub.counting import Counted, Member, Size
from hub.deliveries import Message
from hub.enrollments import Enrollment
from hub.ports import Run


class InMemoryMembers:
    """`hub.ports.Members`, with what the command line reads of it."""

    def __init__(self) -> None:
        self._members: dict[str, dict[str, Member]] = {}
        self._sizes: dict[str, Size] = {}

    def enter(
        self, segment: str, profile_id: str, since: Instant, evidence: Mapping[str, object], version: str = ""
    ) -> bool:
        plain = json.loads(json.dumps(evidence))
        member = Member(profile_id=profile_id, since=since, evidence=plain, version=version)
        is_new = profile_id not in self._members.setdefault(segment, {})
        self._members[segment][profile_id] = member
        return is_new

    def leave(self, segment: str, profile_id: str) -> bool:
        return self._members.get(segment, {}).pop(profile_id, None) is not None

    def listed(self, profile_id: str, segments: Iterable[str]) -> dict[str, Instant]:
        found = {name: self.member(name, profile_id) for name in segments}
        return {name: member.since for name, member in found.items() if member}

    def grow(self, changes: Mapping[str, int]) -> None:
        for segment, change in changes.items():
            told = self._sizes.get(segment, Size())
            self._sizes[segment] = replace(
                told, counter=told.counter + change, moves=told.moves + abs(change)
            )

    def size(self, segment: str) -> int:
        return self.sizes([segment])[segment].members

    def sizes(self, segments: Iterable[str]) -> dict[str, Size]:
        return {name: self._sizes.get(name, Size()) for name in segments}

    def count(self, segment: str) -> int:
        return len(self._members.get(segment, {}))

    def counted(self, segment: str) -> Counted:
        told = self.sizes([segment])[segment]
        return Counted(segment, told.counter, told.moves, self.count(segment), told.reconciled_at)

    def put_right(self, one: Counted, now: Instant) -> int | None:
        told = self.sizes([one.segment])[one.segment]
        if told.moves != one.moves:
            return None
        self._sizes[one.segment] = replace(told, counter=one.counted, reconciled_at=now)
        return one.off

    def shift(self, one: Counted, change: int, now: Instant) -> None:
        told = self.sizes([one.segment])[one.segment]
        if told.reconciled_at == one.reconciled_at:
            self.grow({one.segment: change})
            self._sizes[one.segment] = replace(self._sizes[one.segment], reconciled_at=now)

    def members(self, segment: str) -> Iterator[Member]:
        yield from self._members.get(segment, {}).values()

    def member(self, segment: str, profile_id: str) -> Member | None:
        return self._members.get(segment, {}).get(profile_id)


class InMemoryRuns:
    """`hub.ports.Runs`."""

    def __init__(self) -> None:
        self.runs: dict[str, Run] = {}
        self._chosen: dict[tuple[str, int], int] = {}

    def open(self, enrollment: Enrollment, profile_id: str, version: str = "") -> None:
        run = Run(
            enrollment_id=enrollment.enrollment_id,
            profile_id=profile_id,
            journey=enrollment.journey,
            entered_at=enrollment.entered_at,
            version=version,
        )
        self.runs.setdefault(enrollment.enrollment_id, run)

    def versions(self, enrollment_ids: Iterable[str]) -> Counter[str]:
        runs = (self.runs.get(one) for one in set(enrollment_ids))
        return Counter(one.version for one in runs if one)

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

    def choose(self, enrollment_id: str, step: int, place: int) -> int:
        if enrollment_id not in self.runs:
            return place
        return self._chosen.setdefault((enrollment_id, step), place)

    def close(self, enrollment_id: str, outcome: str, at: Instant) -> Run | None:
        run = self.runs.get(enrollment_id)
        if run is not None and run.closed_at is None:
            self.runs[enrollment_id] = replace(run, closed_at=at, outcome=outcome)
        return self.runs.get(enrollment_id)


@dataclass(kw_only=True)
class InMemoryTimers:
    """`hub.ports.Timers`."""

    armed: list[tuple[Instant, str]] = field(default_factory=list)
    """(at, profile), each once however often it was armed."""

    def arm(self, profile_id: str, at: Instant) -> None:
        if (at, profile_id) not in self.armed:
            self.armed.append((at, profile_id))


@dataclass(kw_only=True)
class InMemoryOutbox:
    """`hub.ports.Outbox`."""

    queued: list[Message] = field(default_factory=list)

    def put(self, messages: Sequence[Message], *, delay: int = 0) -> None:  # noqa: ARG002 - nobody waits in memory
        told = (one.model_dump_json(exclude_defaults=True) for one in messages)
        self.queued += [Message.model_validate_json(text) for text in told]

    def take(self, connector: str) -> list[Message]:
        """What waits in a connector's queue, and no longer does."""
        taken = [message for message in self.queued if message.connector == connector]
        self.queued = [message for message in self.queued if message.connector != connector]
        return taken
