"""Evaluators of what stands now: traits, lifetime totals, cart, quiet, segments, identifiers, consent."""

from dataclasses import dataclass
from typing import Any

from hub import carts, documents, orders, traits
from hub.carts import Line
from hub.clock import Duration, Instant, format_instant
from hub.comparing import Test, Tests
from hub.evaluators import Answer, earliest
from hub.evidence import MOST, Evidence, brief, brief_values
from hub.profiles import Profile, user_ids
from hub.reading import pick
from hub.strategy.lifetime import PREFIX


@dataclass(frozen=True, slots=True)
class TraitIs:
    name: str
    test: Test

    def evaluate(self, profile: Profile, now: Instant, floor: Instant) -> Answer:  # noqa: ARG002 - a trait has no floor
        value = self._value(profile)
        return self.test.passes(value, now), self.test.next_change(value, now)

    def evidence(self, profile: Profile, now: Instant, floor: Instant) -> Evidence:  # noqa: ARG002
        standing = profile.traits.get(self.name)
        source = (
            {"party": standing.party, "source": standing.source, "at": format_instant(standing.at)}
            if standing
            else {}
        )
        return {"trait": self.name, "value": brief(self._value(profile)), **source}

    def _value(self, profile: Profile) -> Any:
        standing = profile.traits.get(self.name)
        return standing.value if standing else pick(traits.values(profile.traits), self.name)


@dataclass(frozen=True, slots=True)
class LifetimeIs:
    """What all her orders come to; a trait that the hub works out itself."""

    total: str
    test: Test

    def evaluate(self, profile: Profile, now: Instant, floor: Instant) -> Answer:  # noqa: ARG002 - a life has no floor
        value = documents.lifetime(profile, now)[self.total]
        by_test = self.test.next_change(value, now)
        return self.test.passes(value, now), earliest(by_test, orders.next_after(profile.orders, now))

    def evidence(self, profile: Profile, now: Instant, floor: Instant) -> Evidence:  # noqa: ARG002
        told = documents.lifetime(profile, now)
        counts = {name: told[name] for name in ("orders", "refunds", "cancelled")}
        return {"trait": f"{PREFIX}.{self.total}", "value": told[self.total], **counts}


@dataclass(frozen=True, slots=True)
class CartHas:
    totals: Tests
    """Of `items` and `value`."""
    contains: Tests
    timed: bool
    """Some test is against the time: e.g. on the day until which a line is kept."""
    when_empty: bool
    """The answer for most customers at most times."""

    def evaluate(self, profile: Profile, now: Instant, floor: Instant) -> Answer:  # noqa: ARG002 - the cart is as it is
        if not profile.carts.lines and not self.timed:
            return self.when_empty, None
        lines = [line for _, line in carts.open_lines(profile.carts)]
        seen = self._seen(lines)
        holds = all(test.passes(seen[name], now) for name, test in self.totals) and (
            not self.contains or any(self._fits(_described(line), now) for line in lines)
        )
        return holds, self._next_look(seen, lines, now) if self.timed else None

    def evidence(self, profile: Profile, now: Instant, floor: Instant) -> Evidence:  # noqa: ARG002
        lines = [line for _, line in carts.open_lines(profile.carts)]
        described = [_described(line) for line in lines]
        # The newest stand last; behind them those the rule asks for, to be shown whatever else lies there.
        told = sorted(described, key=lambda line: bool(self.contains) and self._fits(line, now))[-MOST:]
        more = {"more_lines": len(lines) - MOST} if len(lines) > MOST else {}
        return {"cart": {**self._seen(lines), **more, "lines": [brief_values(line) for line in told]}}

    def _seen(self, lines: list[Line]) -> dict[str, float]:
        items, value = carts.totals(lines)
        return {"items": items, "value": value}

    def _next_look(self, seen: dict[str, float], lines: list[Line], now: Instant) -> Instant | None:
        flips = [test.next_change(seen[name], now) for name, test in self.totals]
        for path, test in self.contains:
            flips += [test.next_change(pick(_described(line), path), now) for line in lines]
        return earliest(*flips)

    def _fits(self, product: Any, now: Instant) -> bool:
        return all(test.passes(pick(product, path), now) for path, test in self.contains)


def _described(line: Line) -> dict[str, Any]:
    return {**line.product, "quantity": line.quantity}


@dataclass(frozen=True, slots=True)
class QuietFor:
    span: Duration

    def evaluate(self, profile: Profile, now: Instant, floor: Instant) -> Answer:  # noqa: ARG002 - quiet is since the last event
        if profile.last_own_at is None:
            return False, None
        due = profile.last_own_at + self.span
        return now >= due, due if now < due else None

    def evidence(self, profile: Profile, now: Instant, floor: Instant) -> Evidence:  # noqa: ARG002
        last = profile.last_own_at
        return {
            "quiet_since": format_instant(last) if last is not None else None,
            "from": format_instant((last or 0) + self.span),
        }


@dataclass(frozen=True, slots=True)
class InSegment:
    name: str

    def evaluate(self, profile: Profile, now: Instant, floor: Instant) -> Answer:  # noqa: ARG002
        since = profile.memberships.get(self.name)
        return (False, since) if since is None or since > now else (True, None)

    def evidence(self, profile: Profile, now: Instant, floor: Instant) -> Evidence:  # noqa: ARG002
        since = profile.memberships.get(self.name)
        return {"in_segment": self.name, "since": format_instant(since) if since is not None else None}


@dataclass(frozen=True, slots=True)
class IdentifiedBy:
    kind: str

    def evaluate(self, profile: Profile, now: Instant, floor: Instant) -> Answer:  # noqa: ARG002
        return any(kind == self.kind for kind, _ in profile.identifiers), None

    def evidence(self, profile: Profile, now: Instant, floor: Instant) -> Evidence:  # noqa: ARG002
        return {
            "identified_by": self.kind,
            "user_ids": [brief(one) for one in sorted(user_ids(profile))[-MOST:]]
            if self.kind == "user_id"
            else [],
        }


@dataclass(frozen=True, slots=True)
class ConsentsTo:
    purpose: str

    def evaluate(self, profile: Profile, now: Instant, floor: Instant) -> Answer:  # noqa: ARG002
        standing = profile.consents.get(self.purpose)
        return standing is not None and standing.given, None

    def evidence(self, profile: Profile, now: Instant, floor: Instant) -> Evidence:  # noqa: ARG002
        standing = profile.consents.get(self.purpose)
        return {"consents_to": self.purpose, "said_at": format_instant(standing.at) if standing else None}
