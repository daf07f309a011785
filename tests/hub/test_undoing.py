"""Undoing a wrong merge at the store: later events find the right side, and no crash leaves a mess."""

from dataclasses import replace

import pytest

from hub import absorbing, undoing
from hub.absorbing import Fact
from hub.clock import DAY, HOUR, MINUTE
from hub.identities import Identifier, profile_id_for
from hub.profiles import Profile, bucket_of
from hub.reactions import Start, reactions
from hub.timers import Tick
from hub.undoing import NothingToUndo, Split
from tests.absorbed import ADDRESS, ANNA, DEVICE, RULES, absorb, profile_of
from tests.fakes import FakeProfiles
from tests.pictures import picture
from tests.shoppers import NOON, TEA, identify, track
from tests.trouble import Crash, Fuse, Watched

EVE: Identifier = ("anonymous_id", "a-9")
EVES = profile_id_for(EVE)
NOW = NOON + 2 * HOUR
# Eve, a stranger, filled a cart; Anna then opened the shop once on Eve's device, and they became one.
EVES_CART = track("Product Added", NOON, anonymous_id="a-9", properties=TEA | {"cart_id": "c-9"})
ANNAS_LOGIN = identify(NOON - DAY, traits={"email": "anna@example.com", "name": "Anna"})
WRONG = identify(NOON + MINUTE, user_id="u-1", anonymous_id="a-9")
SINCE = track("Product Viewed", NOON + HOUR, anonymous_id="a-1", properties=TEA)


def told(*facts: Fact) -> FakeProfiles:
    store = FakeProfiles()
    for fact in facts or (EVES_CART, ANNAS_LOGIN, WRONG, SINCE):
        absorb(store, fact, now=NOW)
    return store


def undo(store: FakeProfiles, profile_id: str = EVES) -> Split:
    planned = undoing.plan(profile_id, store, RULES)
    undoing.carry_out(planned, store)
    return planned


def standing(store: FakeProfiles, profile_id: str) -> Profile:
    found = store.get(profile_id)
    assert found
    assert found.profile_id == profile_id
    return found


def test_both_are_themselves_again_and_their_identifiers_lead_to_them() -> None:
    store = told()

    undo(store)

    anna, eve = profile_of(store, ANNA), standing(store, EVES)
    assert profile_of(store, EVE) == eve
    assert profile_of(store, DEVICE) == profile_of(store, ADDRESS) == anna
    assert (anna.carts.lines, [key for _, key in eve.carts.lines]) == ({}, ["tea"])
    assert (set(eve.identifiers), EVE in anna.identifiers) == ({EVE}, False)
    assert {one.profile_id for one in store.scan()} == {anna.profile_id, EVES}
    assert bucket_of(eve) == EVES


def test_later_events_go_to_the_right_side_and_what_linked_them_merges_them_no_more() -> None:
    store = told()
    undo(store)

    absorb(store, track("Product Viewed", NOW + 1, anonymous_id="a-9"), now=NOW)
    absorb(store, identify(NOW + 2, user_id="u-1", anonymous_id="a-1", traits={"city": "Brno"}), now=NOW)
    absorb(store, identify(NOW + 3, user_id="u-1", anonymous_id="a-9", message_id="again"), now=NOW)

    anna, eve = profile_of(store, ANNA), standing(store, EVES)
    assert (anna.last_own_at, eve.last_own_at) == (NOW + 3, NOW + 1)
    assert len(list(store.scan())) == 2
    assert profile_of(store, EVE) == anna  # she logged in there: the device has changed hands


def test_her_segments_and_her_timer_stand_again_and_are_told_of() -> None:
    store = told()
    store.changes.clear()

    undo(store)

    eve = standing(store, EVES)
    assert eve.memberships["cart_abandoner"] <= NOW
    changed = {one.after.profile_id: one for one in store.changes}
    assert (changed[EVES].was_merged, changed[EVES].merged) == (True, False)
    assert "cart_abandoner" not in profile_of(store, ANNA).memberships


def test_time_goes_on_for_her() -> None:
    store = told()
    undo(store)
    tick = standing(store, EVES).tick_at
    assert tick is not None

    absorb(store, Tick(profile_id=EVES, at=tick), now=tick)

    assert standing(store, EVES).settled_at >= tick


@pytest.mark.parametrize("profile_id", ["p_nobody", profile_id_for(ANNA)])
def test_who_was_never_merged_cannot_be_split(profile_id: str) -> None:
    with pytest.raises(NothingToUndo):
        undoing.plan(profile_id, told(), RULES)


