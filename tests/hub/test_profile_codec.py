"""A stored profile is the profile, and small."""

import json
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from hub import profile_codec, profiles, timeline
from hub.clock import DAY, HOUR, MINUTE, SECOND
from hub.enrollments import Conversion, TrailTouch
from hub.events import Event
from hub.profiles import Profile, note
from hub.rules import Rules
from hub.strategy.policy import Policy
from tests.builders import (
    NOW,
    a_delivery,
    a_journey,
    a_line,
    a_profile,
    an_event,
    an_identify,
    an_order,
    enrolled,
    rules_of,
)
from tests.condition_strategies import written_conditions
from tests.stories import stories

NOT_STORED = {"changes", "news_at", "wake_at", "left"}
KILOBYTE = 1_024


def read_back(profile: Profile) -> Profile:
    return profile_codec.decode(
        profile_codec.encode(profile),
        profile_id=profile.profile_id,
        version=profile.version,
        ring=profile_codec.encode_ring(profile),
    )


def stored(profile: Profile) -> dict[str, Any]:
    kept = {one.name: getattr(profile, one.name) for one in fields(profile) if one.name not in NOT_STORED}
    return {**kept, "ring": sorted(kept["ring"])}


@given(written_conditions(depth=1), stories(), st.sampled_from([0, HOUR, 40 * DAY]))
def test_what_is_read_back_is_what_was_stored(
    condition: dict[str, Any], story: list[Event], after: int
) -> None:
    segments = {"probed": condition, "vip": {"did": "Order Completed"}, "tea_drinker": {"quiet_for": "4h"}}
    rules = rules_of(segments=segments, journeys=[a_journey(entry={"segment": "probed"})])
    profile = a_profile(*story, rules=rules, until=story[-1].at + after, version=3, merged=frozenset({"p_2"}))
    profile.ring = dict.fromkeys(profile.ring, NOW)
    timeline.arm_tick(profile, profile.settled_at)

    assert stored(read_back(profile)) == stored(profile)


def test_touches_enrollments_and_conversions_come_back_as_they_were() -> None:
    profile = Profile("p_1", tick_at=NOW, settled_at=NOW, last_own_at=NOW)
    one = enrolled(profile, closed_at=NOW + 1, outcome="goal")
    enrolled(profile, key="c1", arm="holdout")
    note(profile, a_delivery(reason="hold-out", paid=True, status="withheld"), Policy())
    touch = TrailTouch("mailer", "send_email", "email", 0, NOW, "sent")
    conversion = {
        "enrollment_id": one.enrollment_id,
        "journey": "recovery",
        "at": NOW,
        "order_id": "o",
        "value": 9.5,
    }
    profile.conversions = (
        Conversion(**conversion, trail=(touch,)), Conversion(**{**conversion, "value": None}, trail=())
    )  # fmt: skip

    assert read_back(profile) == profile


def test_what_a_refund_is_a_part_of_comes_back_as_it_was() -> None:
    bought = an_order(NOW, 25, order_id="o1", total=30)
    back = [
        an_event("Order Refunded", NOW + 1, properties={"order_id": order, "total": 6})
        for order in ("o1", "o2")
    ]
    profile = a_profile(bought, *back, an_order(NOW + 2, 25, order_id="o2"))

    assert read_back(profile).orders == profile.orders


def test_what_was_stored_before_a_field_was_added_can_be_read() -> None:
    """The last field of an enrollment, of a touch and of a conversion was not there yet."""
    older = {
        "e": [["e-1", "recovery", "", 1, 9, "treated", None, None]],
        "u": [["m-1", "e-1", "recovery", 0, "webhook", "post", "webhook", 1, "sent", 1, "", False, True]],
        "v": [["e-1", "recovery", 5, "o-1", 9.5, [["webhook", "post", "webhook", 0, 1, "sent"]]]],
    }
    body = b"j" + json.dumps(older).encode()

    profile = profile_codec.decode(body, profile_id="p_1", version=1)

    assert (profile.enrollments["e-1"].restarts, profile.enrollments["e-1"].draw) == (0, None)
    assert profile.touches["m-1"].variant == ""
    assert (profile.conversions[0].mark, profile.conversions[0].trail[0].paid) == ("", False)


def test_an_empty_profile_comes_back_empty() -> None:
    assert read_back(Profile("p_1", version=1)) == Profile("p_1", version=1)


def test_the_same_profile_is_the_same_bytes() -> None:
    one, other = (
        a_profile(an_identify(traits={"a": 1, "b": 2})),
        a_profile(an_identify(traits={"b": 2, "a": 1})),
    )

    assert profile_codec.encode(one) == profile_codec.encode(other)


def test_a_repeat_is_known_to_the_second_for_a_day() -> None:
    profile = a_profile(an_event(at=NOW), an_event(at=NOW + DAY), an_event(at=NOW + DAY + 1_500))

    ring = profile_codec.decode_ring(profile_codec.encode_ring(profile))

    assert sorted(ring.values()) == [NOW + DAY, NOW + DAY + SECOND]


def test_the_ring_is_bounded_to_the_newest_messages() -> None:
    profile = Profile("p_1", ring={profiles.mark_of("", str(place)): NOW + place for place in range(2_000)})

    packed = profile_codec.encode_ring(profile)

    assert len(packed) == 10 * profiles.RING_SIZE
    assert min(profile_codec.decode_ring(packed).values()) >= NOW // SECOND * SECOND


def a_shopper(rules: Rules, sessions: Sequence[int]) -> Profile:
    """Sessions of ten views, a line in the cart, a login and now and then an order."""
    events = []
    for session in sessions:
        begin = NOW + session * DAY
        events += [
            an_event(
                at=begin + view * MINUTE,
                message_id=f"{session}-{view}-5d0f8c2e-8a53-4c1b-9f0d-6a5f2a1b7c3d",
                anonymous_id="2f3b9c1e-4a44-4c0e-8c67-0d4b1f0f9b10",
                properties={"product_id": f"p{view}", "category": "Tea", "price": 12.5},
            )
            for view in range(10)
        ]
        events += [
            a_line(
                begin + HOUR,
                f"p{session}",
                name="Product Added",
                category="Tea",
                url="https://shop.example/tea",
            ),
            an_identify(
                begin + HOUR + 1, user_id="u-1", traits={"email": "anna@example.com", "firstName": "Anna"}
            ),
        ]
        events += [an_order(begin + 2 * HOUR, order_id=f"o{session}")] if session % 3 == 0 else []
    return a_profile(*events, rules=rules)


OUR_KIND_OF_RULES = {
    "abandoner": {
        "all": [{"did": "Product Added", "within": "7d"}, {"cart": {"items": 1}}, {"quiet_for": "30m"}]
    },
    "vip": {"sum": "revenue", "of": "Order Completed", "within": "365d", "more_than": 500},
    "looker": {"did": "Product Viewed", "at_least": 3, "within": "7d"},
}


def test_an_ordinary_shopper_is_stored_in_a_kilobyte() -> None:
    rules = rules_of(segments=OUR_KIND_OF_RULES)
    profile = a_shopper(rules, range(3))

    assert len(profile_codec.encode(profile)) + len(profile_codec.encode_ring(profile)) <= KILOBYTE


def test_a_profile_does_not_grow_with_what_she_did() -> None:
    rules = rules_of(segments=OUR_KIND_OF_RULES)

    month, year = (len(profile_codec.encode(a_shopper(rules, range(days)))) for days in (30, 360))

    assert year < 3 * KILOBYTE
    assert year < 4 * month
