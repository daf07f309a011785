"""All that a demo left behind: what was done, what was seen, and what the hub knows of it at the end."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from cli.demo.acts import Ending, Shopper, Unsubscribes, Withdraws
from cli.demo.play import Played
from cli.demo.story import Due, Story
from cli.demo.watch import Seen
from cli.profile_view import View
from hub.clock import Clock, Duration, Instant, format_instant

_GOALS = {"buys": "Order Completed", "buys at once": "Order Completed", "empties her cart": "Product Removed"}


@dataclass(frozen=True, kw_only=True)
class Evidence:
    story: Story
    shoppers: Sequence[Shopper]
    played: Played
    seen: Sequence[Seen]
    views: Mapping[str, View | None]
    """Shopper -> everything the hub knows of her at the end."""
    clock: Clock
    dead_letters: Sequence[Mapping[str, Any]] = field(default_factory=list)
    """[{queue, messages}]."""

    def entered(self, shopper: Shopper) -> Instant:
        """When her journey should have begun: once she had been quiet after her first visit."""
        times = [act.at for act in shopper.acts]
        pauses = (one for one, following in pairwise(times) if following - one >= self.story.quiet)
        return self.played.opening + next(pauses, times[-1]) + self.story.quiet

    def over(self, shopper: Shopper) -> Instant | None:
        """When her journey ended, by what she did; None if it has not."""
        goal = _GOALS.get(shopper.ending)
        return self.played.when(shopper, goal) if goal else None

    def unsubscribed(self, shopper: Shopper) -> Instant | None:
        return self.played.when(shopper, Unsubscribes.__name__)

    def withdrew(self, shopper: Shopper) -> Instant | None:
        return self.played.when(shopper, Withdraws.__name__)

    def expected(self, shopper: Shopper) -> list[Due]:
        """Everything that should have reached her, in order."""
        if shopper.ending in ("buys at once", "held out"):
            return []
        due = self.story.due(self.entered(shopper))
        return [one for one in due if one.at < self._until(shopper, one)]

    def refused(self, shopper: Shopper) -> list[Due]:
        """What came due after she withdrew her consent to it."""
        withdrew, now = self.withdrew(shopper), self.clock.now()
        if withdrew is None:
            return []
        return [
            one for one in self.story.due(self.entered(shopper)) if one.purpose and withdrew <= one.at < now
        ]

    def withdrawn(self, shopper: Shopper) -> set[str]:
        """Connectors that she withdrew her consent to."""
        if self.withdrew(shopper) is None:
            return set()
        return {one.do.connector for one in self.story.due(self.entered(shopper)) if one.purpose}

    def let_go(self, shopper: Shopper, connector: str) -> Instant | None:
        """When nothing of this connector was to stand for her any longer, by what she did."""
        over = self.over(shopper)
        if over is None and connector in self.withdrawn(shopper):
            return self.withdrew(shopper)
        return over

    def _until(self, shopper: Shopper, due: Due) -> Instant:
        """From when on this was not to reach her, by what she did; now, if it still is to."""
        unsubscribed = self.unsubscribed(shopper) if due.is_message else None
        withdrew = self.withdrew(shopper) if due.purpose else None
        ends = (self.over(shopper), unsubscribed, withdrew)
        return min((one for one in ends if one is not None), default=self.clock.now())

    def seen_of(self, shopper: Shopper, *kinds: str) -> list[Seen]:
        mine = (one for one in self.seen if one.shopper == shopper.name and one.kind in kinds)
        return sorted(mine, key=lambda one: one.at)

    def connectors_on(self, shopper: Shopper) -> set[str]:
        """Where something was ever turned on for her."""
        return {one.connector for one in self.seen_of(shopper, "on")}

    def standing(self, shopper: Shopper) -> set[str]:
        """Where something still stands for her: the last word was on."""
        last = {one.connector: one.kind for one in self.seen_of(shopper, "on", "off")}
        return {connector for connector, kind in last.items() if kind == "on"}

    def seconds(self, span: Duration) -> float:
        """Real seconds."""
        return span / self.clock.speed / 1_000

    def lateness(self, shopper: Shopper) -> list[tuple[Due, float]]:
        """Each message that was due and came, with the real seconds between the two."""
        due = [one for one in self.expected(shopper) if one.is_message]
        came = self.seen_of(shopper, "message")
        return [(one, self.seconds(seen.at - one.at)) for one, seen in zip(due, came, strict=False)]

    def time_to_off(self, shopper: Shopper) -> float | None:
        """Real seconds until the last vendor that had to let go of her was told; None if none was."""
        spans = [
            self.seconds(one.at - ended)
            for one in self.seen_of(shopper, "off")
            if (ended := self.let_go(shopper, one.connector)) is not None
        ]
        return max(spans, default=None)

    def whose(self, ending: Ending) -> list[Shopper]:
        return [shopper for shopper in self.shoppers if shopper.ending == ending]

    def spared(self, shopper: Shopper) -> Iterator[dict[str, Any]]:
        """Her deliveries that the hub withheld."""
        return (one for one in self.views_of(shopper, "deliveries") if one["status"] == "withheld")

    def views_of(self, shopper: Shopper, part: str) -> Iterator[dict[str, Any]]:
        """The entries of a list in her view ("deliveries", "enrollments")."""
        view = self.views.get(shopper.name)
        yield from view[part] if view else ()


def hub_time(instant: Instant) -> str:
    """Day and minute: 2026-11-21 10:36."""
    return format_instant(instant)[:16].replace("T", " ")
