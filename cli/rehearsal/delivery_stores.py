"""The connectors' ports in memory; each keeps the same promises as its adapter in `hub.aws` (tests/aws)."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from hub.clock import Instant
from hub.deliveries import Delivery, Message
from hub.effects import Effect, EffectKey, without
from hub.enrollments import Breakdown
from hub.errors import ConfigurationError, Conflict
from hub.ports import LedgerEntry


class InMemorySendLedger:
    def __init__(self) -> None:
        self.rows: dict[str, LedgerEntry] = {}

    def begin(self, message_id: str, now: Instant) -> LedgerEntry | None:
        standing = self.rows.get(message_id)
        if standing is None:
            self.rows[message_id] = LedgerEntry(state="sending", at=now)
        return standing

    def withhold(self, message_id: str, entry: LedgerEntry) -> LedgerEntry | None:
        standing = self.rows.get(message_id)
        self.rows.setdefault(message_id, entry)
        return standing

    def settle(self, message_id: str, entry: LedgerEntry) -> None:
        self._must_be(message_id, {"sending"} if entry.state == "unknown" else {"sending", "unknown"})
        self.rows[message_id] = entry

    def release(self, message_id: str) -> None:
        self._must_be(message_id, {"sending"})
        del self.rows[message_id]

    def _must_be(self, message_id: str, states: set[str]) -> None:
        standing = self.rows.get(message_id)
        if standing is None or standing.state not in states:
            raise Conflict(f"message {message_id} has ended otherwise meanwhile")


class InMemoryEffects:
    def __init__(self) -> None:
        self.rows: dict[EffectKey, Effect] = {}

    def want(self, message: Message) -> None:
        key = EffectKey(profile_id=message.profile_id, connector=message.connector, target=message.target)
        standing = self.rows.get(key) or Effect(key=key, action=message.action)
        self.rows[key] = replace(
            standing,
            action=message.action,
            wanted_by=standing.wanted_by | {message.enrollment_id},
            version=standing.version + 1,
        )

    def unwant(self, key: EffectKey, enrollment_id: str) -> None:
        standing = self.rows.get(key)
        if standing is not None:
            left = without(standing, {enrollment_id})
            self._write(standing, wanted_by=standing.wanted_by - {enrollment_id}, allowed=left.allowed)

    def allow(self, effect: Effect) -> bool:
        standing = self.rows[effect.key]
        if standing.version != effect.version:
            return False
        self._write(standing, allowed=effect.allowed, stood=effect.stood)
        return True

    def read(self, keys: Sequence[EffectKey]) -> list[Effect]:
        return [self.rows[key] for key in keys if key in self.rows]

    def of_profile(self, profile_id: str, connector: str | None = None) -> list[Effect]:
        hers = [effect for key, effect in self.rows.items() if key.profile_id == profile_id]
        return [effect for effect in hers if connector in (None, effect.key.connector)]

    def lease(self, effect: Effect, *, now: Instant, until: Instant) -> Effect | None:
        standing = self.rows[effect.key]
        if standing.version != effect.version or standing.leased_until > now:
            return None
        return self._write(
            standing, leased_until=until, allowed=effect.allowed, confirmed=None, **_told(effect)
        )

    def confirm(self, effect: Effect, *, fingerprint: str, sent: Sequence[str]) -> None:
        told = {**_told(effect), "sent": tuple(sent)}
        self._write(self._mine(effect), confirmed=fingerprint, leased_until=0, **told)

    def release(self, effect: Effect) -> None:
        self._write(self._mine(effect), leased_until=0, **_told(effect))

    def _mine(self, effect: Effect) -> Effect:
        standing = self.rows[effect.key]
        if standing.leased_until != effect.leased_until:
            raise Conflict(f"effect {effect.key}: its lease is over")
        return standing

    def _write(self, standing: Effect, **changes: object) -> Effect:
        written = replace(standing, version=standing.version + 1, **changes)  # type: ignore[arg-type]
        self.rows[standing.key] = written
        return written


def _told(effect: Effect) -> dict[str, object]:
    return {"says": effect.says, "sent": effect.sent, "stood": effect.stood}


@dataclass
class InMemoryOutcomes:
    deliveries: list[Delivery] = field(default_factory=list)
    breakdowns: list[Breakdown] = field(default_factory=list)

    def put(self, deliveries: Sequence[Delivery]) -> None:
        self.deliveries.extend(deliveries)

    def broke(self, breakdown: Breakdown) -> None:
        self.breakdowns.append(breakdown)


@dataclass
class InMemorySecrets:
    """`secrets` is what the store holds; a reader sees what was there when it last looked afresh."""

    secrets: dict[str, dict[str, object]]
    cached: dict[str, dict[str, object]] = field(default_factory=dict)

    def get(self, name: str, *, fresh: bool = False) -> dict[str, object]:
        if name not in self.secrets:
            raise ConfigurationError(f"secret {name} cannot be read: create it, or let this Lambda read it")
        if fresh or name not in self.cached:
            self.cached[name] = self.secrets[name]
        return self.cached[name]
