"""What `hub.ports.Profiles` promises, held against the table and against its fake."""

from dataclasses import replace
from typing import Any

import pytest

from hub.aws.profile_table import ProfileTable
from hub.errors import Conflict
from hub.identities import Identifier
from hub.leads import Lead
from hub.merges import Merge
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


SHARED = Lead(
    profile_id="p_2",
    switches=((1, "p_1"), (5, "p_2")),
    joined=((3, "p_7"), (4, "p_8")),
    former=("p_3", "p_4"),
    quarantined_at=4,
)


def test_an_identifier_is_known_with_how_it_came_to_lead_where_it_leads(store: Store) -> None:
    store.claim(DEVICE, "p_1")
    store.claim(EMAIL, "p_1")

    store.point(DEVICE, SHARED)

    assert store.find([DEVICE]) == {DEVICE: "p_2"}
    assert store.leads([DEVICE, EMAIL, ("phone", "+420603123456")]) == {
        DEVICE: replace(SHARED, version=1),
        EMAIL: Lead(profile_id="p_1"),
    }


def test_whoever_read_an_identifier_before_it_was_changed_may_not_change_it(store: Store) -> None:
    store.claim(DEVICE, "p_1")
    store.point(DEVICE, Lead(profile_id="p_2"))

    for version in (0, 2):
        with pytest.raises(Conflict):
            store.point(DEVICE, Lead(profile_id="p_3", version=version))
    store.point(DEVICE, Lead(profile_id="p_4", version=1))

    assert store.leads([DEVICE]) == {DEVICE: Lead(profile_id="p_4", version=2)}


def test_an_identifier_that_nobody_claimed_leads_nowhere(store: Store) -> None:
    with pytest.raises(Conflict):
        store.point(EMAIL, Lead(profile_id="p_1"))

    assert store.leads([EMAIL]) == {}


def test_a_claim_that_comes_late_leaves_alone_what_is_known_besides(store: Store) -> None:
    store.claim(DEVICE, "p_1")
    store.point(DEVICE, SHARED)

    with pytest.raises(Conflict):
        store.claim(DEVICE, "p_2")

    assert store.leads([DEVICE]) == {DEVICE: replace(SHARED, version=1)}


def merge_of(winner: Profile, loser: Profile) -> Merge:
    return Merge(loser=loser, before=winner, at=7, because=("email#5f0c",))


def merge(
    store: Store, winner: Profile, *losers: Profile, leads: dict[Identifier, Lead] | None = None
) -> None:
    store.merge(winner, [merge_of(winner, loser) for loser in losers], leads or {})


def test_a_merged_profile_leads_to_the_one_that_stays(store: Store) -> None:
    loser, winner = shopper("p_2"), shopper("p_1")
    store.put(loser)
    store.put(winner)

    merge(store, winner, loser)

    assert store.get("p_2") == store.get("p_1") == winner
    assert [one.profile_id for one in store.scan()] == ["p_1"]


def test_merging_profiles_that_were_never_stored_stores_them(store: Store) -> None:
    merge(store, shopper("p_1"), shopper("p_2"), shopper("p_3"))

    assert {(store.get(one) or Profile("nobody")).profile_id for one in ("p_1", "p_2", "p_3")} == {"p_1"}


def test_a_merge_happens_wholly_or_not_at_all(store: Store) -> None:
    winner, loser = shopper("p_1"), shopper("p_2")
    store.put(winner)
    store.put(loser)
    store.put(store.get("p_2") or loser)  # somebody else was faster

    with pytest.raises(Conflict):
        merge(store, winner, loser)

    assert store.get("p_1") == winner
    assert (store.get("p_2") or winner).profile_id == "p_2"


def test_whoever_read_a_profile_before_it_was_merged_may_not_bring_it_back(store: Store) -> None:
    winner, loser = shopper("p_1"), shopper("p_2")
    store.put(winner)
    store.put(loser)
    read_before = store.get("p_2")
    assert read_before
    merge(store, winner, loser)

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
        merge(store, older, standing)
        standing = older

    assert store.get("p_0") == standing


def test_what_links_profiles_leads_on_in_the_same_step_as_they_are_merged(store: Store) -> None:
    winner, loser = shopper("p_1"), shopper("p_2")
    store.put(winner)
    store.put(loser)
    store.claim(DEVICE, "p_2")

    merge(store, winner, loser, leads={DEVICE: Lead(profile_id="p_1", joined=((3, "p_1"),))})

    assert store.leads([DEVICE]) == {DEVICE: Lead(profile_id="p_1", joined=((3, "p_1"),), version=1)}


