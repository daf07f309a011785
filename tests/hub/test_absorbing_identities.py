"""Whose each fact is when devices are shared, identifiers are abused and profiles were merged long ago."""

from itertools import permutations
from typing import Any

import pytest

from hub import absorbing
from hub.absorbing import Fact
from hub.clock import HOUR, MINUTE, Instant
from hub.events import Event
from hub.identities import Identifier, profile_id_for
from hub.identity import QUARANTINED, Verdict
from hub.leads import Lead
from hub.profiles import Profile
from hub.rules import Rules
from tests.absorbed import ADDRESS, ANNA, DEVICE, absorb, profile_of
from tests.fakes import FakeProfiles
from tests.pictures import substance
from tests.shoppers import NOON, identify, strategy, track

BEN: Identifier = ("user_id", "u-2")
TILL: Identifier = ("email", "till@example.com")


def views(store: FakeProfiles, whose: Identifier) -> int:
    """How many events were folded into a customer."""
    return len(profile_of(store, whose).ring)


# ---- a shared device


def visit(at: Instant) -> Event:
    return track("Product Viewed", at, anonymous_id="a-1")


def test_a_visit_told_late_is_whose_the_device_was_then() -> None:
    store = FakeProfiles()
    absorb(store, identify(NOON))
    absorb(store, identify(NOON + HOUR, user_id="u-2", anonymous_id="a-1"))
    absorb(store, identify(NOON + 2 * HOUR))

    absorb(store, visit(NOON + MINUTE))
    absorb(store, visit(NOON + HOUR + MINUTE), visit(NOON + HOUR + 2 * MINUTE))
    absorb(store, visit(NOON - HOUR))

    assert (views(store, ANNA), views(store, BEN)) == (2 + 2, 1 + 2)
    assert store.leading[DEVICE].switches == (
        (NOON, profile_id_for(ANNA)),
        (NOON + HOUR, profile_id_for(BEN)),
        (NOON + 2 * HOUR, profile_id_for(ANNA)),
    )


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_visits_after_the_logins_are_known_go_where_they_belong_in_any_order(order: tuple[int, ...]) -> None:
    logins = [
        identify(NOON, user_id="u-1", anonymous_id="a-1"),
        identify(NOON + 10, user_id="u-2", anonymous_id="a-1"),
        identify(NOON + 20, user_id="u-1", anonymous_id="a-1"),
        identify(NOON + 30, user_id="u-2", anonymous_id="a-1"),
    ]
    store, in_order = FakeProfiles(), FakeProfiles()
    visits = [visit(NOON + place) for place in (5, 15, 25, 35)]

    for place in order:
        absorb(store, logins[place])
    absorb(store, *visits)
    absorb(in_order, *logins, *visits)

    assert profile_of(store, DEVICE) == profile_of(store, BEN)
    assert (views(store, ANNA) + views(store, BEN)) == 8
    assert store.leading[DEVICE].holder(NOON + 35) == in_order.leading[DEVICE].holder(NOON + 35)


def test_a_visit_told_again_is_whose_it_was_taken_to_be_though_more_is_known_by_now() -> None:
    store = FakeProfiles()
    absorb(store, identify(NOON), visit(NOON + 20), visit(NOON + 30))
    absorb(store, identify(NOON + 10, user_id="u-2", anonymous_id="a-1"))

    absorb(store, visit(NOON + 20), visit(NOON + 21))

    assert store.leading[DEVICE].holder(NOON + 21) == profile_id_for(BEN)
    assert (views(store, ANNA), views(store, BEN)) == (3, 2)


def test_visits_of_a_device_that_never_changed_hands_cost_no_write_of_its_identifier() -> None:
    store = FakeProfiles()
    absorb(store, identify())

    absorb(store, visit(NOON + 1), visit(NOON - 1))

    assert store.leading[DEVICE] == Lead(profile_id=profile_id_for(ANNA))


# ---- a shared address

FAMILY: Identifier = ("email", "family@example.com")


def family(at: Instant, **whose: str) -> Event:
    return identify(at, **{"anonymous_id": "", "message_id": f"f{at}"} | whose, traits={"email": FAMILY[1]})


