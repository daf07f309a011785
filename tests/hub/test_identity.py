"""Whose event it is, and which profiles are one: decided from identifiers alone."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from hub.clock import HOUR, MINUTE, Instant
from hub.identities import Identifier, profile_id_for
from hub.identity import OVER_LIMIT, QUARANTINED, Verdict, judge
from hub.leads import Lead
from hub.profiles import Profile
from hub.strategy.policy import Identifiers
from tests.builders import NOW

ANNA, BEN = ("user_id", "anna"), ("user_id", "ben")
PHONE, LAPTOP = ("anonymous_id", "phone"), ("anonymous_id", "laptop")
ADDRESS = ("email", "anna@example.com")


def somebody(*identifiers: Identifier, since: Instant = NOW - HOUR, **state: Any) -> Profile:
    return Profile(
        profile_id_for(identifiers[0]), identifiers=dict.fromkeys(identifiers, (since, since)), **state
    )


def verdict(
    *found: Identifier,
    known: Mapping[Identifier, Profile],
    leads: Mapping[Identifier, Lead] | None = None,
    at: Instant = NOW,
    **terms: Any,
) -> Verdict:
    """`known`: to whom identifiers lead; `leads`: those of which there is more to tell."""
    profiles = {profile.profile_id: profile for profile in known.values()}
    profiles |= {gone: profile for profile in known.values() for gone in profile.merged}
    straight = {one: Lead(profile_id=profile.profile_id) for one, profile in known.items()}
    return judge(found, straight | dict(leads or {}), profiles.__getitem__, at, Identifiers(**terms))


def owners(*profiles: Profile) -> dict[Identifier, Profile]:
    return {one: profile for profile in profiles for one in profile.identifiers}


def test_a_stranger_founds_a_profile_by_her_best_identifier() -> None:
    assert verdict(ANNA, PHONE, known={}) == Verdict(
        profile_id=profile_id_for(ANNA), heard=(ANNA, PHONE), claims=(ANNA, PHONE)
    )


def test_a_known_customer_is_known_by_any_of_her_identifiers() -> None:
    anna = somebody(ANNA, PHONE)

    assert verdict(PHONE, known=owners(anna)) == Verdict(profile_id=anna.profile_id, heard=(PHONE,))


def test_a_stranger_who_logs_in_keeps_her_profile() -> None:
    stranger = somebody(PHONE)

    assert verdict(ANNA, PHONE, known=owners(stranger)) == Verdict(
        profile_id=stranger.profile_id, heard=(ANNA, PHONE), claims=(ANNA,)
    )


def test_a_stranger_who_logs_in_as_a_known_customer_becomes_one_with_her() -> None:
    anna, stranger = somebody(ANNA, LAPTOP), somebody(PHONE, since=NOW - 2 * HOUR)

    told = verdict(ANNA, PHONE, known=owners(anna, stranger))

    assert (told.profile_id, told.merges) == (anna.profile_id, (stranger.profile_id,))
    assert told.leads == {
        ANNA: Lead(profile_id=anna.profile_id, joined=((NOW, stranger.profile_id),)),
        PHONE: Lead(profile_id=anna.profile_id, joined=((NOW, anna.profile_id),)),
    }


def test_of_two_strangers_who_are_one_the_older_profile_stays() -> None:
    older, younger = somebody(PHONE, since=NOW - 2 * HOUR), somebody(ADDRESS)

    told = verdict(ADDRESS, PHONE, known=owners(older, younger))

    assert (told.profile_id, told.merges) == (older.profile_id, (younger.profile_id,))


def test_three_profiles_are_joined_at_once() -> None:
    anna, one, two = somebody(ANNA), somebody(PHONE), somebody(ADDRESS)

    told = verdict(ANNA, ADDRESS, PHONE, known=owners(anna, one, two))

    assert told.profile_id == anna.profile_id
    assert told.merges == tuple(sorted((one.profile_id, two.profile_id)))


def test_an_identifier_that_leads_to_a_merged_profile_is_led_straight_to_the_one_that_stays() -> None:
    anna = somebody(ANNA, PHONE, merged=frozenset({"p_gone"}))

    told = verdict(ANNA, PHONE, known=owners(anna), leads={PHONE: Lead(profile_id="p_gone")})

    assert told == Verdict(
        profile_id=anna.profile_id,
        heard=(ANNA, PHONE),
        shortcuts={PHONE: Lead(profile_id=anna.profile_id)},
    )


# ---- two users


def switched(*runs: tuple[Instant, Profile]) -> Lead:
    return Lead(
        profile_id=runs[-1][1].profile_id, switches=tuple((at, profile.profile_id) for at, profile in runs)
    )


def test_on_a_shared_device_the_next_user_takes_the_device_and_nobody_is_merged() -> None:
    anna = somebody(ANNA, PHONE)
    bens = profile_id_for(BEN)

    assert verdict(BEN, PHONE, known=owners(anna)) == Verdict(
        profile_id=bens,
        heard=(BEN, PHONE),
        claims=(BEN,),
        leads={PHONE: Lead(profile_id=bens, switches=((NOW - HOUR, anna.profile_id), (NOW, bens)))},
    )


def test_on_a_shared_device_a_known_user_takes_it_back() -> None:
    anna, ben = somebody(ANNA, PHONE), somebody(BEN, LAPTOP)

    told = verdict(BEN, PHONE, known=owners(anna, ben))

    assert (told.profile_id, told.merges) == (ben.profile_id, ())
    assert told.leads == {PHONE: switched((NOW - HOUR, anna), (NOW, ben))}


def test_a_late_event_does_not_take_a_device_from_who_used_it_since() -> None:
    anna, ben = somebody(ANNA, PHONE, since=NOW), somebody(BEN)

    told = verdict(BEN, PHONE, known=owners(anna, ben), at=NOW - 1)

    assert told.profile_id == ben.profile_id
    assert told.leads == {PHONE: switched((NOW - 1, ben), (NOW, anna))}


def test_a_late_event_of_nobody_in_particular_is_whose_the_device_was_then() -> None:
    anna, ben = somebody(ANNA, PHONE), somebody(BEN, LAPTOP)
    known, leads = owners(anna, ben), {PHONE: switched((NOW - HOUR, anna), (NOW, ben), (NOW + HOUR, anna))}

    whose = {
        at: verdict(PHONE, known=known, leads=leads, at=at)
        for at in (0, NOW - HOUR, NOW - 1, NOW, NOW + HOUR - 1, NOW + HOUR)
    }

    assert [told.profile_id for told in whose.values()] == [
        one.profile_id for one in (anna, anna, anna, ben, ben, anna)
    ]
    assert [told.leads for told in whose.values()] == [{}] * 6


def test_her_own_event_while_the_device_was_hers_changes_nothing() -> None:
    anna, ben = somebody(ANNA, PHONE), somebody(BEN, LAPTOP)
    leads = {PHONE: switched((NOW - HOUR, anna), (NOW, ben))}

    told = verdict(ANNA, PHONE, known=owners(anna, ben), leads=leads, at=NOW - 1)

    assert told == Verdict(profile_id=anna.profile_id, heard=(ANNA, PHONE))


@pytest.mark.parametrize("at", [NOW, NOW - HOUR, NOW - HOUR + 1])
def test_an_address_stays_with_the_user_who_had_it_first(at: Instant) -> None:
    anna, ben = somebody(ANNA, ADDRESS), somebody(BEN)

    assert verdict(BEN, ADDRESS, known=owners(anna, ben), at=at) == Verdict(
        profile_id=ben.profile_id, heard=(BEN, ADDRESS)
    )


@pytest.mark.parametrize("address", [ADDRESS, ("phone", "+420603123456"), ("braze_id", "b-1")])
def test_an_address_is_led_to_an_earlier_user_who_is_heard_of_later(address: Identifier) -> None:
    anna, ben = somebody(ANNA, address), somebody(BEN)

    told = verdict(BEN, address, known=owners(anna, ben), at=NOW - HOUR - 1)

    corrected = Lead(profile_id=ben.profile_id, former=(anna.profile_id,))
    assert told == Verdict(profile_id=ben.profile_id, heard=(BEN, address), leads={address: corrected})


def test_of_two_users_who_had_an_address_at_the_same_time_it_is_the_lessers_by_her_id() -> None:
    anna, ben = somebody(ANNA), somebody(BEN, ADDRESS)

    told = verdict(ANNA, ADDRESS, known=owners(anna, ben), at=NOW - HOUR)

    assert told.leads[ADDRESS].profile_id == anna.profile_id


def test_an_address_is_not_taken_from_a_stranger_who_was_split_from_her() -> None:
    anna = somebody(ANNA)
    other = somebody(ADDRESS, apart=frozenset({anna.profile_id}))

    assert verdict(ANNA, ADDRESS, known=owners(anna, other), at=0).leads == {}


def test_two_users_are_never_merged_whatever_links_them() -> None:
    anna, ben = somebody(ANNA, PHONE), somebody(BEN, ADDRESS)

    for found in ((ADDRESS, PHONE), (PHONE, ADDRESS), (ANNA, ADDRESS, PHONE), (BEN, ADDRESS, PHONE)):
        assert verdict(*found, known=owners(anna, ben)).merges == ()


def test_what_nobody_says_a_user_of_is_the_users_of_its_best_identifier() -> None:
    anna, ben = somebody(ANNA, PHONE), somebody(BEN, ADDRESS)

    told = verdict(ADDRESS, PHONE, known=owners(anna, ben))

    assert told.profile_id == ben.profile_id
    assert told.leads == {PHONE: switched((NOW - HOUR, anna), (NOW, ben))}


# ---- once split


def test_who_was_split_is_never_merged_again_and_the_best_identifier_decides() -> None:
    one = somebody(ADDRESS)
    other = somebody(PHONE, since=NOW - 2 * HOUR, apart=frozenset({one.profile_id}))

    for found, whose in (((ADDRESS, PHONE), one), ((PHONE, ADDRESS), other)):
        told = verdict(*found, known=owners(one, other))
        assert told == Verdict(profile_id=whose.profile_id, heard=found)


def test_who_was_split_stays_apart_whoever_the_other_became_part_of() -> None:
    other = somebody(PHONE, apart=frozenset({"p_gone"}))
    anna = somebody(ANNA, merged=frozenset({"p_gone"}))

    assert verdict(ANNA, PHONE, known=owners(anna, other)).merges == ()


def test_two_who_were_split_do_not_meet_again_in_a_third() -> None:
    one = somebody(ADDRESS)
    other = somebody(PHONE, apart=frozenset({one.profile_id}))
    anna = somebody(ANNA)

    told = verdict(ANNA, ADDRESS, PHONE, known=owners(anna, one, other))

    assert told.merges == (one.profile_id,)


# ---- limits


def addresses(number: int) -> list[Identifier]:
    return [("email", f"anna-{place}@example.com") for place in range(number)]


def test_an_identifier_that_would_be_one_too_many_is_left_out_and_the_event_is_hers() -> None:
    anna, more = somebody(ANNA, *addresses(5)), ("email", "more@example.com")

    told = verdict(ANNA, more, PHONE, known=owners(anna))

    assert told == Verdict(
        profile_id=anna.profile_id, heard=(ANNA, PHONE), claims=(PHONE,), refused=((more, OVER_LIMIT),)
    )


def test_how_many_she_may_have_is_the_policys() -> None:
    anna = somebody(ANNA, *addresses(2))

    told = verdict(ANNA, ("email", "more@example.com"), known=owners(anna), limits={"email": 2})

    assert told.refused == ((("email", "more@example.com"), OVER_LIMIT),)
    assert verdict(ANNA, ("email", "more@example.com"), known=owners(anna)).refused == ()


def test_a_merge_that_would_break_a_limit_does_not_happen() -> None:
    anna = somebody(ANNA, *addresses(4))
    others = somebody(PHONE, *(("email", f"other-{place}@example.com") for place in range(2)))

    told = verdict(ANNA, PHONE, known=owners(anna, others))

    assert told == Verdict(profile_id=anna.profile_id, heard=(ANNA,), refused=((PHONE, OVER_LIMIT),))


def test_the_least_trusted_link_is_left_out_first_and_the_others_hold() -> None:
    anna, one, two = (
        somebody(ANNA, *addresses(3)),
        somebody(ADDRESS),
        somebody(PHONE, ("email", "x@example.com")),
    )

    told = verdict(ANNA, ADDRESS, PHONE, known=owners(anna, one, two), limits={"email": 4})

    assert (told.merges, told.refused) == ((one.profile_id,), ((PHONE, OVER_LIMIT),))


def test_an_address_of_another_user_counts_as_well_as_her_own() -> None:
    anna, ben = (
        somebody(ANNA, ADDRESS),
        somebody(BEN, *(("email", f"b{place}@example.com") for place in range(5))),
    )

    assert verdict(BEN, ADDRESS, known=owners(anna, ben)).heard == (BEN,)


def test_who_has_more_than_a_stricter_policy_allows_keeps_them() -> None:
    anna = somebody(ANNA, PHONE, *addresses(3))

    told = verdict(ANNA, addresses(3)[0], PHONE, LAPTOP, known=owners(anna), limits={"email": 1})

    assert (told.claims, told.refused) == ((LAPTOP,), ())


def test_a_stranger_with_too_many_vendors_ids_keeps_the_first() -> None:
    ids = [("braze_id", str(place)) for place in range(7)]

    told = verdict(*ids, PHONE, known={}, priority=["user_id", "braze_id", "anonymous_id"])

    assert told.claims == (*ids[:5], PHONE)
    assert [one for one, _ in told.refused] == [ids[6], ids[5]]


# ---- bursts

TILL = ("email", "till@example.com")
CAUGHT = Lead(profile_id=profile_id_for(TILL), quarantined_at=NOW - HOUR)


def test_an_identifier_that_makes_too_many_one_in_a_short_time_is_quarantined() -> None:
    till, stranger = somebody(TILL, since=NOW - 2 * HOUR), somebody(PHONE)
    joined = tuple((NOW - minutes * MINUTE, f"p_{minutes}") for minutes in (59, 40, 30, 20))
    lead = Lead(profile_id=till.profile_id, joined=joined)

    told = verdict(TILL, PHONE, known=owners(till, stranger), leads={TILL: lead})
    lenient = {"burst": {"profiles": 6, "within": "1h"}}

    assert (told.merges, told.quarantined) == ((stranger.profile_id,), (TILL,))
    assert told.leads[TILL].quarantined_at == NOW
    assert told.leads[PHONE].quarantined_at is None
    assert verdict(TILL, PHONE, known=owners(till, stranger), leads={TILL: lead}, **lenient).quarantined == ()


def test_a_quarantined_identifier_links_nobody_and_still_says_whose_it_is() -> None:
    till, stranger = somebody(TILL), somebody(PHONE)
    known, leads = owners(till, stranger), {TILL: CAUGHT}

    alone = verdict(TILL, known=known, leads=leads)
    beside_new = verdict(TILL, LAPTOP, known=known, leads=leads)
    beside_known = verdict(TILL, PHONE, known=known, leads=leads)
    beside_user = verdict(ANNA, TILL, known=known, leads=leads)

    assert alone == Verdict(profile_id=till.profile_id, heard=(TILL,))
    assert beside_new == Verdict(profile_id=till.profile_id, heard=(TILL,), refused=((LAPTOP, QUARANTINED),))
    assert beside_known == Verdict(
        profile_id=stranger.profile_id, heard=(PHONE,), refused=((TILL, QUARANTINED),)
    )
    assert beside_user == Verdict(
        profile_id=profile_id_for(ANNA), heard=(ANNA,), claims=(ANNA,), refused=((TILL, QUARANTINED),)
    )


def test_a_quarantined_user_keeps_her_events_and_gets_no_more_devices() -> None:
    anna, stranger = somebody(ANNA, LAPTOP), somebody(PHONE)
    leads = {ANNA: Lead(profile_id=anna.profile_id, quarantined_at=1)}

    told = verdict(ANNA, LAPTOP, PHONE, known=owners(anna, stranger), leads=leads)

    assert told == Verdict(profile_id=anna.profile_id, heard=(ANNA, LAPTOP), refused=((PHONE, QUARANTINED),))


def test_where_all_lead_to_one_customer_a_quarantine_refuses_nothing() -> None:
    till = somebody(TILL, PHONE)

    told = verdict(TILL, PHONE, known=owners(till), leads={TILL: CAUGHT})

    assert told == Verdict(profile_id=till.profile_id, heard=(TILL, PHONE))


@pytest.mark.parametrize("found", [(TILL, PHONE), (PHONE, TILL)])
def test_a_second_quarantine_is_not_told_of(found: tuple[Identifier, ...]) -> None:
    till, stranger = somebody(TILL), somebody(PHONE)

    told = verdict(
        *found, known=owners(till, stranger), leads={TILL: replace(CAUGHT, joined=((NOW, "p_1"),))}
    )

    assert (told.quarantined, told.merges) == ((), ())
