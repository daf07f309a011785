"""Time as an event: memberships come and go at the exact instant."""

import pytest

from hub import timeline
from hub.clock import DAY, HOUR, MINUTE, SECOND
from hub.hindsight import MOST_LOOKS
from hub.profile_codec import decode, encode, encode_ring
from hub.profiles import Profile
from hub.reactions import Enter, reactions
from tests.builders import (
    NOW,
    Written,
    a_journey,
    a_line,
    a_profile,
    an_event,
    an_identify,
    an_order,
    go_on,
    rules_of,
    runs,
)

QUIET = 30 * MINUTE
ALL_VIEWS = {"tireless": {"did": "Product Viewed", "at_least": 900}}
"""A rule for which all views are remembered."""


# ---- memberships


def test_time_alone_lets_her_in_at_the_exact_instant_however_late_it_is_noticed() -> None:
    profile = a_profile(a_line(NOW), until=NOW + 5 * HOUR)

    assert profile.memberships == {"abandoner": NOW + QUIET}


def test_time_alone_lets_her_out_at_the_exact_instant() -> None:
    rules = rules_of(segments={"fan": {"did": "Product Viewed", "within": "7d"}})
    profile = a_profile(an_event(), rules=rules, left=[])

    go_on(profile, rules, until=NOW + 30 * DAY)

    assert profile.memberships == {}
    assert profile.left == [("fan", NOW, NOW + 7 * DAY)]


def test_an_event_at_the_instant_at_which_quiet_would_begin_comes_first() -> None:
    profile = a_profile(a_line(NOW), an_event(at=NOW + QUIET))

    assert profile.memberships == {}


def test_events_of_one_instant_count_together() -> None:
    """Bought in the very millisecond in which the cart was filled: never in, not even for an instant."""
    rules = rules_of(
        segments={"filled": {"cart": {"items": {"at_least": 1}}}, "buyer": {"did": "Order Completed"}}
    )

    profile = a_profile(a_line(NOW), an_order(NOW), rules=rules, left=[])

    assert (profile.memberships, profile.left) == ({"buyer": NOW}, [])


def test_a_segment_of_segments_follows_at_the_same_instant() -> None:
    rules = rules_of(
        segments={
            "zzz_first": {"quiet_for": "30m"},
            "both": {"all": [{"in_segment": "zzz_first"}, {"in_segment": "has_cart"}]},
            "has_cart": {"cart": {"items": {"at_least": 1}}},
            "neither": {"not": {"in_segment": "both"}},
        }
    )

    profile = a_profile(a_line(), rules=rules, until=NOW + QUIET, left=[])

    assert profile.memberships == {"zzz_first": NOW + QUIET, "has_cart": NOW, "both": NOW + QUIET}
    assert profile.left == [("neither", NOW, NOW + QUIET)]


def test_an_event_that_comes_late_lets_her_in_since_it_happened() -> None:
    rules = rules_of(segments={"buyer": {"did": "Order Completed"}})
    profile = a_profile(an_event(at=NOW), rules=rules, until=NOW + HOUR)

    go_on(profile, rules, an_order(NOW + MINUTE), until=NOW + HOUR)

    assert profile.memberships == {"buyer": NOW + MINUTE}


def test_what_began_by_time_alone_after_a_late_event_began_then() -> None:
    profile = a_profile(until=NOW + HOUR)

    go_on(profile, rules_of(), a_line(NOW + MINUTE), until=NOW + 2 * HOUR)

    assert profile.memberships == {"abandoner": NOW + MINUTE + QUIET}


def test_a_late_event_does_not_reach_back_over_a_break() -> None:
    """Bought at 00:05: until 00:35 she was a fresh buyer, whatever else is heard of 00:01."""
    rules = rules_of(
        segments={
            "looking": {"all": [{"did": "Product Viewed"}, {"did_not": "Order Completed", "within": "30m"}]}
        }
    )
    profile = a_profile(an_order(NOW + 5 * MINUTE), rules=rules, until=NOW + HOUR)

    go_on(profile, rules, an_event(at=NOW + MINUTE), until=NOW + HOUR)

    assert profile.memberships == {"looking": NOW + 35 * MINUTE}


