"""She buys at every possible moment: before the journey, between any two calls of anybody, on the second.

Whatever stands half done then must come to the right end: converted once, everything off, nothing more sent.
"""

from collections.abc import Callable
from typing import Any

import pytest

from hub.clock import DAY, HOUR, Instant
from hub.deliveries import Status
from hub.strategy.strategy import Strategy
from tests.cart_story import LEVELS, QUIET, Story

MAILER = "amazon_ses"
PARTS = 8
"""The calls are tried in so many tests."""


class Detour:
    """At the n-th call of any port, before or after it has its effect, something else happens first."""

    def __init__(self, at: int, *, after: bool) -> None:
        self.calls = 0
        self.act: Callable[[], None] = lambda: None
        self._at = at
        self._after = after
        self._away = False

    def around(self, call: Callable[[], Any]) -> Any:
        if self._away:
            return call()
        self.calls += 1
        if self.calls != self._at:
            return call()
        answer = call() if self._after else None
        self._away = True
        self.act()
        self._away = False
        return answer if self._after else call()


class Shopper(Story):
    """She buys once, a millisecond after whatever the hub is at."""

    bought_at: Instant = 0
    may_leave: int = 0
    """Mails that may have left in the end: those before, and one that the gate had let through already."""

    def buys_now(self) -> None:
        self.hub.time.advance(1)
        self.bought_at = self.hub.time.now()
        touches = [one for profile in self.hub.profiles.scan() for one in profile.touches.values()]
        through = [one for one in touches if one.connector == MAILER and one.status is Status.QUEUED]
        self.may_leave = len(self.mails) + len(through)
        self.buys()


def walk(strategy: Strategy, detour: Detour) -> Shopper:
    story = Shopper(strategy, around=detour.around)
    detour.act = story.buys_now
    story.fills_her_cart()
    story.hub.advance_to(QUIET + 4 * DAY)
    return story


@pytest.fixture(scope="module")
def calls(own_strategy: Strategy) -> int:
    """How many calls a journey takes on which she never buys."""
    count = Detour(0, after=False)
    walk(own_strategy, count)
    return count.calls


@pytest.mark.parametrize("after", [False, True], ids=["before the call", "after the call"])
@pytest.mark.parametrize("part", range(PARTS))
def test_buying_between_any_two_calls_ends_it_well(
    own_strategy: Strategy, calls: int, part: int, *, after: bool
) -> None:
    for place in range(1 + part, calls + 1, PARTS):
        story = walk(own_strategy, Detour(place, after=after))

        where = f"bought at call {place} of {calls}, {story.bought_at - QUIET} ms after the quiet"
        assert_all_is_over(story, where)


def assert_all_is_over(story: Shopper, where: str) -> None:
    assert story.bought_at, where
    assert len(story.mails) <= story.may_leave, where
    assert story.standing == set(), where
    assert not any(effect.wanted for effect in story.hub.effects.rows.values()), where
    assert story.hub.errors == [], where
    levels = {status for (vendor, _), status in story.statuses.items() if vendor in LEVELS}
    assert levels <= {Status.OFF, Status.WITHHELD}, where
    ended = story.bought_at >= QUIET + 3 * DAY
    outcomes = [one.outcome for one in story.profile.enrollments.values()]
    assert outcomes in ([["ended"]] if ended else [[], ["goal"]]), where
    assert len(story.profile.conversions) == outcomes.count("goal"), where


@pytest.mark.parametrize("moment", [4 * HOUR, 12 * HOUR, 3 * DAY], ids=["+4h", "+12h", "+3d"])
@pytest.mark.parametrize("beside", [-1_000, -1, 0, 1, 999], ids=lambda beside: f"{beside} ms")
@pytest.mark.parametrize("overdue", [False, True], ids=["bought first", "timed out first"])
def test_buying_in_the_same_second_as_a_time_out(
    own_strategy: Strategy, moment: Instant, beside: int, *, overdue: bool
) -> None:
    story = Shopper(own_strategy)
    story.fills_her_cart()
    at = QUIET + moment + beside
    story.hub.advance_to(at if overdue else at - 1)
    story.hub.time.instant = at
    story.bought_at = at

    story.buys()
    story.hub.advance_to(QUIET + 5 * DAY)

    assert story.standing == set()
    assert not any(effect.wanted for effect in story.hub.effects.rows.values())
    assert [when for _, when in story.mails if when > at] == []
    over = at > QUIET + 3 * DAY or (at == QUIET + 3 * DAY and overdue)
    assert story.outcome() == ("ended" if over else "goal")
    assert len(story.profile.conversions) == (0 if over else 1)


def test_buying_before_she_was_quiet_long_enough_starts_nothing(own_strategy: Strategy) -> None:
    story = Shopper(own_strategy)
    story.fills_her_cart()
    story.hub.advance_to(QUIET - 2)

    story.buys_now()
    story.hub.advance_to(QUIET + 5 * DAY)

    assert story.asked() == []
    assert story.profile.enrollments == {}
    assert story.profile.conversions == ()
