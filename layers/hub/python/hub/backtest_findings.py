"""What a back-test finds: stays in segments and deliveries, told as they come, and the sum of both."""

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hub.clock import Instant, format_instant
from hub.deliveries import Delivery
from hub.profiles import Profile, identifier_of
from hub.screening import Found


@dataclass(frozen=True, slots=True)
class Membership:
    profile_id: str
    user_id: str
    anonymous_id: str
    segment: str
    entered_at: Instant
    left_at: Instant | None

    def to_json(self) -> dict[str, Any]:
        return {
            "profile_id": self.profile_id,
            "user_id": self.user_id or None,
            "anonymous_id": self.anonymous_id or None,
            "segment": self.segment,
            "entered_at": format_instant(self.entered_at),
            "left_at": None if self.left_at is None else format_instant(self.left_at),
        }


@dataclass(frozen=True, slots=True)
class Planned:
    profile_id: str
    user_id: str
    journey: str
    step: int
    connector: str
    action: str
    at: Instant
    status: str
    reason: str

    def to_json(self) -> dict[str, Any]:
        shown = {name: getattr(self, name) for name in self.__slots__}
        return {**shown, "user_id": self.user_id or None, "at": format_instant(self.at)}


@dataclass(slots=True)
class Summary:
    events: int = 0
    duplicates: int = 0
    nobodys: int = 0
    """Events whose identifiers all stand for nobody (null, 000, …)."""
    refused: int = 0
    """Identifiers that did not count: quarantined, or more of a type than a customer may have."""
    kept_out: Found = field(default_factory=Found)
    """What robots did, and what breaks the tracking plan."""
    profiles: int = 0
    entered: Counter[str] = field(default_factory=Counter)
    left: Counter[str] = field(default_factory=Counter)
    members: Counter[str] = field(default_factory=Counter)
    enrollments: Counter[str] = field(default_factory=Counter)
    messages: dict[str, dict[int, Counter[str]]] = field(default_factory=dict)
    """Journey -> step -> status -> how many."""
    conversions: Counter[str] = field(default_factory=Counter)
    value: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))


class Findings:
    def __init__(
        self, on_membership: Callable[[Membership], None], on_delivery: Callable[[Planned], None]
    ) -> None:
        self.summary = Summary()
        self._on_membership = on_membership
        self._on_delivery = on_delivery
        self._converted: set[str] = set()

    def stayed(self, profile: Profile, segment: str, entered_at: Instant, left_at: Instant | None) -> None:
        self.summary.entered[segment] += 1
        (self.summary.members if left_at is None else self.summary.left)[segment] += 1
        user_id, anonymous_id = (identifier_of(profile, kind) for kind in ("user_id", "anonymous_id"))
        self._on_membership(
            Membership(profile.profile_id, user_id, anonymous_id, segment, entered_at, left_at)
        )

    def delivered(self, profile: Profile, delivery: Delivery) -> None:
        steps = self.summary.messages.setdefault(delivery.journey, {})
        steps.setdefault(delivery.step, Counter())[delivery.status.value] += 1
        self._on_delivery(
            Planned(
                profile_id=profile.profile_id,
                user_id=identifier_of(profile, "user_id"),
                journey=delivery.journey,
                step=delivery.step,
                connector=delivery.connector,
                action=delivery.action,
                at=delivery.at,
                status=delivery.status.value,
                reason=delivery.reason,
            )
        )

    def converted(self, profile: Profile) -> None:
        """Count the conversions not yet counted."""
        for conversion in profile.conversions:
            if conversion.enrollment_id not in self._converted:
                self._converted.add(conversion.enrollment_id)
                self.summary.conversions[conversion.journey] += 1
                self.summary.value[conversion.journey] += conversion.value or 0.0
