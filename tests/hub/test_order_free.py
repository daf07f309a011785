"""P1: whatever order, repetition and batching, and however profiles merge, the end is the same."""

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from hub import profiles, timeline
from hub.clock import DAY, HOUR, MINUTE
from hub.deliveries import Delivery, Status
from hub.events import Event
from hub.profiles import Profile
from hub.rules import Rules
from tests import oracle
from tests.builders import NOW, a_delivery, rules_of
from tests.condition_strategies import REMEMBERING_ALL, remembered_conditions, written_conditions
from tests.stories import stories

Fact = Event | Delivery

DERIVED = {"memberships", "enrollments", "conversions", "settled_at", "tick_at"}
WORKING = {"changes", "news_at", "wake_at", "late_at", "left"}
NAMES = {"profile_id", "version", "merged"}
POLICY = {"sources": {"preferences": {"party": "zero"}, "scoring": {"party": "predicted"}}}


@st.composite
def remembering(draw: st.DrawFn) -> Rules:
    """Rules that ask for a few things of the past."""
    conditions = draw(st.lists(written_conditions(depth=0), min_size=1, max_size=3))
    alone = [one for one in conditions if "in_segment" not in one]
    return rules_of(segments={f"s{place}": one for place, one in enumerate(alone)}, policy=POLICY)


@st.composite
def facts(draw: st.DrawFn) -> list[Fact]:
    """A story told by several sources, and what became of messages meanwhile."""
    sources = st.sampled_from(["website", "preferences", "scoring"])
    told = [replace(event, source=draw(sources)) for event in draw(stories(most=6))]
    return [*told, *draw(st.lists(deliveries(), max_size=3))]


@st.composite
def deliveries(draw: st.DrawFn) -> Delivery:
    return a_delivery(
        message_id=draw(st.sampled_from(["msg_1", "msg_2"])),
        status=draw(st.sampled_from(list(Status))),
        at=NOW + draw(st.integers(0, 3)),
        capped=draw(st.booleans()),
        reason=draw(st.sampled_from(["", "hold-out"])),
    )


def folded(told: Sequence[Fact], rules: Rules) -> Profile:
    profile = Profile("p_1")
    for fact in told:
        if isinstance(fact, Event):
            profiles.apply(profile, fact, rules)
        else:
            profiles.note(profile, fact, rules.policy)
    return profile


def state(profile: Profile) -> dict[str, Any]:
    """Everything above the line: what is folded from events alone."""
    derived = DERIVED | WORKING | NAMES
    return {one.name: getattr(profile, one.name) for one in fields(profile) if one.name not in derived}


@given(remembering(), facts(), st.data())
def test_order_and_repetition_do_not_matter(rules: Rules, told: list[Fact], data: st.DataObject) -> None:
    repeated = data.draw(st.permutations([*told, *data.draw(st.lists(st.sampled_from(told), max_size=5))]))

    assert state(folded(repeated, rules)) == state(folded(told, rules))


@given(remembering(), facts(), st.data())
def test_what_is_folded_apart_and_joined_is_what_is_folded_together(
    rules: Rules, told: list[Fact], data: st.DataObject
) -> None:
    left, right = dealt(told, 2, data)

    joined = profiles.join(folded(left, rules), folded(right, rules), rules)

    assert state(joined) == state(folded(told, rules))


@given(remembering(), facts(), st.data())
def test_merges_are_joins(rules: Rules, told: list[Fact], data: st.DataObject) -> None:
    """Associative, commutative and idempotent: any order of any merges, again and again."""
    a, b, c = (folded(hand, rules) for hand in dealt(told, 3, data))

    def join(left: Profile, right: Profile) -> Profile:
        return profiles.join(left, right, rules)

    assert state(join(a, join(b, c))) == state(join(join(a, b), c))
    assert state(join(a, b)) == state(join(b, a))
    assert state(join(a, a)) == state(a)


def dealt(told: list[Fact], hands: int, data: st.DataObject) -> list[list[Fact]]:
    """Every fact to one of several hands, or to more than one."""
    some = st.sets(st.integers(0, hands - 1), min_size=1)
    owners = [data.draw(some) for _ in told]
    return [[fact for fact, who in zip(told, owners, strict=True) if hand in who] for hand in range(hands)]


@given(written_conditions(depth=1), stories(most=8), st.data())
def test_final_memberships_do_not_depend_on_the_order_of_arrival(
    condition: dict[str, Any], story: list[Event], data: st.DataObject
) -> None:
    segments = {"probed": condition, "vip": {"did": "Order Completed"}, "tea_drinker": {"quiet_for": "4h"}}
    rules = rules_of(segments=segments)
    late = data.draw(st.permutations(story))
    until = story[-1].at + data.draw(st.sampled_from([0, 1, DAY, 30 * DAY]))

    profile = Profile("p_1")
    for event in late:
        timeline.live(profile, event, rules)
    timeline.settle(profile, until, rules)

    expected = {name for name, when in segments.items() if oracle.holds(when, story, until, segments)}
    assert set(profile.memberships) == expected


def heard(story: Sequence[Event], delays: Sequence[int], rules: Rules, until: int) -> dict[str, int]:
    """Since when she is in what, if each event is heard so much later than it happened."""
    profile = Profile("p_1")
    for at, event in sorted(
        ((event.at + delay, event) for event, delay in zip(story, delays, strict=True)),
        key=lambda pair: pair[0],
    ):
        timeline.settle(profile, at - 1, rules)
        timeline.live(profile, event, rules)
    timeline.settle(profile, until, rules)
    return profile.memberships


@given(remembered_conditions(), stories(most=8), st.data())
def test_since_when_does_not_depend_on_it_either_where_all_is_remembered(
    condition: dict[str, Any], story: list[Event], data: st.DataObject
) -> None:
    """It cannot be told of what was let go: a trait's earlier value, a cart as it was, views but the last."""
    rules = rules_of(segments={"probed": condition, **REMEMBERING_ALL})
    delays = [data.draw(st.sampled_from([0, 0, MINUTE, HOUR, 3 * HOUR, 2 * DAY])) for _ in story]
    until = story[-1].at + 2 * DAY + data.draw(st.sampled_from([0, 1, DAY, 30 * DAY]))

    assert heard(story, delays, rules, until) == heard(story, [0] * len(story), rules, until)


@given(written_conditions(depth=1), stories(most=8), st.data())
def test_who_turns_out_to_be_two_strangers_has_what_one_customer_would(
    condition: dict[str, Any], story: list[Event], data: st.DataObject
) -> None:
    segments = {"probed": condition, "vip": {"did": "Order Completed"}, "tea_drinker": {"quiet_for": "4h"}}
    rules = rules_of(segments=segments)
    mine = [data.draw(st.booleans()) for _ in story]
    until = story[-1].at + data.draw(st.sampled_from([1, DAY, 30 * DAY]))
    strangers = Profile("p_1"), Profile("p_2")
    for event, second in zip(story, mine, strict=True):
        timeline.live(strangers[second], event, rules)

    joined = timeline.unite(*strangers, until, rules)
    timeline.settle(joined, until, rules)

    expected = {name for name, when in segments.items() if oracle.holds(when, story, until, segments)}
    assert set(joined.memberships) == expected