def test_a_split_is_done_once() -> None:
    store = told()
    undo(store)

    with pytest.raises(NothingToUndo):
        undo(store)


@pytest.mark.parametrize("after", [False, True], ids=["before the call", "after the call"])
def test_a_crash_at_any_call_is_mended_by_doing_it_again(*, after: bool) -> None:
    smooth = chain()
    count = Fuse(at=0, after=False)
    undo_watched(smooth, count)

    for place in range(1, count.calls + 1):
        bumpy = chain()
        with pytest.raises(Crash):
            undo_watched(bumpy, Fuse(at=place, after=after))
        if bumpy.merge_of(EVES) is not None:
            undo(bumpy)

        assert picture(bumpy) == picture(smooth), f"crashed at call {place}"


def undo_watched(store: FakeProfiles, fuse: Fuse) -> None:
    watched = Watched(store, fuse.around)
    undoing.carry_out(undoing.plan(EVES, watched, RULES), watched)  # type: ignore[arg-type]


# ---- what time has to do with it


def test_no_time_passes_in_a_split_since_what_they_did_may_wait_in_the_queue() -> None:
    store = FakeProfiles()
    for fact in (ANNAS_LOGIN, EVES_CART, WRONG):
        absorb(store, fact)
    until = profile_of(store, ANNA).settled_at

    undo(store)

    anna, eve = profile_of(store, ANNA), standing(store, EVES)
    assert anna.settled_at == eve.settled_at == until < NOON + 30 * MINUTE
    assert (eve.enrollments, eve.tick_at) == ({}, NOON + 30 * MINUTE)


def test_a_run_that_began_in_the_merge_is_led_to_her_with_whom_it_goes() -> None:
    store = FakeProfiles()
    for fact in (ANNAS_LOGIN, EVES_CART, replace(WRONG, at=NOON + HOUR, received_at=NOON + HOUR)):
        absorb(store, fact)
    [start] = [
        one
        for change in store.changes
        for one in reactions(change.before, change.after, RULES, merged=change.merged)
        if isinstance(one, Start)
    ]
    assert start.enrollment.entered_at == NOON + 30 * MINUTE

    together = store.get(start.profile_id)
    assert together == profile_of(store, ANNA)
    undo(store)

    eve = standing(store, start.profile_id)
    assert eve.profile_id == EVES
    assert eve.enrollments == together.enrollments == {start.enrollment.enrollment_id: start.enrollment}


# ---- where one merge stands on another

OLDER: Identifier = ("anonymous_id", "a-8")


def chain() -> FakeProfiles:
    """Eve and her older self; she became part of a stranger, who became part of Anna; so did another."""
    return told(
        track("Product Viewed", NOON - HOUR, anonymous_id="a-8"),
        EVES_CART,
        identify(NOON + 1, anonymous_id="a-8", traits={"email": "eve@example.com"}),
        identify(NOON + 2, anonymous_id="a-9", traits={"email": "eve@example.com"}),
        ANNAS_LOGIN,
        identify(NOON + 3, user_id="u-1", anonymous_id="a-8"),
        track("Product Viewed", NOON + 4, anonymous_id="a-7"),
        identify(NOON + 5, user_id="u-1", anonymous_id="a-7"),
        SINCE,
    )


def test_she_comes_out_of_a_chain_of_merges_and_the_others_stay_in() -> None:
    store = chain()
    older = profile_id_for(OLDER)

    undo(store)

    anna, eve = profile_of(store, ANNA), standing(store, EVES)
    assert profile_of(store, EVE) == eve
    assert profile_of(store, OLDER) == anna
    assert anna.merged == {older, profile_id_for(("anonymous_id", "a-7"))}
    assert anna.carts.lines == {}
    assert eve.apart == {anna.profile_id, *anna.merged}


def test_undoing_the_others_later_does_not_bring_back_what_is_hers() -> None:
    store = chain()
    undo(store)

    for other in (profile_id_for(OLDER), profile_id_for(("anonymous_id", "a-7"))):
        undo(store, other)

    for whose in (ANNA, OLDER, ("anonymous_id", "a-7")):
        profile = profile_of(store, whose)
        assert (EVE in profile.identifiers, profile.carts.lines) == (False, {})
    assert len(list(store.scan())) == 4


