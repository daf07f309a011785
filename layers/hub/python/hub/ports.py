"""What the hub asks of the world; adapters stand in `hub.aws`, in-memory ones in `cli.rehearsal`."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from hub.clock import Instant
from hub.deliveries import Delivery, Message
from hub.effects import Effect, EffectKey
from hub.enrollments import Breakdown, Enrollment
from hub.identities import Identifier
from hub.leads import Lead
from hub.merges import Merge
from hub.profiles import Profile
from hub.quarantine import Parcel, Quarantined


class Profiles(Protocol):
    """Profiles and the identifiers that lead to them; every read is strongly consistent."""

    def get(self, profile_id: str) -> Profile | None:
        """The profile, or the one it was merged into, with the way there (`via`)."""

    def find(self, identifiers: Sequence[Identifier]) -> dict[Identifier, str]:
        """(type, normalised value) -> profile id, for the identifiers that are known."""

    def claim(self, identifier: Identifier, profile_id: str) -> None:
        """Let an unknown identifier lead to the profile, or do so again; Conflict if more is known of it."""

    def leads(self, identifiers: Sequence[Identifier]) -> dict[Identifier, Lead]:
        """As `find`, with how each came to lead where it leads."""

    def point(self, identifier: Identifier, lead: Lead) -> None:
        """Let a known identifier lead so; Conflict if it was changed since `lead` was read (its version)."""

    def shorten(self, profile_id: str, target: str) -> None:
        """Let a merged profile lead to `target` at once; Conflict if it is none any more."""

    def put(self, profile: Profile) -> None:
        """Store it, if nobody stored it since it was read (version), else Conflict."""

    def merge(self, winner: Profile, merges: Sequence[Merge], leads: Mapping[Identifier, Lead]) -> None:
        """Store the winner, make each loser a pointer to it that can be undone, and let known identifiers
        lead so (as `point`): all or nothing, else Conflict."""

    def merge_of(self, profile_id: str) -> Merge | None:
        """How a merged profile was merged; None if it stands for itself or is unknown."""

    def amend(self, merge: Merge) -> None:
        """Store the states that a merge can be undone to; Conflict if the loser was stored since."""

    def split(self, winner: Profile, loser: Profile, leads: Mapping[Identifier, Lead]) -> None:
        """Undo a merge: store each for itself and let known identifiers lead so; all, else Conflict."""


@dataclass(frozen=True, kw_only=True)
class LedgerEntry:
    state: Literal["sending", "sent", "failed", "withheld", "unknown"]
    at: Instant
    vendor_id: str = ""
    reason: str = ""


class SendLedger(Protocol):
    """One row a message, written right before the request leaves: the heart of exactly once (P3)."""

    def begin(self, message_id: str, now: Instant) -> LedgerEntry | None:
        """None: the caller, and only the caller, may send now. Else what stands already."""

    def withhold(self, message_id: str, entry: LedgerEntry) -> LedgerEntry | None:
        """None: it has ended so, and was never begun. Else what stands already."""

    def settle(self, message_id: str, entry: LedgerEntry) -> None:
        """Write down how it ended."""

    def release(self, message_id: str) -> None:
        """The request is known not to have had an effect: the next attempt may begin again."""


class Effects(Protocol):
    def want(self, message: Message) -> None:
        """The message's enrollment wants the level on; idempotent."""

    def unwant(self, key: EffectKey, enrollment_id: str) -> None:
        """It no longer does, and would have to be allowed anew; idempotent."""

    def allow(self, effect: Effect) -> bool:
        """Write down who may have it and had it (`allowed`, `stood`); False if the level was changed since it
        was read."""

    def read(self, keys: Sequence[EffectKey]) -> list[Effect]:
        """Strongly consistent, in the keys' order, without those that do not exist."""

    def of_profile(self, profile_id: str, connector: str | None = None) -> list[Effect]:
        """Every level of a customer."""

    def lease(self, effect: Effect, *, now: Instant, until: Instant) -> Effect | None:
        """Alone with this level until `until`; its confirmation is in doubt from here. None: it is taken.

        Who may have it and had it, what is about to be sent and whose words those are go with it.
        """

    def confirm(self, effect: Effect, *, fingerprint: str, sent: Sequence[str]) -> None:
        """End a lease with what the vendor confirmed; who had it and whose words stand are the effect's."""

    def release(self, effect: Effect) -> None:
        """End a lease without knowing more: confirmation stays in doubt; all else is as the effect says."""


