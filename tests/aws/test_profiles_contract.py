"""What `hub.ports.Profiles` promises, held against the table and against its fake."""

from typing import Any

import pytest

from hub.aws.profile_table import ProfileTable
from hub.errors import Conflict
from hub.profiles import Profile
from tests.fakes import FakeProfiles

EMAIL = ("email", "anna@example.com")
DEVICE = ("anonymous_id", "a-1")

Store = ProfileTable | FakeProfiles


@pytest.fixture(params=["fake", "moto"])
def store(request: pytest.FixtureRequest) -> Store:
    if request.param == "fake":
        return FakeProfiles()
    client: Any = request.getfixturevalue("dynamodb")
    return ProfileTable(client, request.getfixturevalue("stack").profiles)


def shopper(profile_id: str = "p_1", **state: Any) -> Profile:
    return Profile(profile_id, identifiers={EMAIL: (1, 2)}, **state)


def test_a_stranger_is_nobody(store: Store) -> None:
    assert store.get("p_1") is None
    assert store.find([EMAIL]) == {}


def test_a_stored_profile_comes_back_as_it_was(store: Store) -> None:
    anna = shopper(last_own_at=5_000, ring={"00112233aabb": 4_000}, memberships={"vip": 7}, tick_at=9)

    store.put(anna)

    assert store.get("p_1") == anna


def test_what_was_read_can_be_changed_without_changing_what_is_stored(store: Store) -> None:
    store.put(shopper())
    read = store.get("p_1")
    assert read

    read.memberships["vip"] = 7

    assert store.get("p_1") == Profile("p_1", version=1, identifiers={EMAIL: (1, 2)})


def test_whoever_read_before_the_last_write_may_not_write(store: Store) -> None:
    store.put(shopper())
    mine, theirs = store.get("p_1"), store.get("p_1")
    assert mine
    assert theirs
    store.put(theirs)

    with pytest.raises(Conflict):
        store.put(mine)


def test_a_new_profile_may_not_overwrite_one_that_exists(store: Store) -> None:
    store.put(shopper())

    with pytest.raises(Conflict):
        store.put(shopper())


def test_the_same_profile_can_be_written_again_and_again(store: Store) -> None:
    anna = shopper()

    for at in (1, 2, 3):
        anna.settled_at = at
        store.put(anna)

    assert store.get("p_1") == anna


def test_identifiers_lead_to_who_claimed_them(store: Store) -> None:
    store.claim(EMAIL, "p_1")
    store.claim(DEVICE, "p_2")

    assert store.find([EMAIL, DEVICE, ("email", "b@example.com")]) == {EMAIL: "p_1", DEVICE: "p_2"}


def test_a_claim_can_be_repeated_by_its_owner_and_by_nobody_else(store: Store) -> None:
    store.claim(EMAIL, "p_1")
    store.claim(EMAIL, "p_1")

    with pytest.raises(Conflict):
        store.claim(EMAIL, "p_2")

    assert store.find([EMAIL]) == {EMAIL: "p_1"}


def test_more_identifiers_can_be_looked_up_than_one_request_holds(store: Store) -> None:
    known = [("anonymous_id", f"a-{number}") for number in range(230)]
    for identifier in known:
        store.claim(identifier, "p_1")

    assert store.find(known) == dict.fromkeys(known, "p_1")


def test_an_identifier_moves_from_whom_it_led_to_and_may_be_moved_again(store: Store) -> None:
    store.claim(DEVICE, "p_1")

    store.move(DEVICE, source="p_1", target="p_2")
    store.move(DEVICE, source="p_1", target="p_2")

    assert store.find([DEVICE]) == {DEVICE: "p_2"}


def test_an_identifier_does_not_move_from_somebody_it_no_longer_leads_to(store: Store) -> None:
    store.claim(DEVICE, "p_3")

    with pytest.raises(Conflict):
        store.move(DEVICE, source="p_1", target="p_2")
    with pytest.raises(Conflict):
        store.move(EMAIL, source="p_1", target="p_2")

    assert store.find([DEVICE, EMAIL]) == {DEVICE: "p_3"}


def test_a_merged_profile_leads_to_the_one_that_stays(store: Store) -> None:
    loser, winner = shopper("p_2"), shopper("p_1")
    store.put(loser)
    store.put(winner)

    store.merge(winner, [loser])

    assert store.get("p_2") == store.get("p_1") == winner
    assert [one.profile_id for one in store.scan()] == ["p_1"]


def test_merging_profiles_that_were_never_stored_stores_them(store: Store) -> None:
    store.merge(shopper("p_1"), [shopper("p_2"), shopper("p_3")])

    assert {(store.get(one) or Profile("nobody")).profile_id for one in ("p_1", "p_2", "p_3")} == {"p_1"}


def test_a_merge_happens_wholly_or_not_at_all(store: Store) -> None:
    winner, loser = shopper("p_1"), shopper("p_2")
    store.put(winner)
    store.put(loser)
    store.put(store.get("p_2") or loser)  # somebody else was faster

    with pytest.raises(Conflict):
        store.merge(winner, [loser])

    assert store.get("p_1") == winner
    assert (store.get("p_2") or winner).profile_id == "p_2"


def test_whoever_read_a_profile_before_it_was_merged_may_not_bring_it_back(store: Store) -> None:
    winner, loser = shopper("p_1"), shopper("p_2")
    store.put(winner)
    store.put(loser)
    read_before = store.get("p_2")
    assert read_before
    store.merge(winner, [loser])

    with pytest.raises(Conflict):
        store.put(read_before)
    with pytest.raises(Conflict):
        store.put(Profile("p_2"))

    assert (store.get("p_2") or loser).profile_id == "p_1"


def test_a_profile_is_found_however_often_it_was_merged_on(store: Store) -> None:
    """A year of mail read from its end makes every customer known earlier, merge by merge."""
    standing = shopper("p_0")
    store.put(standing)
    for number in range(1, 40):
        older = shopper(f"p_{number}")
        store.put(older)
        store.merge(older, [standing])
        standing = older

    assert store.get("p_0") == standing