def test_a_merge_does_not_happen_when_what_links_was_changed_meanwhile(store: Store) -> None:
    winner, loser = shopper("p_1"), shopper("p_2")
    store.put(winner)
    store.put(loser)
    store.claim(DEVICE, "p_2")
    store.point(DEVICE, Lead(profile_id="p_9"))

    with pytest.raises(Conflict):
        merge(store, winner, loser, leads={DEVICE: Lead(profile_id="p_1")})

    assert (store.get("p_2") or winner).profile_id == "p_2"
    assert store.find([DEVICE]) == {DEVICE: "p_9"}


def test_a_profile_says_by_which_merged_ones_it_was_found_and_a_way_can_be_made_shorter(store: Store) -> None:
    for winner, loser in (("p_2", "p_3"), ("p_1", "p_2")):
        for one in {winner, loser}:
            if store.get(one) is None:
                store.put(shopper(one))
        merge(store, store.get(winner) or shopper(winner), store.get(loser) or shopper(loser))
    long = (store.get("p_3") or shopper()).via

    store.shorten("p_3", "p_1")

    assert (long, (store.get("p_3") or shopper()).via) == (("p_3", "p_2"), ("p_3",))
    assert (store.get("p_1") or shopper()).via == ()


@pytest.mark.parametrize("profile_id", ["p_1", "p_9"])
def test_only_a_merged_profiles_way_can_be_made_shorter(store: Store, profile_id: str) -> None:
    store.put(shopper("p_1"))

    with pytest.raises(Conflict):
        store.shorten(profile_id, "p_2")

    assert store.get("p_1") == replace(shopper("p_1"), version=1)
    assert store.get("p_9") is None


# ---- undoing a merge


@pytest.fixture
def pair(store: Store) -> tuple[Profile, Profile]:
    """p_2, which has become part of p_1."""
    winner, loser = shopper("p_1", settled_at=1), shopper("p_2", settled_at=2)
    store.put(winner)
    store.put(loser)
    merge(store, winner, loser)
    return winner, loser


def test_a_merge_is_known_with_both_states_of_before(store: Store, pair: tuple[Profile, Profile]) -> None:
    winner, loser = pair

    found = store.merge_of("p_2")

    assert found
    assert (found.loser, found.loser.version) == (replace(loser, version=2), 2)
    assert replace(found.before, version=winner.version) == winner
    assert (found.at, found.because) == (7, ("email#5f0c",))
    assert store.merge_of("p_1") is None
    assert store.merge_of("p_9") is None


def test_what_a_merge_can_be_undone_to_can_be_put_right(store: Store, pair: tuple[Profile, Profile]) -> None:
    assert pair
    found = store.merge_of("p_2")
    assert found
    right = replace(
        found, loser=replace(found.loser, settled_at=8), before=replace(found.before, settled_at=9)
    )

    store.amend(right)

    amended = store.merge_of("p_2")
    assert amended
    assert (amended.loser.settled_at, amended.before.settled_at) == (8, 9)
    assert (amended.at, amended.because) == (found.at, found.because)
    assert (store.get("p_2") or Profile("")).profile_id == "p_1"
    with pytest.raises(Conflict):
        store.amend(right)


def test_a_split_lets_both_stand_for_themselves(store: Store, pair: tuple[Profile, Profile]) -> None:
    store.claim(DEVICE, "p_1")
    found = store.merge_of("p_2")
    assert found
    left = replace(found.loser, settled_at=5)

    store.split(replace(pair[0], settled_at=4), left, {DEVICE: Lead(profile_id="p_2")})

    stands = {one: store.get(one) or Profile("") for one in ("p_1", "p_2")}
    assert {one: (who.profile_id, who.settled_at) for one, who in stands.items()} == {
        "p_1": ("p_1", 4),
        "p_2": ("p_2", 5),
    }
    assert store.find([DEVICE]) == {DEVICE: "p_2"}
    assert store.merge_of("p_2") is None
    assert {one.profile_id for one in store.scan()} == {"p_1", "p_2"}


@pytest.mark.parametrize("changed", ["winner", "loser", "identifier"])
def test_a_split_happens_wholly_or_not_at_all(
    store: Store, pair: tuple[Profile, Profile], changed: str
) -> None:
    store.claim(DEVICE, "p_1")
    found = store.merge_of("p_2")
    assert found
    if changed == "winner":
        store.put(store.get("p_1") or pair[0])
    if changed == "loser":
        store.amend(found)
    if changed == "identifier":
        store.point(DEVICE, Lead(profile_id="p_1"))

    with pytest.raises(Conflict):
        store.split(pair[0], found.loser, {DEVICE: Lead(profile_id="p_2")})

    assert (store.get("p_2") or Profile("")).profile_id == "p_1"
    assert store.find([DEVICE]) == {DEVICE: "p_1"}
    assert store.merge_of("p_2") is not None
