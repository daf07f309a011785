"""From a changed profile to what must follow: a comparison of before and after, and nothing else."""

from dataclasses import replace

import pytest

from hub import timeline
from hub.clock import DAY, HOUR, MINUTE
from hub.consents import Consent
from hub.deliveries import Delivery, Status
from hub.enrollments import Enrollment
from hub.profiles import Profile
from hub.reactions import ArmTimer, Enter, Finish, Leave, LookAgain, Reaction, Start, Withdraw, reactions
from hub.touches import from_delivery
from tests.builders import NOW, a_journey, a_line, a_profile, an_enrollment, an_event, enrolled, rules_of

RULES = rules_of(journeys=[a_journey()])
VERSION = RULES.journey_versions["recovery"]


def told(before: Profile | None, after: Profile, *, merged: bool = False) -> list[Reaction]:
    return reactions(before, after, RULES, merged=merged)


def a_copy(profile: Profile) -> Profile:
    return replace(
        profile,
        memberships=dict(profile.memberships),
        enrollments=dict(profile.enrollments),
        consents=dict(profile.consents),
    )


def test_nothing_follows_from_nothing() -> None:
    profile = a_profile(a_line(), until=NOW + HOUR)
    enrolled(profile)

    assert told(profile, profile) == []


def test_a_timer_is_armed_where_it_is_another_one() -> None:
    profile = Profile("p_1", tick_at=NOW + HOUR)

    assert told(None, profile) == [ArmTimer("p_1", NOW + HOUR)]
    assert told(Profile("p_1", tick_at=NOW), profile) == [ArmTimer("p_1", NOW + HOUR)]
    assert told(profile, Profile("p_1")) == []


def test_who_enters_a_segment_is_listed_with_the_evidence() -> None:
    profile = a_profile(a_line(), until=NOW + HOUR)

    (enter,) = told(None, profile)

    assert isinstance(enter, Enter)
    assert (enter.segment, enter.profile_id, enter.since) == (
        "abandoner",
        profile.profile_id,
        NOW + 30 * MINUTE,
    )
    assert enter.evidence["holds"] is True


def test_the_evidence_holds_even_if_more_happened_since_she_entered() -> None:
    """Only the two latest views are remembered, and the membership is older than both."""
    rules = rules_of(segments={"fan": {"did": "Product Viewed", "at_least": 2}})
    profile = a_profile(*(an_event(at=NOW + minute) for minute in range(5)), rules=rules, until=NOW + HOUR)

    (enter,) = reactions(None, profile, rules, merged=False)

    assert isinstance(enter, Enter)
    assert enter.since == NOW + 1
    assert (enter.evidence["holds"], enter.evidence["counted"]) == (True, 2)


def test_who_leaves_is_listed_no_more() -> None:
    before = Profile("p_1", memberships={"abandoner": NOW, "vip": NOW})

    assert told(before, Profile("p_1", memberships={"vip": NOW})) == [Leave("abandoner", "p_1")]


def test_who_left_and_came_back_is_listed_anew() -> None:
    before, after = (Profile("p_1", memberships={"gone_rule": since}) for since in (NOW, NOW + DAY))

    assert told(before, after) == [Enter("gone_rule", "p_1", NOW + DAY, {})]


def test_a_run_is_started_once() -> None:
    profile = Profile("p_1")
    one = enrolled(profile)

    assert told(Profile("p_1"), profile) == [Start(one, "p_1", VERSION)]
    assert told(profile, profile) == []


def test_a_run_is_started_with_the_version_it_will_finish_on() -> None:
    rules = rules_of(journeys=[a_journey()])
    profile = Profile("p_1")
    enrolled(profile)

    [start] = reactions(None, profile, rules, merged=False)

    assert isinstance(start, Start)
    assert start.version == rules.journey_versions["recovery"] != ""


def test_a_run_of_a_journey_that_is_gone_is_not_started_and_still_finished() -> None:
    before, after, ended = Profile("p_1"), Profile("p_1"), Profile("p_1")
    one = enrolled(after, journey="gone")
    enrolled(ended, journey="gone", closed_at=NOW + DAY, outcome="ended")

    assert told(before, after) == []
    assert (
        told(after, ended)
        == told(before, ended)
        == [Finish(one.enrollment_id, "ended", NOW + DAY, has_machine=False)]
    )


def test_a_run_is_finished_once() -> None:
    before, after = Profile("p_1"), Profile("p_1")
    one = enrolled(before)
    after.enrollments = {one.enrollment_id: replace(one, closed_at=NOW + DAY, outcome="goal")}

    assert told(before, after) == [Finish(one.enrollment_id, "goal", NOW + DAY)]
    assert told(after, after) == []


def test_a_run_that_began_and_ended_between_two_writes_is_not_started() -> None:
    after = Profile("p_1")
    one = enrolled(after, closed_at=NOW + 1, outcome="exit")

    assert told(Profile("p_1"), after) == [Finish(one.enrollment_id, "exit", NOW + 1)]


def test_a_run_that_came_with_a_merge_and_ended_in_it_is_finished() -> None:
    """It runs under the profile that is no more: only the end says that it is over."""
    before, merged = Profile("p_1"), Profile("p_1")
    one = enrolled(merged, closed_at=NOW + 1, outcome="goal", enrollment_id="of-another-profile")

    assert told(before, merged) == [Finish(one.enrollment_id, "goal", NOW + 1)]


def test_a_run_that_is_open_is_started() -> None:
    after = Profile("p_1")
    one = enrolled(after)

    assert told(Profile("p_1"), after) == [Start(one, "p_1", VERSION)]