def test_a_member_is_one_since_earlier_when_an_earlier_event_comes_late() -> None:
    rules = rules_of(
        segments={
            "fan": {"did": "Product Viewed"},
            "echo": {"in_segment": "fan"},
            "keen": {"did": "Product Viewed", "at_least": 3},
        }
    )
    profile = a_profile(an_identify(NOW), an_event(at=NOW + HOUR), rules=rules)
    assert profile.memberships == {"fan": NOW + HOUR, "echo": NOW + HOUR}

    go_on(profile, rules, an_event(at=NOW + 1, message_id="m-late"), until=NOW + 2 * HOUR)

    assert profile.memberships == {"fan": NOW + 1, "echo": NOW + 1}


def test_a_late_event_that_splits_a_stay_begins_it_anew() -> None:
    rules = rules_of(segments={"quiet": {"quiet_for": "30m"}})
    profile = a_profile(an_event(at=NOW), rules=rules, until=NOW + 2 * HOUR)
    assert profile.memberships == {"quiet": NOW + QUIET}

    go_on(profile, rules, an_event(at=NOW + HOUR), until=NOW + 2 * HOUR)

    assert profile.memberships == {"quiet": NOW + HOUR + QUIET}


def test_what_stands_on_a_split_stay_begins_anew_as_well() -> None:
    rules = rules_of(segments={"quiet": {"quiet_for": "30m"}, "echo": {"in_segment": "quiet"}})
    profile = a_profile(an_event(at=NOW), rules=rules, until=NOW + 2 * HOUR)

    go_on(profile, rules, an_event(at=NOW + HOUR), until=NOW + 2 * HOUR)

    assert profile.memberships == {"quiet": NOW + HOUR + QUIET, "echo": NOW + HOUR + QUIET}


def test_a_late_event_that_fills_the_gap_between_two_stays_makes_them_one() -> None:
    within = {"did": "Product Viewed", "within": "1h"}
    rules = rules_of(segments={"looking": within, **ALL_VIEWS})
    first, last = an_event(at=NOW), an_event(at=NOW + 100 * MINUTE)
    profile = a_profile(first, last, rules=rules, until=NOW + 2 * HOUR)
    assert profile.memberships == {"looking": NOW + 100 * MINUTE}

    go_on(profile, rules, an_event(at=NOW + 50 * MINUTE), until=NOW + 2 * HOUR)

    assert profile.memberships == {"looking": NOW}


def test_who_was_there_before_it_was_known_was_in_what_needs_no_event() -> None:
    rules = rules_of(segments={"no_buyer": {"did_not": "Order Completed"}})
    profile = a_profile(an_event(at=NOW + HOUR), rules=rules)

    go_on(profile, rules, an_event(at=NOW), until=NOW + HOUR)

    assert profile.memberships == {"no_buyer": NOW}


def test_what_is_no_longer_remembered_splits_no_stay() -> None:
    """Of four looks the last two are known; by the time of the first of them she had looked three times."""
    rules = rules_of(segments={"fan": {"did": "Product Viewed", "at_least": 2}})
    profile = a_profile(*(an_event(at=NOW + days * DAY) for days in (1, 2, 3)), rules=rules)

    go_on(profile, rules, an_event(at=NOW + 2 * DAY + HOUR), until=NOW + 4 * DAY)

    assert profile.memberships == {"fan": NOW + 2 * DAY}


def test_a_late_event_does_not_take_back_what_was_said_later() -> None:
    """Gold since 11:40: that she was quiet before that does not make her a quiet gold customer."""
    told = an_identify(NOW + 100 * MINUTE, traits={"plan": "gold"}, source="crm")
    rules = rules_of(
        segments={"asleep": {"all": [{"trait": "plan", "is": "gold"}, {"quiet_for": "30m"}]}},
        policy={"sources": {"crm": {"party": "third"}}},
    )
    profile = a_profile(an_event(at=NOW + HOUR), told, rules=rules)
    assert profile.memberships == {"asleep": NOW + 100 * MINUTE}

    go_on(profile, rules, an_event(at=NOW), until=NOW + 2 * HOUR)

    assert profile.memberships == {"asleep": NOW + 100 * MINUTE}


