"""P2: it does not matter how often, or how late, the hub looks at a customer."""

from collections.abc import Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from hub import profile_codec, timeline
from hub.clock import DAY, Instant
from hub.events import Event
from hub.profiles import Profile
from hub.rules import Rules
from tests.builders import a_journey, rules_of
from tests.condition_strategies import written_conditions
from tests.stories import stories

SEGMENTS = {"vip": {"did": "Order Completed"}, "tea_drinker": {"quiet_for": "4h"}}


@st.composite
def strategies(draw: st.DrawFn) -> Rules:
    """A segment, and a journey of whoever enters it, with any goal and exit."""
    when, goal, leave = (draw(written_conditions(depth=1)) for _ in range(3))
    entry: dict[str, Any] = {"segment": "probed", "key": draw(st.sampled_from(["", "cart.cart_id"]))}
    again = draw(st.sampled_from([{}, {"again_after": "1d"}]))
    parts = {"exit": leave} if draw(st.booleans()) else {}
    journey = a_journey(entry={**entry, **again}, goal=goal, ends_after="7d", **parts)
    return rules_of(segments={**SEGMENTS, "probed": when}, journeys=[journey])


@st.composite
def looks(draw: st.DrawFn) -> list[int]:
    """How long after an event, or the look before, the hub looks again."""
    return draw(st.lists(st.sampled_from([0, 1, 60_000, DAY, 7 * DAY]), max_size=4))


def lived(
    story: Sequence[Event], rules: Rules, until: Instant, looks: Sequence[int], *, stored: bool
) -> Profile:
    profile = Profile("p_1")
    for place, event in enumerate(story):
        timeline.live(profile, event, rules)
        following = story[place + 1].at if place + 1 < len(story) else until
        if following > event.at:
            for at in _instants(event.at, following, looks):
                timeline.settle(profile, at, rules)
                profile = _stored(profile) if stored else profile
    timeline.settle(profile, until, rules)
    return profile


def _instants(begin: Instant, end: Instant, looks: Sequence[int]) -> list[Instant]:
    passed = [sum(looks[: count + 1]) for count in range(len(looks))]
    return [begin + after for after in passed if begin + after < end]


def _stored(profile: Profile) -> Profile:
    return profile_codec.decode(
        profile_codec.encode(profile),
        profile_id=profile.profile_id,
        version=1,
        ring=profile_codec.encode_ring(profile),
    )


def standing(profile: Profile) -> tuple[object, ...]:
    return profile.memberships, profile.enrollments, profile.conversions, profile.wake_at


@given(strategies(), stories(most=8), looks(), st.sampled_from([0, 1, DAY, 40 * DAY]))
def test_one_look_at_the_end_sees_what_many_looks_on_the_way_see(
    rules: Rules, story: list[Event], looks: list[int], after: int
) -> None:
    until = story[-1].at + after

    once = lived(story, rules, until, [], stored=False)
    often = lived(story, rules, until, looks, stored=False)

    assert standing(often) == standing(once)


@given(strategies(), stories(most=8), looks(), st.sampled_from([0, 1, DAY, 40 * DAY]))
def test_storing_and_reading_between_looks_changes_nothing(
    rules: Rules, story: list[Event], looks: list[int], after: int
) -> None:
    until = story[-1].at + after

    once = lived(story, rules, until, [], stored=False)
    often = lived(story, rules, until, looks, stored=True)

    assert standing(often) == standing(once)
