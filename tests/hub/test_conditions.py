"""Every condition against an oracle that looks at all raw events again, at every instant that matters."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from hub import timeline
from hub.backtest import Backtest, Membership
from hub.clock import DAY, Instant
from hub.evaluators import NO_FLOOR
from hub.events import Event
from hub.profiles import Profile
from hub.rules import Rules
from tests import oracle
from tests.builders import rules_of
from tests.condition_strategies import written_conditions
from tests.oracle_instants import instants
from tests.stories import BEGIN, stories

AFTERWARDS = 40 * DAY
MOST_LOOKS = 500
thoroughly = settings(max_examples=max(300, settings().max_examples))


SEVERAL, ANY = written_conditions(depth=1), written_conditions(depth=2)


@st.composite
def conditions(draw: st.DrawFn) -> dict[str, Any]:
    return draw(ANY)


@st.composite
def plain_conditions(draw: st.DrawFn) -> dict[str, Any]:
    """That look at no segment, and so stand for themselves."""
    return draw(SEVERAL.filter(lambda written: "in_segment" not in str(written)))


@st.composite
def others(draw: st.DrawFn) -> dict[str, dict[str, Any]]:
    """The segments that conditions look at."""
    return {"vip": draw(plain_conditions()), "tea_drinker": draw(plain_conditions())}


def live_up_to(at: Instant, story: Sequence[Event], rules: Rules) -> Profile:
    profile = Profile("p_1")
    for event in story:
        if event.at <= at:
            timeline.live(profile, event, rules)
    timeline.settle(profile, at, rules)
    return profile


@thoroughly
@given(conditions(), others(), stories(), st.data())
def test_a_segment_has_whom_the_oracle_says_at_any_instant(
    condition: dict[str, Any], segments: dict[str, Any], story: list[Event], data: st.DataObject
) -> None:
    everything = {**segments, "probed": condition}
    rules = rules_of(segments=everything)
    moments = instants(everything.values(), story, story[-1].at + AFTERWARDS)
    at = data.draw(st.sampled_from(moments))

    profile = live_up_to(at, story, rules)

    expected = {name for name, when in everything.items() if oracle.holds(when, story, at, segments)}
    assert set(profile.memberships) == expected


@thoroughly
@given(plain_conditions(), stories(), st.data())
def test_the_next_change_of_an_answer_is_never_late(
    condition: dict[str, Any], story: list[Event], data: st.DataObject
) -> None:
    rules = rules_of(segments={"probed": condition})
    moments = instants([condition], story, story[-1].at + AFTERWARDS)
    now = data.draw(st.sampled_from(moments))
    so_far = [event for event in story if event.at <= now]
    profile = live_up_to(now, story, rules)

    holds, change = rules.segments[0].evaluator.evaluate(profile, now, NO_FLOOR)

    end = moments[-1] if change is None else change
    until_then = [at for at in instants([condition], so_far, end) if now < at < end]
    middles = [(one + other) // 2 for one, other in pairwise([now, *until_then, end])]
    assert change is None or change > now
    for at in (*until_then, *(at for at in middles if at < end)):
        assert oracle.holds(condition, so_far, at) == holds, at - BEGIN


@thoroughly
@given(plain_conditions(), stories())
def test_from_one_next_change_to_the_next_every_turn_is_met_and_nothing_is_looked_at_forever(
    condition: dict[str, Any], story: list[Event]
) -> None:
    rules = rules_of(segments={"probed": condition})
    at, end = story[-1].at, story[-1].at + AFTERWARDS
    profile = live_up_to(at, story, rules)

    answers: list[tuple[Instant, bool]] = []
    for _ in range(MOST_LOOKS):
        holds, change = rules.segments[0].evaluator.evaluate(profile, at, NO_FLOOR)
        answers.append((at, holds))
        if change is None or change > end:
            break
        at = change

    moments = [one for one in instants([condition], story, end) if one >= story[-1].at]
    assert len(answers) < MOST_LOOKS
    assert turns(answers) == turns([(one, oracle.holds(condition, story, one)) for one in moments])


def turns(answers: Sequence[tuple[Instant, bool]]) -> list[tuple[Instant, bool]]:
    """The first, and each that is not as the one before."""
    return [one for place, one in enumerate(answers) if not place or one[1] != answers[place - 1][1]]


@thoroughly
@given(conditions(), others(), stories())
def test_stays_in_a_segment_are_those_of_the_oracle_to_the_millisecond(
    condition: dict[str, Any], segments: dict[str, Any], story: list[Event]
) -> None:
    everything = {**segments, "probed": condition}
    until = story[-1].at + AFTERWARDS

    found = backtested(everything, story, until)

    expected = {name: oracle.stays(when, story, until, segments) for name, when in everything.items()}
    assert found == expected


def backtested(
    segments: Mapping[str, Any], story: Sequence[Event], until: Instant
) -> dict[str, list[tuple[Instant, Instant | None]]]:
    told: list[Membership] = []
    test = Backtest(rules_of(segments=segments), on_membership=told.append)
    for event in story:
        test.take(event)
    test.finish(until)
    stays = {name: [one for one in told if one.segment == name] for name in segments}
    return {
        name: [(one.entered_at, one.left_at) for one in sorted(ones, key=lambda one: one.entered_at)]
        for name, ones in stays.items()
    }
