"""A merge undone: both are again who they were, and what came since is with the side that it names."""

from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from hub import profiles, timeline
from hub.clock import DAY, HOUR, MINUTE
from hub.consents import Consent
from hub.deliveries import Status
from hub.events import Event
from hub.profiles import Profile
from hub.rules import Rules
from hub.splitting import split
from hub.strategy.policy import Policy
from tests.builders import a_delivery, an_enrollment, rules_of
from tests.shoppers import NOON, TEA, identify, track
from tests.stories import stories

SEGMENTS = {
    "lately": {"did": "Product Viewed", "at_least": 2, "within": "7d"},
    "spender": {"sum": "revenue", "of": "Order Completed", "within": "30d", "more_than": 100},
    "first_big": {"maximum": "price", "of": "Product Viewed", "at_least": 100},
    "filled": {"cart": {"items": {"at_least": 1}}},
    "czech": {"trait": "country", "is": "CZ"},
    "quiet": {"quiet_for": "4h"},
}
RULES = rules_of(segments=SEGMENTS)
ANNA, EVE = ("user_id", "u-1"), ("anonymous_id", "a-9")
HERS: dict[str, Any] = {"user_id": "u-1", "anonymous_id": "a-1"}
EVES: dict[str, Any] = {"anonymous_id": "a-9"}


def lived(profile_id: str, *events: Event, until: int, rules: Rules = RULES) -> Profile:
    profile = Profile(profile_id)
    for event in sorted(events, key=lambda one: (one.at, one.message_id)):
        timeline.live(profile, event, rules)
    timeline.settle(profile, until, rules)
    return profile


def known(profile: Profile) -> dict[str, Any]:
    """All that is kept of her, but for the names of the other side and when time was applied."""
    passing = {"version", "merged", "apart", "settled_at", "tick_at", "via", "changes", "news_at", "wake_at"}
    return {
        one.name: getattr(profile, one.name)
        for one in fields(profile)
        if one.name not in {*passing, "late_at", "left"}
    }


@given(stories(most=10), st.data())
def test_splitting_what_was_merged_gives_both_as_they_were(story: list[Event], data: st.DataObject) -> None:
    mine = [data.draw(st.booleans()) for _ in story]
    assume(any(mine) and not all(mine))
    until = story[-1].at + data.draw(st.sampled_from([1, HOUR, 8 * DAY]))
    hands = [
        [
            replace(one, anonymous_id=f"a-{side}")
            for one, second in zip(story, mine, strict=True)
            if second == side
        ]
        for side in (False, True)
    ]
    stays, leaves = (lived(f"p_{side}", *events, until=until) for side, events in enumerate(hands))
    expected = known(stays), known(leaves)
    before, snapshot = replace(stays), replace(leaves)

    joined = timeline.unite(stays, leaves, until, RULES)
    stayed, left = split(joined, [before], snapshot, RULES)
    for one in (stayed, left):
        timeline.settle(one, until, RULES)

    assert (known(stayed), known(left)) == expected


# ---- what came since


@pytest.fixture
def anna() -> Profile:
    return lived(
        "p_anna",
        identify(NOON, traits={"email": "anna@example.com", "country": "CZ"}, **HERS),
        track("Product Viewed", NOON + 1, properties={"price": 120}, **HERS),
        until=NOON + HOUR,
    )


@pytest.fixture
def eve() -> Profile:
    return lived(
        "p_eve",
        identify(NOON + MINUTE, traits={"country": "SK", "name": "Eve"}, **EVES),
        track("Product Added", NOON + 2 * MINUTE, properties=TEA | {"cart_id": "c-9"}, **EVES),
        track("Order Completed", NOON - DAY, properties={"order_id": "o-9", "revenue": 200}, **EVES),
        until=NOON + HOUR,
    )


def merged(anna: Profile, eve: Profile, *since: Event) -> tuple[Profile, Profile, Profile]:
    """(joined, with what happened since; before; the loser)."""
    before, snapshot = replace(anna), replace(eve)
    joined = timeline.unite(anna, eve, NOON + HOUR, RULES)
    for event in since:
        timeline.live(joined, event, RULES)
    return joined, before, snapshot


def test_the_two_are_told_apart_for_ever(anna: Profile, eve: Profile) -> None:
    joined, before, snapshot = merged(anna, eve)

    stayed, left = split(replace(joined, merged=joined.merged | {"p_older"}), [before], snapshot, RULES)

    assert (stayed.profile_id, stayed.apart, stayed.merged) == ("p_anna", {"p_eve"}, {"p_older"})
    assert (left.profile_id, left.apart, left.merged) == ("p_eve", {"p_anna", "p_older"}, frozenset())


def test_what_her_values_had_displaced_comes_back(anna: Profile, eve: Profile) -> None:
    joined, before, snapshot = merged(anna, eve)

    stayed, left = split(joined, [before], snapshot, RULES)

    assert (joined.traits["country"].value, joined.traits["name"].value) == ("SK", "Eve")
    assert (stayed.traits["country"].value, "name" in stayed.traits) == ("CZ", False)
    assert (left.traits["country"].value, "email" in left.traits) == ("SK", False)


def test_what_happened_since_stays_with_who_stays(anna: Profile, eve: Profile) -> None:
    later = identify(NOON + 2 * HOUR, traits={"city": "Brno"}, **HERS)
    viewed = track("Product Viewed", NOON + 3 * HOUR, properties={"price": 5}, **HERS)
    joined, before, snapshot = merged(anna, eve, later, viewed)

    stayed, left = split(joined, [before], snapshot, RULES)

    assert stayed.traits["city"].value == "Brno"
    assert stayed.last_own_at == NOON + 3 * HOUR
    assert left.last_own_at == NOON + 2 * MINUTE
    assert stayed.identifiers.keys() == {ANNA, ("anonymous_id", "a-1"), ("email", "anna@example.com")} & (
        stayed.identifiers.keys()
    )
    assert EVE not in stayed.identifiers


