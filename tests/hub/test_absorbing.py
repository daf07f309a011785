"""From the events queue to profiles: whose, how often, and what a crash or another consumer can do to it."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub import absorbing
from hub.absorbing import Fact, group
from hub.clock import HOUR, MINUTE
from hub.deliveries import Delivery, Status
from hub.errors import Conflict
from hub.identities import Identifier, profile_id_for
from hub.profiles import Profile
from hub.rules import Rules
from hub.timers import Tick
from tests.fakes import FakeProfiles
from tests.pictures import picture, substance
from tests.shoppers import NOON, TEA, a_month_of, identify, strategy, track
from tests.trouble import Crash, Fuse, Watched, interleave

RULES = Rules(strategy())
NOW = NOON + HOUR
ANNA, DEVICE, ADDRESS = ("user_id", "u-1"), ("anonymous_id", "a-1"), ("email", "anna@example.com")


def absorb(store: Any, *facts: Fact, now: int = NOW) -> None:
    absorbing.absorb(facts, store, RULES, now)


def profile_of(store: FakeProfiles, identifier: Identifier) -> Profile:
    profile = store.get(store.owners[identifier])
    assert profile
    return profile


def sent(profile_id: str, **fields: Any) -> Delivery:
    ids = {"message_id": "msg_1", "enrollment_id": "e-1", "journey": "j", "step": 0}
    what = {"connector": "mailer", "action": "send", "channel": "email", "status": Status.SENT, "at": NOON}
    return Delivery.model_validate({**ids, **what, "profile_id": profile_id, **fields})


# ---- who is worked on together


def test_facts_that_share_an_identifier_are_worked_on_together() -> None:
    stranger = track("Product Viewed", anonymous_id="a-1")
    login = identify(NOON + 1, user_id="u-1", anonymous_id="a-1")
    elsewhere = track("Product Viewed", NOON + 2, user_id="u-1", anonymous_id="a-2")
    somebody = track("Product Viewed", anonymous_id="a-9")

    groups = group([("m1", [stranger, somebody]), ("m2", [elsewhere]), ("m3", [login])])

    assert [(one.facts, one.sources) for one in groups] == [
        ([stranger, elsewhere, login], {"m1", "m2", "m3"}),
        ([somebody], {"m1"}),
    ]


def test_an_address_in_the_traits_binds_facts_together() -> None:
    here = identify(user_id="u-1", traits={"email": "Anna@Example.com "})
    there = identify(anonymous_id="a-7", traits={"email": "anna@example.com"})

    (only,) = group([("m1", [here]), ("m2", [there])])

    assert only.sources == {"m1", "m2"}


def test_ticks_and_deliveries_of_a_profile_are_worked_on_together() -> None:
    tick, delivery, other = Tick(profile_id="p_1", at=NOON), sent("p_1"), Tick(profile_id="p_2", at=NOON)

    groups = group([("m1", [tick]), ("m2", [other]), ("m3", [delivery])])

    assert [one.facts for one in groups] == [[tick, delivery], [other]]


def test_an_event_that_names_nobody_is_in_no_group_and_holds_nobody_up() -> None:
    nobody = track("Product Viewed", anonymous_id="00000000-0000-0000-0000-000000000000", user_id="null")

    assert group([("m1", [nobody])]) == []


# ---- whose it is


def test_a_new_customer_is_found_by_every_identifier_she_came_with() -> None:
    store = FakeProfiles()

    absorb(store, identify(traits={"email": "anna@example.com", "name": "Anna"}))

    anna = profile_of(store, ANNA)
    assert store.owners == dict.fromkeys((ANNA, DEVICE, ADDRESS), profile_id_for(ANNA))
    assert set(anna.identifiers) == {ANNA, DEVICE, ADDRESS}
    assert anna.traits["name"].value == "Anna"


def test_identifiers_lead_to_a_profile_before_it_is_stored() -> None:
    """Else a second consumer could found another profile for the same customer."""

    class Registrar(FakeProfiles):
        def put(self, profile: Profile) -> None:
            assert {self.owners[one] for one in profile.identifiers} == {profile.profile_id}
            super().put(profile)

    store = Registrar()

    absorb(store, identify(traits={"email": "anna@example.com"}), track("Product Viewed", NOON + 1))

    assert len(store.stored) == 1


def test_a_repeated_event_changes_nothing_and_is_not_even_written() -> None:
    store = FakeProfiles()
    absorb(store, identify(), track("Product Added", properties=TEA))
    before = picture(store), len(store.changes)

    absorb(store, track("Product Added", properties=TEA))

    assert (picture(store), len(store.changes)) == before


def test_a_customer_is_written_once_a_batch_however_many_her_events() -> None:
    store = FakeProfiles()

    absorb(store, *(track("Product Viewed", NOON + second) for second in range(50)))

    assert len(store.changes) == 1


def test_strangers_turn_out_to_be_one_customer_when_she_logs_in_on_both_devices() -> None:
    store = FakeProfiles()
    absorb(store, track("Product Added", NOON, anonymous_id="a-1", properties=TEA))
    absorb(
        store, track("Product Added", NOON + 1, anonymous_id="a-2", properties=TEA | {"product_id": "cup"})
    )
    absorb(store, identify(NOON + 2, user_id="u-1", anonymous_id="a-1"))

    absorb(store, identify(NOON + 3, user_id="u-1", anonymous_id="a-2"))

    anna = profile_of(store, ANNA)
    loser = next(one for one in store.stored.values() if one.merged_into)
    assert profile_of(store, DEVICE) == profile_of(store, ("anonymous_id", "a-2")) == anna
    assert {key for _, key in anna.carts.lines} == {"tea", "cup"}
    assert len(anna.ring) == 4
    assert anna.merged == {loser.profile_id}


def test_a_merge_is_told_by_the_stream_as_one() -> None:
    store = FakeProfiles()
    absorb(store, track("Product Viewed", NOON, anonymous_id="a-1"))
    absorb(store, identify(NOON + 1, user_id="u-1"))
    store.changes.clear()

    absorb(store, identify(NOON + 2))

    assert [(one.after.profile_id, one.merged) for one in store.changes] == [
        (profile_id_for(ANNA), False),
        (profile_id_for(DEVICE), True),
    ]


def test_a_delivery_and_a_tick_for_a_merged_profile_reach_the_one_that_stays() -> None:
    store = FakeProfiles()
    absorb(store, track("Product Added", NOON, anonymous_id="a-1", properties=TEA), now=NOON)
    absorb(store, identify(NOON + 1, user_id="u-1"), now=NOON)
    absorb(store, identify(NOON + 2), now=NOON)
    loser = profile_id_for(DEVICE)

    absorb(store, sent(loser), Tick(profile_id=loser, at=NOON + 2 + 30 * MINUTE), now=NOON + 31 * MINUTE)

    anna = profile_of(store, ANNA)
    assert anna.profile_id != loser
    assert set(anna.touches) == {"msg_1"}
    assert anna.memberships["cart_abandoner"] == NOON + 2 + 30 * MINUTE


def test_an_alias_brings_the_older_identifier_to_the_customer() -> None:
    store = FakeProfiles()
    absorb(store, track("Product Added", anonymous_id="a-1", properties=TEA))

    absorb(store, replace(identify(NOON + 1, user_id="u-1"), type="alias", previous_id="a-1"))

    anna = profile_of(store, ANNA)
    assert profile_of(store, DEVICE) == anna
    assert anna.carts.lines


# ---- a device that two customers share


def test_on_a_shared_device_customers_switch_and_do_not_merge() -> None:
    store = FakeProfiles()
    absorb(store, identify(NOON, traits={"email": "anna@example.com"}))

    absorb(store, identify(NOON + 1, user_id="u-2", anonymous_id="a-1"))
    absorb(store, track("Product Viewed", NOON + 2, anonymous_id="a-1", properties=TEA))

    anna, ben = profile_of(store, ANNA), profile_of(store, ("user_id", "u-2"))
    assert anna.profile_id != ben.profile_id
    assert profile_of(store, DEVICE) == ben
    assert profile_of(store, ADDRESS) == anna
    assert (anna.last_own_at, ben.last_own_at) == (NOON, NOON + 2)


@pytest.mark.parametrize("older", ["anna", "ben"])
def test_an_address_says_more_of_whose_an_event_is_than_the_device_it_came_from(older: str) -> None:
    store = FakeProfiles()
    anna_at, ben_at = (NOON, NOON + 1) if older == "anna" else (NOON + 1, NOON)
    absorb(store, identify(anna_at, user_id="u-1", traits={"email": "anna@example.com"}))
    absorb(store, identify(ben_at, user_id="u-2", anonymous_id="a-1"))

    absorb(store, identify(NOON + 2, anonymous_id="a-1", traits={"email": "anna@example.com"}))

    anna, ben = profile_of(store, ANNA), profile_of(store, ("user_id", "u-2"))
    assert (anna.last_own_at, ben.last_own_at) == (NOON + 2, ben_at)
    assert profile_of(store, DEVICE) == anna


@pytest.mark.parametrize("late", ["again", "for the first time"])
def test_an_older_event_does_not_give_a_shared_device_back(late: str) -> None:
    store = FakeProfiles()
    hers, his = identify(NOON), identify(NOON + 1, user_id="u-2", anonymous_id="a-1")
    absorb(store, *([hers, his] if late == "again" else [his]))

    absorb(store, hers)

    assert profile_of(store, DEVICE) == profile_of(store, ("user_id", "u-2"))


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_shared_device_belongs_to_who_used_it_last_in_whatever_order_it_is_told(
    order: tuple[int, ...],
) -> None:
    logins = [
        identify(NOON, user_id="u-1", anonymous_id="a-1"),
        identify(NOON + 1, user_id="u-2", anonymous_id="a-1"),
        identify(NOON + 2, user_id="u-1", anonymous_id="a-1"),
    ]
    told, at_once = FakeProfiles(), FakeProfiles()

    for place in order:
        absorb(told, logins[place])
        absorb(told, logins[place])
    absorb(at_once, *logins)

    assert profile_of(told, DEVICE) == profile_of(told, ANNA)
    assert told.owners == at_once.owners
    assert substance(told.scan()) == substance(at_once.scan())


# ---- crashes

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


def test_whoever_loses_every_race_says_so_and_has_changed_nothing() -> None:
    class Hopeless(FakeProfiles):
        def put(self, profile: Profile) -> None:
            raise Conflict(profile.profile_id)

    store = Hopeless()

    with pytest.raises(Conflict):
        absorb(store, track("Product Viewed", NOON))

    assert store.stored == {}


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
