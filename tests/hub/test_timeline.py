"""Time as an event: memberships come and go at the exact instant."""

from hub import timeline
from hub.clock import DAY, HOUR, MINUTE
from tests.builders import (
    NOW,
    a_line,
    a_profile,
    an_event,
    an_identify,
    an_order,
    go_on,
    rules_of,
)

QUIET = 30 * MINUTE


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
