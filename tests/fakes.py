"""In-memory stand-ins for the ports, those that rehearsals run on, by the names that tests know them by.

Each is held to the same contract tests as its adapter (tests/aws). Those that only connectors need stand in
tests/fakes_delivery.py.
"""

from collections.abc import Iterator, Sequence

from cli.rehearsal.profile_store import Change, Stored
from cli.rehearsal.profile_store import InMemoryProfiles as FakeProfiles
from cli.rehearsal.stores import InMemoryMembers as FakeMembers
from cli.rehearsal.stores import InMemoryOutbox as FakeOutbox
from cli.rehearsal.stores import InMemoryRuns as FakeRuns
from cli.rehearsal.stores import InMemoryTimers as FakeTimers
from hub.clock import DAY, Instant
from hub.quarantine import Parcel, Quarantined, read_line, write_line
from hub.rules import event_name

__all__ = [
    "Change",
    "FakeMachines",
    "FakeMembers",
    "FakeOutbox",
    "FakeProfiles",
    "FakeQuarantine",
    "FakeRuns",
    "FakeTimers",
    "Stored",
]


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


class FakeQuarantine:
    """`hub.ports.Quarantine`; every event of one keeping in a parcel with those of its name and day."""

    def __init__(self) -> None:
        self._lines: dict[str, tuple[str, ...]] = {}

    def keep(self, aside: Sequence[Quarantined]) -> None:
        by_shelf: dict[tuple[str, Instant], list[Quarantined]] = {}
        for one in aside:
            name = event_name(one.event) if one.planned else "!"
            by_shelf.setdefault((name, one.event.received_at // DAY), []).append(one)
        for (name, day), kept in by_shelf.items():
            ids = sorted(f"{one.event.source} {one.event.message_id}" for one in kept)
            self._lines[f"{name} {day} {ids}"] = tuple(map(write_line, kept))

    def parcels(self, event: str | None = None) -> Iterator[Parcel]:
        for key in sorted(self._lines):
            kept = tuple(map(read_line, self._lines[key]))
            if event is None or any(event_name(one.event) == event for one in kept):
                yield Parcel(key, kept)

    def settle(self, parcel: Parcel, remaining: Sequence[Quarantined]) -> None:
        if remaining:
            self._lines[parcel.key] = tuple(map(write_line, remaining))
        else:
            self._lines.pop(parcel.key, None)