ANNAS, BENS = family(NOON, user_id="u-1"), family(NOON + 10, user_id="u-2")
ON_THE_TABLET = family(NOON + 20, user_id="", anonymous_id="tablet")


@pytest.mark.parametrize("order", list(permutations([ANNAS, BENS, BENS])))
def test_an_address_is_whose_it_was_first_whoever_is_heard_first(order: tuple[Event, ...]) -> None:
    store = FakeProfiles()
    for event in (*order, ON_THE_TABLET):
        absorb(store, event)

    assert (
        profile_of(store, FAMILY) == profile_of(store, ANNA) == profile_of(store, ("anonymous_id", "tablet"))
    )
    assert (views(store, ANNA), views(store, BEN)) == (2, 1)


def test_an_event_that_was_anothers_by_the_address_stays_hers_when_it_is_told_again() -> None:
    store = FakeProfiles()
    for event in (BENS, ON_THE_TABLET, ANNAS, ON_THE_TABLET):
        absorb(store, event)

    assert profile_of(store, FAMILY) == profile_of(store, ANNA)
    assert (views(store, ANNA), views(store, BEN)) == (1, 2)


# ---- merges


def test_identifiers_and_pointers_are_led_straight_to_the_one_that_stays() -> None:
    store = FakeProfiles()
    for place, device in enumerate(("a-1", "a-2", "a-3")):
        absorb(store, track("Product Viewed", NOON - place, anonymous_id=device))
    # Each stranger turns out to be an older one, known by the next device.
    link = [{"email": "anna@example.com"}, {"email": "anna@example.com"}]
    absorb(store, identify(NOON + 1, anonymous_id="a-1", traits=link[0]))
    absorb(store, identify(NOON + 2, anonymous_id="a-2", traits=link[1]))
    absorb(store, identify(NOON + 3, anonymous_id="a-3", traits=link[1]))
    first, oldest = profile_id_for(DEVICE), profile_id_for(("anonymous_id", "a-3"))
    assert (store.get(first) or Profile("")).via == (first, profile_id_for(("anonymous_id", "a-2")))

    absorb(store, visit(NOON + 4))

    assert {lead.profile_id for one, lead in store.leading.items() if one != ("anonymous_id", "a-2")} == {
        oldest
    }
    assert (store.get(first) or Profile("")).via == (first,)


def test_a_merge_leaves_both_sides_as_they_were_and_says_why_without_saying_who() -> None:
    store = FakeProfiles()
    absorb(store, track("Product Viewed", NOON, anonymous_id="a-1"))
    absorb(store, identify(NOON + 1, user_id="u-1", anonymous_id="a-2", traits={"name": "Anna"}))
    stranger, anna = profile_of(store, DEVICE), profile_of(store, ANNA)

    absorb(store, identify(NOON + 2, traits={"name": "Eve"}), track("Product Viewed", NOON + 3), now=NOON + 9)

    merged = store.stored[stranger.profile_id]
    assert merged.profile().ring == stranger.ring
    assert store.before[stranger.profile_id].profile().traits == anna.traits
    assert (merged.merged_into, merged.merged_at) == (anna.profile_id, NOON + 9)
    assert [one.split("#")[0] for one in merged.because] == ["anonymous_id", "user_id"]
    assert "a-1" not in "".join(merged.because)


def test_more_merges_than_a_transaction_takes_are_made_in_several() -> None:
    store = FakeProfiles()
    wide = Rules(
        strategy(identifiers={"limits": {"anonymous_id": 100}, "burst": {"profiles": 50, "within": "1s"}})
    )
    devices = [f"a-{number}" for number in range(45)]
    visits = [track("Product Viewed", NOON + place, anonymous_id=one) for place, one in enumerate(devices)]
    logins = [
        identify(NOON + MINUTE * place, user_id="u-1", anonymous_id=one)
        for place, one in enumerate(devices, 1)
    ]
    absorbing.absorb(visits, store, wide, NOON)

    absorbing.absorb(logins, store, wide, NOON)

    anna = profile_of(store, ANNA)
    assert len(list(store.scan())) == 1
    assert len(anna.ring) == 90
    assert len(store.before) == 44