def test_what_names_itself_hers_goes_back_to_her(anna: Profile, eve: Profile) -> None:
    added = track(
        "Product Added", NOON + 2 * HOUR, properties={"product_id": "cup", "cart_id": "c-9"}, **EVES
    )
    refund = track("Order Refunded", NOON + 3 * HOUR, properties={"order_id": "o-9", "total": 50}, **EVES)
    joined, before, snapshot = merged(anna, eve, added, refund)

    stayed, left = split(joined, [before], snapshot, RULES)

    assert {key for _, key in left.carts.lines} == {"tea", "cup"}
    assert stayed.carts.lines == {}
    assert [list(one.refunds.values()) for one in left.orders.recent.values()] == [[(50_000_000, True)]]
    assert stayed.orders.recent == {}
    assert left.identifiers[EVE] == (NOON - DAY, NOON + 3 * HOUR)


def test_a_repeated_event_of_the_time_together_counts_on_neither_side_again(
    anna: Profile, eve: Profile
) -> None:
    since = track("Product Viewed", NOON + 2 * HOUR, properties={"price": 7}, **EVES)
    joined, before, snapshot = merged(anna, eve, since)

    for one in split(joined, [before], snapshot, RULES):
        assert not timeline.live(one, since, RULES)


def test_runs_and_messages_go_with_the_side_that_had_them(anna: Profile, eve: Profile) -> None:
    annas, eves = an_enrollment(enrollment_id="e-anna"), an_enrollment(enrollment_id="e-eve")
    anna.enrollments, eve.enrollments = {"e-anna": annas}, {"e-eve": eves}
    profiles.note(eve, a_delivery(message_id="m-1", enrollment_id="e-eve", at=NOON), Policy())
    joined, before, snapshot = merged(anna, eve)
    joined.enrollments |= {"e-eve": replace(eves, closed_at=NOON + 2 * HOUR, outcome="goal")}
    joined.enrollments |= {"e-since": an_enrollment(enrollment_id="e-since")}
    for message_id, enrollment_id in (("m-2", "e-eve"), ("m-3", "e-anna"), ("m-4", "e-since")):
        profiles.note(
            joined, a_delivery(message_id=message_id, enrollment_id=enrollment_id, at=NOON), Policy()
        )

    stayed, left = split(joined, [before], snapshot, RULES)

    assert (set(stayed.enrollments), set(left.enrollments)) == ({"e-anna", "e-since"}, {"e-eve"})
    assert left.enrollments["e-eve"].outcome == "goal"
    assert (set(stayed.touches), set(left.touches)) == ({"m-3", "m-4"}, {"m-1", "m-2"})


def test_who_withdrew_consent_while_they_were_one_has_withdrawn_it_on_both_sides(
    anna: Profile, eve: Profile
) -> None:
    joined, before, snapshot = merged(anna, eve)
    profiles.note(
        joined, a_delivery(status=Status.UNSUBSCRIBED, channel="email", at=NOON + 2 * HOUR), Policy()
    )
    joined.consents["advertising"] = Consent(given=True, at=NOON + 2 * HOUR)

    stayed, left = split(joined, [before], snapshot, RULES)

    assert stayed.consents["channel:email"] == left.consents["channel:email"]
    assert ("advertising" in stayed.consents, "advertising" in left.consents) == (True, False)


def test_each_has_the_arm_she_had(anna: Profile, eve: Profile) -> None:
    eve.identifiers = {EVE: (NOON - 30 * DAY, NOON)}
    annas, eves = profiles.bucket_of(anna), profiles.bucket_of(eve)
    joined, before, snapshot = merged(anna, eve)

    stayed, left = split(joined, [before], snapshot, RULES)

    assert profiles.bucket_of(joined) == eves != annas
    assert (profiles.bucket_of(stayed), profiles.bucket_of(left)) == (annas, eves)


def test_who_became_part_of_somebody_who_became_part_of_a_third_comes_out_of_all(
    anna: Profile, eve: Profile
) -> None:
    stranger = lived("p_x", track("Product Viewed", NOON, anonymous_id="a-5"), until=NOON + HOUR)
    strangers_before, snapshot = replace(stranger), replace(eve)
    both = timeline.unite(stranger, eve, NOON + HOUR, RULES)
    annas_before = replace(anna)
    joined = timeline.unite(anna, both, NOON + HOUR, RULES)

    stayed, left = split(joined, [strangers_before, annas_before], snapshot, RULES)

    assert stayed.merged == {"p_x"}
    assert left.apart == {"p_anna", "p_x"}
    assert set(stayed.identifiers) == {*anna.identifiers, ("anonymous_id", "a-5")}
    assert len(stayed.ring) == 3


def test_orders_added_up_since_are_taken_out_of_the_sum(anna: Profile, eve: Profile) -> None:
    joined, before, snapshot = merged(
        anna,
        eve,
        *(
            track(
                "Order Completed",
                NOON + HOUR + place,
                properties={"order_id": f"n{place}", "revenue": 1},
                **HERS,
            )
            for place in range(310)
        ),
    )

    stayed, left = split(joined, [before], snapshot, RULES)

    assert "o-9" not in joined.orders.recent
    assert sum(total.revenue for total in stayed.orders.folded.values()) == 10 * 1_000_000
    assert [one.worth for one in left.orders.recent.values()] == [(NOON - DAY, 200_000_000, 200_000_000)]
