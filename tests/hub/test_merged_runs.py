"""What a merge makes of journeys: one of two runs about the same goes on, and nobody changes her arm."""

from dataclasses import replace

import pytest

from hub import enrolling, policy, timeline
from hub.absorbing import absorb
from hub.clock import DAY, HOUR, Instant
from hub.enrollments import Enrollment
from hub.identities import profile_id_for
from hub.policy import TWIN, Decision, No, Send
from hub.profiles import Profile, bucket_of
from hub.rules import Rules
from tests.builders import NOW, a_message, an_enrollment, rules_of
from tests.fakes import FakeProfiles
from tests.shoppers import NOON, TEA, identify, strategy, track

RULES = Rules(strategy())


def decided(profile: Profile, one: Enrollment) -> Decision:
    message = a_message(enrollment_id=one.enrollment_id, journey=one.journey)
    rules = rules_of(segments={}, policy={"consent": "opt_out"})
    return policy.decide(message, "email", paid=False, profile=profile, rules=rules, now=NOW)


def runs(**younger: object) -> tuple[Enrollment, Enrollment, Profile]:
    older = an_enrollment(enrollment_id="e-2", entered_at=NOW - HOUR)
    twin = an_enrollment(**{"enrollment_id": "e-1", "entered_at": NOW - HOUR + 1, **younger})
    return older, twin, Profile("p_1", enrollments={one.enrollment_id: one for one in (older, twin)})


def test_of_two_runs_about_the_same_the_older_goes_on() -> None:
    older, twin, profile = runs()

    assert decided(profile, older) == Send(profile)
    assert decided(profile, twin) == No(TWIN)


def test_of_two_that_began_at_once_it_is_always_the_same_one() -> None:
    other, first, profile = runs(entered_at=NOW - HOUR)

    assert (decided(profile, first), decided(profile, other)) == (Send(profile), No(TWIN))


@pytest.mark.parametrize("difference", [{"key": "c-2"}, {"journey": "welcome"}])
def test_runs_about_different_things_are_no_twins(difference: dict[str, str]) -> None:
    _, other, profile = runs(**difference)

    assert decided(profile, other) == Send(profile)


def test_when_the_older_run_is_over_the_younger_goes_on() -> None:
    older, twin, profile = runs()
    profile.enrollments["e-2"] = an_enrollment(
        enrollment_id="e-2", entered_at=older.entered_at, closed_at=NOW, outcome="ended"
    )

    assert decided(profile, twin) == Send(profile)


def abandoned(device: str, at: Instant) -> Profile:
    """Somebody who left a cart half an hour ago, and is in the journey that brings her back."""
    profile = Profile(profile_id_for(("anonymous_id", device)))
    timeline.live(profile, track("Product Added", at, anonymous_id=device, properties=TEA), RULES)
    timeline.settle(profile, at + HOUR, RULES)
    return profile


def test_both_runs_end_with_the_goal() -> None:
    one, other = abandoned("a-1", NOON), abandoned("a-2", NOON + 1)
    joined = timeline.unite(one, other, NOON + 2 * HOUR, RULES)
    assert [run.closed_at for run in joined.enrollments.values()] == [None, None]

    order = track("Order Completed", NOON + 3 * HOUR, anonymous_id="a-1", properties={"revenue": 25})
    timeline.live(joined, order, RULES)
    timeline.settle(joined, NOON + 3 * HOUR, RULES)

    assert {run.outcome for run in joined.enrollments.values()} == {"goal"}
    assert len(joined.enrollments) == 2


# ---- the arm


HALF = rules_of(
    segments={"buyer": {"did": "Order Completed"}},
    journeys=[
        {
            "name": "thanks",
            "entry": {"segment": "buyer"},
            "goal": {"did": "Product Viewed"},
            "ends_after": "3d",
            "holdout": "50%",
            "steps": [{"after": "1h", "do": [{"connector": "site", "action": "show", "params": {}}]}],
        }
    ],
)