@pytest.mark.parametrize(
    "when",
    [
        {"all": [{"identified_by": "email"}, {"consents_to": "email"}]},
        {"all": [{"identified_by": "email"}, {"trait": "plan", "is": "gold"}]},
        {"all": [{"identified_by": "email"}, {"any": [{"consents_to": "email"}, {"consents_to": "sms"}]}]},
    ],
)
def test_who_is_let_in_late_is_not_in_before_a_word_of_hers_that_it_takes(when: Written) -> None:
    """She agreed, and was gold, from 11:00 on; her address of 10:00 is heard of after that."""
    rules = rules_of(segments={"mailable": when})
    said = an_identify(
        NOW + HOUR,
        traits={"plan": "gold"},
        context={"consent": {"categoryPreferences": {"email": True}}},
    )
    profile = a_profile(an_event(at=NOW - HOUR), said, rules=rules)

    go_on(
        profile,
        rules,
        an_identify(NOW, message_id="m-late", traits={"email": "a@x.cz"}),
        until=NOW + 2 * HOUR,
    )

    assert profile.memberships == {"mailable": NOW + HOUR}


def test_who_needs_too_many_looks_is_in_since_it_was_thought() -> None:
    """Two hundred looks of the last three minutes, and a late one before them all."""
    rules = rules_of(
        segments={"keen": {"did": "Product Viewed", "at_least": 2, "within": "30d"}, **ALL_VIEWS}
    )
    views = [an_event(at=NOW + HOUR + second * SECOND) for second in range(MOST_LOOKS + 1)]
    profile = a_profile(an_identify(NOW), *views, rules=rules)
    assert profile.memberships == {"keen": NOW + HOUR + SECOND}

    go_on(profile, rules, an_event(at=NOW + 1), until=NOW + 2 * HOUR)

    assert profile.memberships == {"keen": NOW + HOUR + SECOND}


def test_two_late_events_in_a_row_are_both_heard() -> None:
    rules = rules_of(segments={"buyer": {"did": "Order Completed"}, "viewer": {"did": "Product Viewed"}})
    profile = a_profile(an_identify(NOW), rules=rules, until=NOW + HOUR)

    go_on(profile, rules, an_event(at=NOW + HOUR + 1), an_order(NOW + MINUTE), until=NOW + HOUR + 1)

    assert profile.memberships == {"buyer": NOW + MINUTE, "viewer": NOW + HOUR + 1}


def test_a_new_rule_takes_in_who_fits_and_a_rule_that_is_gone_has_no_members() -> None:
    profile = a_profile(a_line(), until=NOW + HOUR)
    profile.changes = None  # as after reading it from its table

    go_on(profile, rules_of(segments={"cart": {"cart": {"items": 1}}}), until=NOW + 2 * HOUR)

    assert profile.memberships == {"cart": NOW + HOUR}


def test_strangers_who_turn_out_to_be_one_have_what_both_did_from_that_instant_on() -> None:
    rules = rules_of(segments={"fan": {"did": "Product Viewed", "at_least": 2}})
    one = a_profile(an_event(at=NOW), rules=rules, until=NOW + HOUR)
    two = a_profile(an_event(at=NOW + 1, anonymous_id="a-2"), rules=rules, until=NOW + 1)

    joined = timeline.unite(one, two, NOW + 2 * HOUR, rules)
    timeline.settle(joined, NOW + 3 * HOUR, rules)

    assert joined.memberships == {"fan": NOW + 2 * HOUR}
    assert joined.merged == {two.profile_id}


# ---- runs of somebody whose stay is told otherwise later


