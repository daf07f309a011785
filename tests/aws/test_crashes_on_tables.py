"""A whole enrollment on the real adapters, with a crash before and after every call of boto3 and of a vendor.

The calls are enumerated, not sampled. Every walk is another shopper's, on the same tables and queues. What
dies is handed out again, as Lambda does; in half of the walks queues give out what they hold in the wrong
order besides, and a copy of every message comes again an hour later. In tests/test_crashes.py everything is
handed out twice as well.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from hub.clock import DAY, HOUR
from hub.deliveries import Status
from hub.identities import profile_id_for
from hub.profiles import Profile
from hub.strategy.strategy import Strategy
from tests.cart_story import CART, QUIET, TEA, TEN, shortened
from tests.hub_on_tables import HubOnTables, Stage
from tests.moto_stack import MotoStack
from tests.trouble import Fuse

PARTS = 4
MAIL, AUDIENCE = "amazon_ses", "meta_custom_audiences"


@pytest.fixture(scope="module")
def short(own_strategy: Strategy) -> Strategy:
    return shortened(own_strategy)


@pytest.fixture
def stage(stack: MotoStack) -> Stage:
    return Stage(stack, (MAIL, AUDIENCE))


@dataclass
class Walk:
    """One shopper's way, from a full cart to her order and past it."""

    strategy: Strategy
    stage: Stage
    fuse: Fuse
    user: str
    trouble: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.hub = HubOnTables(self.strategy, TEN, stage=self.stage, around=self.fuse.around, **self.trouble)
        self.hub.say(type="identify", userId=self.user, traits={"email": f"{self.user}@example.com"})
        self.hub.say(type="track", event="Product Added", userId=self.user, properties=TEA)
        self.hub.advance_to(QUIET + 13 * HOUR)
        order = {"order_id": self.user, "cart_id": CART, "revenue": 25}
        self.hub.say(type="track", event="Order Completed", userId=self.user, properties=order)
        self.hub.advance_to(QUIET + 2 * DAY)
        self.fuse.at = 0  # looking costs calls, too

    @property
    def profile(self) -> Profile:
        found = self.hub.profiles.get(profile_id_for(("user_id", self.user)))
        assert found
        return found

    @property
    def mails(self) -> list[str]:
        """Subjects of what the vendor took."""
        asked = self.hub.vendors.asked(MAIL)
        return [one["body"]["Content"]["Simple"]["Subject"]["Data"] for one in asked]

    @property
    def in_audience(self) -> bool:
        """By the vendor's book."""
        asked = [one["method"] for one in self.hub.vendors.asked(AUDIENCE)]
        return bool(asked) and asked[-1] != "DELETE"

    @property
    def ledger(self) -> list[str]:
        """What the ledger says of each mail of the journey."""
        [run] = self.profile.enrollments.values()
        mails = [touch for touch in self.profile.touches.values() if touch.connector == MAIL]
        entries = [self.hub.ledger.begin(touch.message_id, self.hub.time.now()) for touch in mails]
        assert {touch.enrollment_id for touch in mails} == {run.enrollment_id}
        return [entry.state if entry else "nothing" for entry in entries]


TROUBLE = {"in order": {}, "late copies, in disorder": {"late": HOUR}}


def assert_is_well(walk: Walk, where: str) -> None:
    mails, states = walk.mails, walk.ledger
    assert len(mails) == len(set(mails)), f"{where}: a second mail {mails}"
    assert len(states) == 2, where
    assert set(states) <= {"sent", "unknown"}, f"{where}: {states}"
    assert len(mails) >= states.count("sent"), f"{where}: said to be sent, and is not"
    assert states.count("unknown") <= 1, f"{where}: one crash, {states}"
    assert not walk.in_audience, f"{where}: still in the audience"
    effects = walk.hub.effects.of_profile(walk.profile.profile_id)
    assert not any(effect.wanted or effect.confirmed for effect in effects), where
    assert [one.outcome for one in walk.profile.enrollments.values()] == ["goal"], where
    assert len(walk.profile.conversions) == 1, where
    assert [touch.status for touch in walk.profile.touches.values() if touch.connector == AUDIENCE] == [
        Status.OFF
    ], where


@pytest.fixture(params=TROUBLE)
def trouble(request: pytest.FixtureRequest) -> dict[str, Any]:
    return TROUBLE[request.param]


@pytest.mark.parametrize("after", [False, True], ids=["before the call", "after the call"])
@pytest.mark.parametrize("part", range(PARTS))
def test_wherever_it_crashes_no_mail_is_sent_twice_none_is_lost_silently_and_everything_ends_off(
    short: Strategy, stage: Stage, trouble: dict[str, Any], part: int, *, after: bool
) -> None:
    count = Fuse(at=0, after=False)
    assert_is_well(Walk(short, stage, count, f"{part}-whole", trouble), "no crash")

    for place in places(part, count.calls):
        walk = Walk(short, stage, Fuse(at=place, after=after), f"u-{part}-{place}", trouble)

        assert_is_well(walk, f"crashed at call {place} of {count.calls}")


def places(part: int, calls: int) -> Iterator[int]:
    yield from range(1 + part, calls + 1, PARTS)