@pytest.mark.parametrize("number", range(12))
def test_who_was_seen_first_decides_the_arm_and_a_merge_does_not_change_it(number: int) -> None:
    early, late = Profile("p_early"), Profile("p_late")
    timeline.live(early, identify(NOON - DAY, anonymous_id=f"a-{number}", user_id=""), HALF)
    timeline.live(late, identify(NOON, anonymous_id="b-1", user_id="u-1"), HALF)
    expected = HALF.arm_of(bucket_of(early), HALF.journeys["thanks"])

    joined = timeline.unite(late, early, NOON + 1, HALF)
    timeline.live(joined, track("Order Completed", NOON + 2, user_id="u-1"), HALF)
    timeline.settle(joined, NOON + 2, HALF)

    (run,) = joined.enrollments.values()
    assert bucket_of(joined) == bucket_of(early) != bucket_of(late)
    assert run.arm == expected


def test_who_was_on_a_journey_before_a_merge_keeps_what_was_drawn_for_her() -> None:
    for number in range(12):
        early, late = Profile("p_early"), Profile("p_late")
        timeline.live(early, identify(NOON - DAY, anonymous_id=f"a-{number}", user_id=""), HALF)
        timeline.live(late, track("Order Completed", NOON, anonymous_id="b-1", user_id=f"u-{number}"), HALF)
        timeline.settle(late, NOON + 3 * DAY, HALF)

        joined = timeline.unite(late, early, NOON + 4 * DAY, HALF)
        again = replace(HALF.journeys["thanks"], again_after=DAY)
        enrolling.enroll(joined, again, NOON + 4 * DAY, HALF)

        first, second = sorted(joined.enrollments.values(), key=lambda one: one.entered_at)
        assert (first.arm, first.draw) == (second.arm, second.draw)


def test_the_arms_of_the_test_above_are_of_both_kinds() -> None:
    journey = HALF.journeys["thanks"]

    buckets = [profile_id_for(("anonymous_id", f"a-{number}")) for number in range(12)]
    assert {HALF.arm_of(bucket, journey) for bucket in buckets} == {"treated", "holdout"}


def test_in_any_order_of_merges_the_first_seen_keeps_her_bucket() -> None:
    def somebody(name: str, first: Instant) -> Profile:
        return Profile(name, identifiers={("anonymous_id", name): (first, NOON)})

    def together(*people: Profile) -> str:
        first, *others = people
        for other in others:
            first = timeline.unite(first, other, NOON, RULES)
        return bucket_of(first)

    a, b, c = somebody("p_a", 3), somebody("p_b", 1), somebody("p_c", 2)

    assert {together(a, b, c), together(c, a, b), together(b, c, a), together(c, b, a)} == {bucket_of(b)}


def test_whichever_event_is_heard_first_her_bucket_is_that_of_what_she_was_seen_with_first() -> None:
    visit = track("Product Viewed", NOON, user_id="", anonymous_id="a-7")
    login = identify(NOON + 1, user_id="u-7", anonymous_id="a-7")
    stores = [FakeProfiles(), FakeProfiles(), FakeProfiles()]
    for store, groups in zip(stores, ([[visit], [login]], [[login], [visit]], [[login, visit]]), strict=True):
        for events in groups:
            absorb(events, store, HALF, NOON + HOUR)

    buckets = {bucket_of(profile) for store in stores for profile in store.scan()}

    assert buckets == {profile_id_for(("anonymous_id", "a-7"))}


def test_of_several_identifiers_seen_first_at_once_the_user_decides_the_bucket() -> None:
    found = (
        ("user_id", "u-1"),
        ("phone", "+420603123456"),
        ("email", "a@example.com"),
        ("anonymous_id", "a-1"),
    )

    assert bucket_of(Profile("p_1", identifiers=dict.fromkeys(found, (1, 2)))) == profile_id_for(found[0])
