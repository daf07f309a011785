"""Evaluators of what stands now: traits, cart, quiet, segments, identifiers, consent (see `hub.evaluators`)."""

from dataclasses import dataclass
from typing import Any

from hub import carts, traits
from hub.aggregates import pick
from hub.clock import Duration, Instant, format_instant
from hub.comparing import Test
from hub.evaluators import Answer, Evidence
from hub.profiles import Profile, user_ids


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
        return {"trait": self.name, "value": self._value(profile), **source}

    def _value(self, profile: Profile) -> Any:
        standing = profile.traits.get(self.name)
        return standing.value if standing else pick(traits.values(profile.traits), self.name)


@dataclass(frozen=True, slots=True)
class CartHas:
    items: Test | None
    value: Test | None
    contains: tuple[tuple[str, Test], ...]

    def evaluate(self, profile: Profile, now: Instant, floor: Instant) -> Answer:  # noqa: ARG002 - the cart is as it is
        lines = [line for _, line in carts.open_lines(profile.carts)]
        items, value = carts.totals(lines)
        holds = (self.items is None or self.items.passes(items, now)) and (
            self.value is None or self.value.passes(value, now)
        )
        return holds and (not self.contains or any(self._fits(line.product, now) for line in lines)), None

    def evidence(self, profile: Profile, now: Instant, floor: Instant) -> Evidence:  # noqa: ARG002
        lines = [line for _, line in carts.open_lines(profile.carts)]
        items, value = carts.totals(lines)
        return {"cart": {"items": items, "value": value, "lines": [dict(line.product) for line in lines]}}

    def _fits(self, product: Any, now: Instant) -> bool:
        return all(test.passes(pick(product, path), now) for path, test in self.contains)


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
        return self.name in profile.memberships, None

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
            "user_ids": sorted(user_ids(profile)) if self.kind == "user_id" else [],
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