@pytest.mark.parametrize("entry", [{}, {"again_after": "30m"}, {"include_members": True}])
def test_a_stay_that_is_told_anew_begins_no_second_run_and_ends_none(entry: Written) -> None:
    """A run is known by the instant at which she was seen to enter, and that stays as it was."""
    rules = rules_of(journeys=[a_journey(entry={"segment": "abandoner", **entry})])
    profile = a_profile(a_line(NOW), rules=rules, until=NOW + 2 * HOUR)
    before = stored(profile)

    after = go_on(stored(profile), rules, an_event(at=NOW + HOUR), until=NOW + 2 * HOUR)
    later = go_on(stored(after), rules, until=NOW + 3 * HOUR)

    [enter] = reactions(before, after, rules, merged=False)
    assert isinstance(enter, Enter)
    assert (enter.segment, enter.since) == ("abandoner", NOW + HOUR + QUIET)
    assert before.enrollments == after.enrollments == later.enrollments
    assert [(one.entered_at, one.closed_at) for one in runs(later)] == [(NOW + QUIET, None)]
    assert reactions(after, later, rules, merged=False) == []


def test_who_turns_out_to_have_been_in_and_out_before_has_one_run_for_each_entry_that_was_seen() -> None:
    """In order there would have been two entries; of the first nobody could hear in time."""
    rules = rules_of(journeys=[a_journey(entry={"segment": "abandoner", "again_after": "30m"})])
    profile = a_profile(an_event(at=NOW), rules=rules, until=NOW + 2 * HOUR)

    go_on(profile, rules, a_line(NOW + MINUTE), an_event(at=NOW + HOUR), until=NOW + 2 * HOUR)

    assert profile.memberships == {"abandoner": NOW + HOUR + QUIET}
    assert [(one.entered_at, one.closed_at) for one in runs(profile)] == [(NOW + 2 * HOUR, None)]


def stored(profile: Profile) -> Profile:
    """As it comes back from its table."""
    return decode(encode(profile), profile_id=profile.profile_id, version=1, ring=encode_ring(profile))


# ---- timers


def test_a_session_of_events_needs_one_timer() -> None:
    rules = rules_of()
    profile, timers = a_profile(rules=rules), set()

    for minute in range(60):
        at = NOW + minute * MINUTE
        go_on(profile, rules, a_line(at), until=at)
        timeline.arm_tick(profile, at)
        timers.add(profile.tick_at)

    assert timers == {NOW + QUIET, NOW + QUIET + QUIET}


def test_an_earlier_need_arms_an_earlier_timer() -> None:
    rules = rules_of(segments={"soon": {"quiet_for": "1h"}, "sooner": {"trait": "due", "within_last": "5m"}})
    profile = a_profile(an_event(), rules=rules)
    timeline.arm_tick(profile, NOW)
    assert profile.tick_at == NOW + HOUR

    go_on(profile, rules, an_identify(NOW + 1, traits={"due": "2026-11-21T10:10:00Z"}), until=NOW + 1)
    timeline.arm_tick(profile, NOW + 1)

    assert profile.tick_at == NOW + 10 * MINUTE


def test_a_returning_visitors_far_timer_is_moved_once_a_session() -> None:
    rules = rules_of(segments={"looking": {"did": "Product Viewed", "within": "7d"}})
    profile = a_profile(an_event(), rules=rules)
    timeline.arm_tick(profile, NOW)
    timers = {profile.tick_at}

    for minute in range(60):
        at = NOW + 3 * DAY + minute * MINUTE
        go_on(profile, rules, an_event(at=at, message_id=f"m-{minute}"), until=at)
        timeline.arm_tick(profile, at)
        timers.add(profile.tick_at)

    assert timers == {NOW + 7 * DAY, NOW + 10 * DAY}


def test_a_timer_that_went_off_is_armed_again_only_if_something_can_still_change() -> None:
    rules = rules_of()
    profile = a_profile(a_line(), rules=rules, until=NOW + QUIET, tick_at=NOW + QUIET)

    timeline.arm_tick(profile, NOW + QUIET)

    assert profile.tick_at is None


def test_a_message_that_came_twice_changes_nothing() -> None:
    rules = rules_of(segments={"fan": {"did": "Product Viewed", "at_least": 2}})
    profile = a_profile(an_event(), rules=rules)

    assert timeline.live(profile, an_event(), rules) is False
    assert go_on(profile, rules, until=NOW + HOUR).memberships == {}
