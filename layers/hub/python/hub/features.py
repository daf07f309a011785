"""What a prediction looks at: each feature's value now, and what it comes to if nothing happens but time."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Literal, Protocol

from hub import carts
from hub.aggregates import Spec
from hub.clock import DAY, Instant
from hub.evaluators import NO_FLOOR, Span
from hub.orders import Totals
from hub.profiles import Profile

Course = Iterator[tuple[Instant, float | None]]
"""(since when, value): as it is now, then as it will be, in order of time; a value may be said twice."""


class Feature(Protocol):
    def course(self, profile: Profile, now: Instant, bought: Totals) -> Course: ...


@dataclass(frozen=True, slots=True)
class OfOrders:
    what: Literal["recency_days", "frequency", "monetary"]

    def course(self, profile: Profile, now: Instant, bought: Totals) -> Course:  # noqa: ARG002
        if self.what == "recency_days":
            return _days(bought.last_at, now)
        return iter([(now, bought.count if self.what == "frequency" else bought.net)])


@dataclass(frozen=True, slots=True)
class OfCart:
    what: Literal["cart_items", "cart_value"]

    def course(self, profile: Profile, now: Instant, bought: Totals) -> Course:  # noqa: ARG002
        items, value = carts.totals(line for _, line in carts.open_lines(profile.carts))
        return iter([(now, items if self.what == "cart_items" else value)])


@dataclass(frozen=True, slots=True)
class SinceLast:
    spec: Spec

    def course(self, profile: Profile, now: Instant, bought: Totals) -> Course:  # noqa: ARG002
        entries = profile.aggregates.get(self.spec.key, ())
        return _days(max((entry[0] for entry in entries if entry[0] <= now), default=None), now)


@dataclass(frozen=True, slots=True)
class Count:
    spec: Spec
    span: Span
    up_to: int

    def course(self, profile: Profile, now: Instant, bought: Totals) -> Course:  # noqa: ARG002
        counted = self.span.count(self.spec, profile, now, NO_FLOOR) or []
        yield now, min(self.up_to, len(counted))
        for gone, entry in enumerate(counted, start=1):
            yield entry[0] + (self.span.within or 0), min(self.up_to, len(counted) - gone)


@dataclass(frozen=True, slots=True)
class Fifth:
    inner: Feature
    cut_offs: tuple[float, ...]

    def course(self, profile: Profile, now: Instant, bought: Totals) -> Course:
        for at, value in self.inner.course(profile, now, bought):
            yield at, None if value is None else 1 + sum(value > cut_off for cut_off in self.cut_offs)


def _days(since: Instant | None, now: Instant) -> Course:
    """Whole days: they change once a day, at the hour at which it was."""
    if since is None:
        yield now, None
        return
    passed = (now - since) // DAY
    yield now, passed
    for days in count(passed + 1):
        yield since + days * DAY, days
