"""From the events queue to profiles, with a crash at any call and other consumers at the same shoppers."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub import absorbing
from hub.absorbing import Fact
from hub.clock import MINUTE
from hub.errors import Conflict
from hub.identities import profile_id_for
from hub.profiles import Profile
from hub.timers import Tick
from tests.absorbed import ANNA, DEVICE, NOW, RULES, absorb, profile_of, sent
from tests.fakes import FakeProfiles
from tests.pictures import picture, substance
from tests.shoppers import NOON, TEA, a_month_of, identify, track
from tests.trouble import Crash, Fuse, Watched, interleave

STRANGER = track("Product Added", NOON, anonymous_id="a-1", properties=TEA)
PHONE = track("Product Viewed", NOON + 1, anonymous_id="a-2", properties=TEA)
LOGIN = identify(NOON + 2, traits={"email": "anna@example.com"})
LOGIN_BY_PHONE = identify(NOON + 3, user_id="u-1", anonymous_id="a-2")
NEWSLETTER = identify(NOON + 4, anonymous_id="a-3", traits={"email": "anna@example.com"})
BEN = identify(NOON + 5, user_id="u-2", anonymous_id="a-1")
ANNA_AGAIN = identify(NOON + 6)
ALIAS = replace(identify(NOON + 7, user_id="u-1"), type="alias", previous_id="a-2")

SCENARIOS: dict[str, tuple[Sequence[Fact], Sequence[Fact]]] = {
    "a new customer": ([], [LOGIN]),
    "a stranger who logs in": ([STRANGER], [LOGIN]),
    "two strangers who are one": ([STRANGER, PHONE, LOGIN], [LOGIN_BY_PHONE]),
    "three strangers who are one, at once": ([STRANGER, PHONE], [NEWSLETTER, LOGIN, LOGIN_BY_PHONE]),
    "nobody known before": ([], [STRANGER, PHONE, LOGIN, LOGIN_BY_PHONE, NEWSLETTER]),
    "an alias": ([PHONE, LOGIN], [ALIAS]),
    "a device that changes hands": ([STRANGER, LOGIN], [BEN]),
    "a device that changes hands and comes back": ([STRANGER, LOGIN], [BEN, ANNA_AGAIN]),
    "two customers of one device, nobody known before": ([], [STRANGER, LOGIN, BEN, ANNA_AGAIN]),
    "a delivery": ([LOGIN], [sent(profile_id_for(ANNA))]),
    "a tick": ([STRANGER], [Tick(profile_id=profile_id_for(DEVICE), at=NOON + 30 * MINUTE)]),
    "all of it": (
        [STRANGER, PHONE],
        [LOGIN, LOGIN_BY_PHONE, NEWSLETTER, BEN, sent(profile_id_for(DEVICE)), ALIAS],
    ),
}


def told(facts: Sequence[Fact], now: int = NOON) -> FakeProfiles:
    """A store that was told the facts one by one."""
    store = FakeProfiles()
    for fact in facts:
        absorb(store, fact, now=now)
    return store


@pytest.mark.parametrize("after", [False, True], ids=["before the call", "after the call"])
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_crash_at_any_call_and_a_retry_end_as_if_there_had_been_no_crash(
    scenario: str, *, after: bool
) -> None:
    known, facts = SCENARIOS[scenario]
    smooth, count = told(known), Fuse(at=0, after=False)
    absorb(Watched(smooth, count.around), *facts)

    for place in range(1, count.calls + 1):
        bumpy = told(known)
        with pytest.raises(Crash):
            absorb(Watched(bumpy, Fuse(at=place, after=after).around), *facts)
        absorb(bumpy, *facts)

        assert picture(bumpy) == picture(smooth), f"crashed at call {place}"


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_crashing_again_and_again_ends_as_if_there_had_been_no_crash(scenario: str) -> None:
    known, facts = SCENARIOS[scenario]
    smooth, bumpy = told(known), told(known)
    absorb(smooth, *facts)

    for place in range(1, 30):
        for after in (True, False):
            try:
                absorb(Watched(bumpy, Fuse(at=place, after=after).around), *facts)
            except Crash:
                continue

    assert picture(bumpy) == picture(smooth)


# ---- other consumers


def test_a_lost_race_is_run_again_on_what_the_winner_left() -> None:
    class Busy(FakeProfiles):
        """Somebody else writes just before our first write."""

        racing = False

        def put(self, profile: Profile) -> None:
            if not self.racing:
                self.racing = True
                absorb(self, track("Product Viewed", NOON + 1))
            super().put(profile)

    store = Busy()

    absorb(store, track("Product Viewed", NOON))

    assert profile_of(store, ANNA).last_own_at == NOON + 1
    assert len(profile_of(store, ANNA).ring) == 2


class Hopeless(FakeProfiles):
    """Somebody else is always faster."""

    def put(self, profile: Profile) -> None:
        raise Conflict(profile.profile_id)


def test_whoever_loses_every_race_says_so_and_has_changed_nothing() -> None:
    store = Hopeless()

    with pytest.raises(Conflict):
        absorb(store, track("Product Viewed", NOON))

    assert store.stored == {}


def test_whoever_lost_a_race_steps_aside_before_the_next_and_not_after_the_last() -> None:
    waits: list[int] = []

    with pytest.raises(Conflict):
        absorbing.absorb([track("Product Viewed")], Hopeless(), RULES, NOW, waits.append)

    assert waits == list(range(absorbing.ATTEMPTS - 1))


PAIRS: dict[str, tuple[Sequence[Fact], Sequence[Fact], Sequence[Fact]]] = {
    "the same new customer": ([], [LOGIN], [track("Product Viewed", NOON + 9)]),
    "the same facts": ([STRANGER], [LOGIN, PHONE], [LOGIN, PHONE]),
    "one links what the other founds": ([], [STRANGER], [LOGIN]),
    "two merges of three": ([STRANGER, PHONE, NEWSLETTER], [LOGIN], [LOGIN_BY_PHONE]),
    "a delivery meets a merge": ([STRANGER, PHONE, LOGIN], [LOGIN_BY_PHONE], [sent(profile_id_for(ANNA))]),
    "a merge meets an event of the loser": (
        [STRANGER, PHONE, LOGIN],
        [LOGIN_BY_PHONE],
        [replace(PHONE, message_id="x")],
    ),
}


def consumer(store: FakeProfiles, facts: Sequence[Fact]) -> Callable[[Any], None]:
    """As the queue does it: what was not absorbed comes again."""

    def work(around: Any) -> None:
        for _ in range(20):
            try:
                return absorb(Watched(store, around), *facts)
            except Conflict:
                continue
        raise AssertionError("never absorbed")

    return work


@pytest.mark.parametrize("pair", PAIRS)
@settings(max_examples=60, deadline=None)
@given(choices=st.lists(st.integers(0, 1), max_size=24))
def test_two_consumers_side_by_side_end_as_one_after_the_other(pair: str, choices: list[int]) -> None:
    known, mine, theirs = PAIRS[pair]
    store, in_turn = told(known), told(known)
    absorb(in_turn, *mine)
    absorb(in_turn, *theirs)

    interleave([consumer(store, mine), consumer(store, theirs)], choices)

    assert substance(store.scan()) == substance(in_turn.scan())
    assert {store.get(one) is not None for one in store.owners.values()} == {True}


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_any_order_repetition_and_batching_of_a_month_ends_in_the_same_customer(data: st.DataObject) -> None:
    events = a_month_of("u-1", ("a-1", "a-2", "a-3"))
    shuffled = data.draw(st.permutations(events + events[::3]))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(shuffled)), max_size=8)))
    told_once, told_wildly = FakeProfiles(), FakeProfiles()
    absorb(told_once, *events, now=NOON)

    for first, last in zip([0, *cuts], [*cuts, len(shuffled)], strict=True):
        absorb(told_wildly, *shuffled[first:last], now=NOON)

    assert len(list(told_wildly.scan())) == 1
    assert substance(told_wildly.scan()) == substance(told_once.scan())