def test_a_withdrawn_consent_reaches_every_open_run() -> None:
    before = Profile("p_1", consents={"ads": Consent(given=True, at=NOW)})
    one = enrolled(before)
    enrolled(before, key="over", closed_at=NOW, outcome="ended", enrollment_id="over")
    after = a_copy(before)
    after.consents = {"ads": Consent(given=False, at=NOW + 5)}

    assert told(before, after) == [Withdraw(one.enrollment_id, frozenset({"ads"}), NOW + 5)]
    assert told(after, after) == []


def test_a_consent_that_is_given_withdraws_nothing() -> None:
    before = Profile("p_1")
    enrolled(before)
    after = a_copy(before)
    after.consents = {"ads": Consent(given=True, at=NOW)}

    assert not [one for one in told(before, after) if isinstance(one, Withdraw)]


def test_a_consent_given_again_has_every_open_run_looked_at_again() -> None:
    before = Profile("p_1", consents={"ads": Consent(given=False, at=NOW)})
    one = enrolled(before)
    enrolled(before, key="over", closed_at=NOW, outcome="ended", enrollment_id="over")
    after = a_copy(before)
    after.consents = {"ads": Consent(given=True, at=NOW + 5)}

    assert told(before, after) == [LookAgain(one.enrollment_id)]
    assert told(after, after) == []


@pytest.mark.parametrize(("kind", "is_news"), [("email", True), ("user_id", True), ("anonymous_id", False)])
def test_who_can_be_reached_by_more_has_her_runs_looked_at_again(kind: str, *, is_news: bool) -> None:
    before = Profile("p_1", identifiers={("anonymous_id", "a-1"): (NOW, NOW)})
    one = enrolled(before)
    after = a_copy(before)
    after.identifiers = {**before.identifiers, (kind, "new"): (NOW, NOW)}

    assert told(before, after) == ([LookAgain(one.enrollment_id)] if is_news else [])


def test_what_was_refused_for_another_reason_stays_refused() -> None:
    before = Profile("p_1", consents={"ads": Consent(given=False, at=NOW)})
    one = enrolled(before)
    reasons = ("cap: 1 ads in 7d", "no consent to ads", "no address: email", "hold-out", "no longer wanted")
    before.touches = {
        reason: from_delivery(a_delivery(reason, one, "withheld", reason)) for reason in reasons
    }
    before.touches["was on"] = from_delivery(a_delivery("was on", one, "off", ""))
    after = a_copy(before)
    after.consents = {"ads": Consent(given=True, at=NOW + 5)}

    [again] = told(before, after)

    assert again == LookAgain(one.enrollment_id, frozenset({"cap: 1 ads in 7d", "hold-out"}))


def a_delivery(message_id: str, run: Enrollment, status: str, reason: str) -> Delivery:
    return Delivery(
        message_id=message_id,
        profile_id="p_1",
        enrollment_id=run.enrollment_id,
        journey=run.journey,
        step=0,
        connector="ads",
        action="join",
        channel="ads",
        status=Status(status),
        at=NOW,
        reason=reason,
    )


def test_a_profile_that_became_a_pointer_leaves_its_segments_and_nothing_else() -> None:
    before = Profile("p_1", memberships={"vip": NOW, "abandoner": NOW}, tick_at=NOW)
    enrolled(before)
    after = a_copy(before)
    after.consents = {"ads": Consent(given=False, at=NOW)}

    assert told(before, after, merged=True) == [Leave("abandoner", "p_1"), Leave("vip", "p_1")]


def test_who_was_merged_is_listed_under_her_new_profile_with_the_older_entry() -> None:
    winner = Profile("p_1", memberships={"vip": NOW})
    joined = Profile("p_1", memberships={"vip": NOW - DAY})

    assert told(winner, joined) == [Enter("vip", "p_1", NOW - DAY, {})]
    assert an_enrollment().enrollment_id.startswith("recovery-")


def test_a_run_that_begins_in_a_merge_is_hers_who_entered() -> None:
    """Time passes for her in the very write by which she becomes part of somebody."""
    eve = a_profile(a_line(NOW), rules=RULES, profile_id="p_eve")
    assert eve.enrollments == {}

    joined = timeline.unite(Profile("p_anna"), eve, NOW + HOUR, RULES)

    [run] = joined.enrollments.values()
    assert Start(run, "p_eve", VERSION) in told(Profile("p_anna"), joined)


def test_a_run_of_whoever_became_part_of_her_is_started_once_whoever_is_heard_of_first() -> None:
    eve = a_profile(a_line(NOW), rules=RULES, until=NOW + HOUR)
    joined = timeline.unite(Profile("p_anna"), eve, NOW + 2 * HOUR, RULES)

    mine, hers = ([one for one in told(None, profile) if isinstance(one, Start)] for profile in (eve, joined))

    assert mine == hers
    assert [one.profile_id for one in mine] == [eve.profile_id]


def test_who_was_split_off_again_is_told_of_as_if_she_were_new_but_for_her_runs() -> None:
    vip = Profile("p_1", memberships={"vip": 7}, tick_at=9, enrollments={"e-1": an_enrollment()})
    rules = rules_of(segments={"vip": {"did": "Order Completed"}})

    told = reactions(vip, vip, rules, merged=False, was_merged=True)

    assert [type(one) for one in told] == [ArmTimer, Enter]


def test_nothing_follows_from_a_pointer_that_leads_elsewhere() -> None:
    gone = Profile("p_1", memberships={"vip": 7})

    assert reactions(gone, gone, RULES, merged=True, was_merged=True) == []