class Outbox(Protocol):
    """The connectors' queues."""

    def put(self, messages: Sequence[Message], *, delay: int = 0) -> None:
        """`delay`: milliseconds of hub time."""


class Outcomes(Protocol):
    """The way back into the events queue."""

    def put(self, deliveries: Sequence[Delivery]) -> None: ...

    def broke(self, breakdown: Breakdown) -> None:
        """Durable once it returns, as deliveries are."""


class Secrets(Protocol):
    def get(self, name: str, *, fresh: bool = False) -> dict[str, object]:
        """The secret's JSON, from a cache unless `fresh`; ConfigurationError if there is none or no JSON."""


class Members(Protocol):
    """Who is in which segment, for listing and for counting."""

    def enter(
        self, segment: str, profile_id: str, since: Instant, evidence: Mapping[str, object], version: str
    ) -> bool:
        """Idempotent; True if she was not in. `version`: of the rule that the evidence speaks of."""

    def leave(self, segment: str, profile_id: str) -> bool:
        """Idempotent; True if she was in."""

    def listed(self, profile_id: str, segments: Iterable[str]) -> dict[str, Instant]:
        """Of these segments those she is listed in, each with since when; strongly consistent."""

    def grow(self, changes: Mapping[str, int]) -> None:
        """Add to the segments' sizes, which are counters beside the members."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """An enrollment as its machine sees it."""

    enrollment_id: str
    profile_id: str
    journey: str
    entered_at: Instant
    closed_at: Instant | None = None
    outcome: str = ""
    step: int = -1
    """The last step begun."""
    token: str = ""
    """Of the state that waits now; "" while none does."""
    version: str = ""
    """Of the definition it finishes on."""
    levels: tuple[Message, ...] = ()
    """Every level this run may have turned on: what must be off when it is over."""


class Runs(Protocol):
    def open(self, enrollment: Enrollment, profile_id: str, version: str = "") -> None:
        """Idempotent. `version`: of the journey's definition."""

    def get(self, enrollment_id: str) -> Run | None: ...

    def begin_step(self, enrollment_id: str, step: int, token: str, levels: Sequence[Message]) -> Run | None:
        """Note the waiting state and what it is about to turn on, while the run is open; None: it is over."""

    def choose(self, enrollment_id: str, step: int, place: int) -> int:
        """Note which of a step's actions was chosen; the place that was noted first, which stands."""

    def close(self, enrollment_id: str, outcome: str, at: Instant) -> Run | None:
        """Close it once; the run as it was closed first, None if there is no such run."""


class Machines(Protocol):
    def start(self, journey: str, enrollment_id: str, profile_id: str) -> None:
        """Start the journey's machine; a second start of the same enrollment is refused and harmless."""

    def succeed(self, token: str, outcome: str) -> bool:
        """Let a waiting state go on to close; False: nothing waits by this token (any more)."""


class Timers(Protocol):
    def arm(self, profile_id: str, at: Instant) -> None:
        """Say `Tick(profile_id, at)` to the events queue, never before `at`."""


class Quarantine(Protocol):
    """Events that break the tracking plan, kept until they or the plan are put right."""

    def keep(self, aside: Sequence[Quarantined]) -> None:
        """Durable once it returns; the same events again change nothing."""

    def parcels(self, event: str | None = None) -> Iterator[Parcel]:
        """What is kept, of one event or of all; oldest days first for each event."""

    def settle(self, parcel: Parcel, remaining: Sequence[Quarantined]) -> None:
        """Keep only these of a parcel; none: forget it."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A queue message that nothing can be done with, and why: the class of an error, never a value (P9)."""

    body: str
    reason: str


class DeadLetters(Protocol):
    def put(self, letters: Sequence[DeadLetter]) -> None:
        """Durable once it returns."""
