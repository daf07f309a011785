"""Whose event it is, and which profiles are one: decided from identifiers alone."""

from hub.clock import HOUR, Instant
from hub.identities import Identifier, profile_id_for
from hub.identity import Verdict, judge
from hub.profiles import Profile
from tests.builders import NOW

ANNA, BEN = ("user_id", "anna"), ("user_id", "ben")
PHONE, LAPTOP = ("anonymous_id", "phone"), ("anonymous_id", "laptop")
ADDRESS = ("email", "anna@example.com")


def somebody(*identifiers: Identifier, since: Instant = NOW - HOUR) -> Profile:
    return Profile(profile_id_for(identifiers[0]), identifiers=dict.fromkeys(identifiers, (since, since)))


def verdict(*found: Identifier, known: dict[Identifier, Profile], at: Instant = NOW) -> Verdict:
    return judge(found, {one: known[one] for one in found if one in known}, at)


def owners(*profiles: Profile) -> dict[Identifier, Profile]:
    return {one: profile for profile in profiles for one in profile.identifiers}


def test_a_stranger_founds_a_profile_by_her_best_identifier() -> None:
    assert verdict(ANNA, PHONE, known={}) == Verdict(profile_id=profile_id_for(ANNA), claims=(ANNA, PHONE))


def test_a_known_customer_is_known_by_any_of_her_identifiers() -> None:
    anna = somebody(ANNA, PHONE)

    assert verdict(PHONE, known=owners(anna)) == Verdict(profile_id=anna.profile_id)


def test_a_stranger_who_logs_in_keeps_her_profile() -> None:
    stranger = somebody(PHONE)

    assert verdict(ANNA, PHONE, known=owners(stranger)) == Verdict(
        profile_id=stranger.profile_id, claims=(ANNA,)
    )


def test_a_stranger_who_logs_in_as_a_known_customer_becomes_one_with_her() -> None:
    anna, stranger = somebody(ANNA, LAPTOP), somebody(PHONE, since=NOW - 2 * HOUR)

    told = verdict(ANNA, PHONE, known=owners(anna, stranger))

    assert told == Verdict(profile_id=anna.profile_id, merges=(stranger.profile_id,))


def test_of_two_strangers_who_are_one_the_older_profile_stays() -> None:
    older, younger = somebody(PHONE, since=NOW - 2 * HOUR), somebody(ADDRESS)

    told = verdict(ADDRESS, PHONE, known=owners(older, younger))

    assert told == Verdict(profile_id=older.profile_id, merges=(younger.profile_id,))


def test_three_profiles_are_joined_at_once() -> None:
    anna, one, two = somebody(ANNA), somebody(PHONE), somebody(ADDRESS)

    told = verdict(ANNA, ADDRESS, PHONE, known=owners(anna, one, two))

    assert told == Verdict(profile_id=anna.profile_id, merges=tuple(sorted((one.profile_id, two.profile_id))))


def test_on_a_shared_device_the_next_user_takes_the_device_and_nobody_is_merged() -> None:
    anna = somebody(ANNA, PHONE)

    assert verdict(BEN, PHONE, known=owners(anna)) == Verdict(
        profile_id=profile_id_for(BEN), claims=(BEN,), moves=(PHONE,)
    )


def test_on_a_shared_device_a_known_user_takes_it_back() -> None:
    anna, ben = somebody(ANNA, PHONE), somebody(BEN, LAPTOP)

    assert verdict(BEN, PHONE, known=owners(anna, ben)) == Verdict(profile_id=ben.profile_id, moves=(PHONE,))


def test_a_late_event_does_not_take_a_device_from_who_used_it_since() -> None:
    anna, ben = somebody(ANNA, PHONE, since=NOW), somebody(BEN)

    assert verdict(BEN, PHONE, known=owners(anna, ben), at=NOW - 1) == Verdict(profile_id=ben.profile_id)


def test_an_address_never_moves_to_another_user() -> None:
    anna, ben = somebody(ANNA, ADDRESS), somebody(BEN)

    assert verdict(BEN, ADDRESS, known=owners(anna, ben)) == Verdict(profile_id=ben.profile_id)


def test_two_users_are_never_merged_whatever_links_them() -> None:
    anna, ben = somebody(ANNA, PHONE), somebody(BEN, ADDRESS)

    for found in ((ADDRESS, PHONE), (PHONE, ADDRESS), (ANNA, ADDRESS, PHONE), (BEN, ADDRESS, PHONE)):
        assert verdict(*found, known=owners(anna, ben)).merges == ()


def test_what_nobody_says_a_user_of_is_the_users_of_its_best_identifier() -> None:
    anna, ben = somebody(ANNA, PHONE), somebody(BEN, ADDRESS)

    told = verdict(ADDRESS, PHONE, known=owners(anna, ben))

    assert told == Verdict(profile_id=ben.profile_id, moves=(PHONE,))