def test_who_had_become_part_of_her_leaves_with_her() -> None:
    store = chain()
    older = profile_id_for(OLDER)

    undo(store, older)

    stranger = standing(store, older)
    assert stranger.merged == {EVES}
    assert profile_of(store, EVE) == profile_of(store, OLDER) == stranger
    assert [key for _, key in stranger.carts.lines] == ["tea"]
    assert (store.get(EVES) or Profile("")).profile_id == older


def test_a_plan_that_somebody_overtook_changes_nothing() -> None:
    store = told()
    planned = undoing.plan(EVES, store, RULES)
    absorb(store, track("Product Viewed", NOW, anonymous_id="a-1"), now=NOW)

    with pytest.raises(absorbing.Conflict):
        undoing.carry_out(planned, store)

    assert (store.get(EVES) or Profile("")).profile_id != EVES


# ---- who logged in before anybody noticed

BOB: Identifier = ("user_id", "bob")
BOBS: Identifier = ("email", "bob@example.com")
TILL = {"email": "till@example.com"}
# Two strangers left the address of a till; then Bob, who is the one of them, logged in on his device.
HERS = track("Product Viewed", NOON - 2, anonymous_id="a-1")
HIS = track("Product Viewed", NOON - 1, anonymous_id="a-9")
TILLS = [
    identify(NOON + place, user_id="", anonymous_id=device, message_id=f"till {device}", traits=TILL)
    for place, device in enumerate(("a-1", "a-9"))
]
LOGIN = identify(
    NOON + 2, user_id="bob", anonymous_id="a-9", traits={"email": "bob@example.com", "name": "Bob"}
)


def test_who_logged_in_on_her_own_device_since_goes_back_with_it_and_so_do_later_events() -> None:
    store = told(HERS, HIS, *TILLS, LOGIN)
    undo(store)

    bought = track("Order Completed", NOW, user_id="bob", anonymous_id="a-9", properties={"order_id": "o"})
    absorb(store, bought, identify(NOW + 1, user_id="anna", anonymous_id="a-1", message_id="anna"), now=NOW)

    bob, anna = profile_of(store, BOB), profile_of(store, ("user_id", "anna"))
    assert (bob.profile_id, set(bob.orders.recent)) == (EVES, {"o"})
    assert profile_of(store, EVE) == profile_of(store, BOBS) == bob
    assert profile_of(store, DEVICE) == profile_of(store, ("email", "till@example.com")) == anna
    assert (anna.orders.recent, len(list(store.scan()))) == ({}, 2)


def test_his_address_is_not_written_to_as_hers_and_what_he_said_beside_it_is_his() -> None:
    store = told(HERS, HIS, *TILLS, LOGIN)

    undo(store)

    bob, other = standing(store, EVES), profile_of(store, DEVICE)
    assert (bob.traits["email"].value, bob.traits["name"].value) == ("bob@example.com", "Bob")
    assert (other.traits["email"].value, "name" in other.traits) == ("till@example.com", False)


def test_a_chain_of_identifiers_is_followed_and_an_event_that_comes_twice_or_late_breaks_none() -> None:
    device = track("Product Viewed", NOON + 4, user_id="bob", anonymous_id="a-10")
    work = track("Product Viewed", NOON + 5, anonymous_id="a-10", traits={"email": "bob@work.example.com"})
    on_hers = track("Product Viewed", NOON + 6, user_id="bob", anonymous_id="a-1")
    late = track("Product Viewed", NOON + 3, user_id="bob", traits={"email": "bob@home.example.com"})
    store = told(HERS, HIS, *TILLS, LOGIN, device, LOGIN, work, on_hers, device, late, work)

    undo(store)

    assert {one for _, one in standing(store, EVES).identifiers} == {
        *("a-9", "a-10", "bob", "bob@example.com", "bob@work.example.com", "bob@home.example.com")
    }


def test_who_became_part_of_them_by_her_device_stays_to_be_split_for_herself() -> None:
    cyd: Identifier = ("anonymous_id", "a-5")
    both = identify(NOON + 2, user_id="", anonymous_id="a-9", traits={"email": "cyd@example.com"})
    store = told(
        HERS,
        HIS,
        track("Product Viewed", NOON, anonymous_id="a-5"),
        identify(NOON + 1, user_id="", anonymous_id="a-5", traits={"email": "cyd@example.com"}),
        *TILLS,
        both,
    )
    undo(store)
    assert profile_of(store, cyd) == profile_of(store, DEVICE)

    undo(store, profile_id_for(cyd))

    assert profile_of(store, cyd).profile_id == profile_id_for(cyd)