# ---- limits and bursts


def told(store: Any, rules: Rules, *facts: Fact) -> list[Verdict]:
    verdicts: list[Verdict] = []
    absorbing.absorb(facts, store, rules, NOON, noted=verdicts.append)
    return verdicts


def test_one_address_too_many_is_not_hers_and_its_event_is() -> None:
    store, rules = FakeProfiles(), Rules(strategy(identifiers={"limits": {"email": 2}}))
    for number in range(3):
        verdicts = told(store, rules, identify(NOON + number, traits={"email": f"{number}@example.com"}))

    anna = profile_of(store, ANNA)
    assert [kind for verdict in verdicts for (kind, _), _ in verdict.refused] == ["email"]
    assert store.find([("email", "2@example.com")]) == {}
    assert {value for kind, value in anna.identifiers if kind == "email"} == {
        "0@example.com",
        "1@example.com",
    }
    assert anna.traits["email"].value == "2@example.com"
    assert len(anna.ring) == 3


def newsletters(number: int, *, every: int = MINUTE) -> list[Event]:
    """Visitors of many devices who all leave the till's address, after having been strangers."""
    return [
        identify(NOON + place * every, anonymous_id=f"v-{place}", traits={"email": "till@example.com"})
        for place in range(number)
    ]


def strangers(number: int) -> list[Event]:
    return [
        track("Product Viewed", NOON - HOUR + place, anonymous_id=f"v-{place}") for place in range(number)
    ]


def test_an_address_that_everybody_leaves_stops_making_customers_one() -> None:
    store, rules = FakeProfiles(), Rules(strategy())
    told(store, rules, *strangers(9))

    verdicts = told(store, rules, *newsletters(9))

    till = store.leading[TILL]
    assert [verdict.quarantined for verdict in verdicts if verdict.quarantined] == [(TILL,)]
    assert till.quarantined_at is not None
    assert len(list(store.scan())) == 9 - 5
    assert {reason for verdict in verdicts for _, reason in verdict.refused} == {QUARANTINED}
    assert len(profile_of(store, ("anonymous_id", "v-8")).ring) == 2


def test_the_same_in_batches_and_repeated_is_quarantined_at_the_same_event() -> None:
    at_once, one_by_one, rules = FakeProfiles(), FakeProfiles(), Rules(strategy())
    told(at_once, rules, *strangers(9))
    told(one_by_one, rules, *strangers(9))

    told(at_once, rules, *newsletters(9))
    for event in newsletters(9):
        told(one_by_one, rules, event)
        told(one_by_one, rules, event)

    assert one_by_one.leading[TILL].quarantined_at == at_once.leading[TILL].quarantined_at
    assert substance(one_by_one.scan()) == substance(at_once.scan())


def test_a_household_that_shares_an_address_over_days_is_no_burst() -> None:
    store, rules = FakeProfiles(), Rules(strategy())
    told(store, rules, *strangers(9))

    verdicts = told(store, rules, *newsletters(9, every=20 * MINUTE))

    assert verdicts == []
    assert profile_of(store, TILL) == profile_of(store, ("anonymous_id", "v-0"))


# ---- whose own event it is


def test_what_a_partner_says_of_her_is_not_her_own_event() -> None:
    rules = Rules(strategy(sources={"website": {"party": "third"}, "shop": {"party": "zero"}}))
    store = FakeProfiles()

    told(store, rules, identify(NOON, traits={"income": "high"}))

    assert profile_of(store, ANNA).last_own_at is None
    assert profile_of(store, ANNA).traits["income"].party == "third"


def test_the_address_of_a_customer_is_the_same_however_it_is_spelled() -> None:
    store = FakeProfiles()
    absorb(store, identify(traits={"email": "Anna@Example.com"}))

    absorb(store, identify(NOON + 1, anonymous_id="a-7", traits={"email": " anna@example.com "}))

    assert profile_of(store, ADDRESS) == profile_of(store, ("anonymous_id", "a-7"))
