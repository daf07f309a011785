"""From the events queue to profiles: what is worked on together, and whose each fact is."""

from dataclasses import replace
from itertools import permutations

import pytest

from hub.absorbing import group, outruns
from hub.clock import MINUTE
from hub.identities import Reader, profile_id_for
from hub.profiles import Profile
from hub.recalling import Recall
from hub.timers import Tick
from tests.absorbed import ADDRESS, ANNA, DEVICE, absorb, profile_of, sent
from tests.fakes import FakeProfiles
from tests.pictures import picture, substance
from tests.shoppers import NOON, TEA, identify, track

READER = Reader()

# ---- who is worked on together


def test_facts_that_share_an_identifier_are_worked_on_together() -> None:
    stranger = track("Product Viewed", anonymous_id="a-1")
    login = identify(NOON + 1, user_id="u-1", anonymous_id="a-1")
    elsewhere = track("Product Viewed", NOON + 2, user_id="u-1", anonymous_id="a-2")
    somebody = track("Product Viewed", anonymous_id="a-9")

    groups = group([stranger, somebody, elsewhere, login], READER)

    assert groups == [[somebody], [stranger, elsewhere, login]]


def test_an_address_in_the_traits_binds_facts_together() -> None:
    here = identify(user_id="u-1", traits={"email": "Anna@Example.com "})
    there = identify(anonymous_id="a-7", traits={"email": "anna@example.com"})

    assert group([here, there], READER) == [[here, there]]


def test_ticks_and_deliveries_of_a_profile_are_worked_on_together() -> None:
    tick, delivery, other = Tick(profile_id="p_1", at=NOON), sent("p_1"), Tick(profile_id="p_2", at=NOON)

    groups = group([tick, other, delivery], READER)

    assert sorted(groups, key=len) == [[other], [tick, delivery]]


def test_who_is_told_of_only_by_her_profiles_id_comes_after_all_that_happened() -> None:
    """A timer may be hers of whom an event tells, and would let time pass beyond it."""
    tick, delivery = Tick(profile_id="p_1", at=NOON), sent("p_2", at=NOON - 2)
    younger, older = track("Product Viewed", NOON + 1), track("Product Viewed", NOON - 1, user_id="u-2")
    recalled = Recall(track("Product Viewed", NOON - 3, user_id="u-3"), ("views",))

    groups = group([tick, delivery, younger, older, recalled], READER)

    assert groups == [[recalled], [older], [younger], [delivery], [tick]]


def test_an_event_that_names_nobody_is_in_no_group_and_holds_nobody_up() -> None:
    nobody = track("Product Viewed", anonymous_id="00000000-0000-0000-0000-000000000000", user_id="null")

    assert group([nobody], READER) == []


@pytest.mark.parametrize(("minute", "is_too_early"), [(4, False), (5, True), (6, True)])
def test_time_waits_for_an_event_that_must_come_again(minute: int, *, is_too_early: bool) -> None:
    received_at = NOON + minute * MINUTE
    event = replace(track("Product Viewed", NOON), received_at=NOON + 5 * MINUTE)
    tick = Tick(profile_id="p_1", at=received_at)

    assert outruns([tick], [event]) == is_too_early
    assert not outruns([tick], [])
    assert not outruns([replace(event, received_at=received_at)], [event])


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
