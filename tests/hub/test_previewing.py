"""A rule on trial: the same customers and the same past under the live rule and the new one."""

from dataclasses import replace
from typing import Any

import pytest

from hub.clock import DAY, HOUR
from hub.definitions import Definition, Key, wanted
from hub.previewing import Difference, Replay, together
from hub.profiles import Profile
from hub.recalling import memory_of
from hub.strategy.strategy import Strategy
from hub.trials import Trial, trial
from tests.builders import NOW, a_journey, a_profile, a_segment, an_event, an_order

FAN = {"did": "Product Viewed", "at_least": 2, "within": "7d"}


def strategy(*journeys: dict[str, Any], **segments: dict[str, Any]) -> Strategy:
    written = [a_segment(name, when) for name, when in segments.items()]
    return Strategy.model_validate({"segments": written, "journeys": list(journeys)})


def live(one: Strategy) -> dict[Key, Definition]:
    return {key: replace(found, filled_at=NOW) for key, found in wanted(one, NOW).items()}


def difference(one: Trial, *profiles: Profile) -> Difference:
    found = Difference()
    for profile in profiles:
        profile.changes, profile.version = None, 1
        found.take(profile, one, NOW)
    return found


def viewer(name: str, views: int, one: Trial) -> Profile:
    events = [an_event(at=NOW - (view + 1) * HOUR, user_id=name) for view in range(views)]
    return a_profile(*reversed(events), rules=one.live, until=NOW - HOUR, profile_id=name)


def test_who_would_enter_and_who_would_leave_is_told_by_id() -> None:
    changed = strategy(fan={**FAN, "at_least": 1, "where": {"color": {"is_not": "red"}}})
    one = trial(strategy(fan={**FAN, "at_least": 1}), "fan", live(strategy(fan=FAN)))
    nobody = trial(changed, "fan", live(strategy(fan=FAN)))

    wider = difference(one, *(viewer(f"p_{n}", n, one) for n in range(1, 4)))
    narrower = difference(nobody, *(viewer(f"p_{n}", n, nobody) for n in range(1, 4)))

    assert (wider.profiles, wider.live, wider.new) == (3, 2, 3)
    assert (wider.entering, wider.leaving) == (["p_1"], [])
    assert (narrower.entering, narrower.leaving) == ([], ["p_2", "p_3"])


def test_a_new_segment_has_nobody_in_it_under_what_is_live() -> None:
    one = trial(strategy(fan=FAN, other={"in_segment": "fan"}), "fan", live(strategy()))

    found = difference(one, viewer("p_1", 2, one))

    assert "fan" not in one.live.segment_names
    assert (found.live, found.new, found.profiles) == (0, 0, 1)


def test_what_the_other_segments_mean_is_what_is_live_and_not_what_is_written() -> None:
    both = {"all": [{"in_segment": "fan"}, {"did": "Order Completed"}]}
    written = strategy(fan={**FAN, "at_least": 9}, both=both)

    one = trial(written, "both", live(strategy(fan=FAN)))

    assert {name: one.new.versions[name] for name in ("fan",)} == {
        name: trial(strategy(fan=FAN), "fan", {}).new.versions[name] for name in ("fan",)
    }


def test_runs_that_would_begin_and_runs_that_would_end_are_counted_by_journey() -> None:
    """The journey ends for who is no fan any more."""
    journey = a_journey(entry={"segment": "fan"}, exit={"not": {"in_segment": "fan"}})
    narrow = trial(strategy(journey, fan={**FAN, "at_least": 3}), "fan", live(strategy(journey, fan=FAN)))
    wide = trial(strategy(journey, fan={**FAN, "at_least": 1}), "fan", live(strategy(journey, fan=FAN)))

    ends, begins = difference(narrow, viewer("p_2", 2, narrow)), difference(wide, viewer("p_1", 1, wide))

    assert (dict(ends.begun), dict(ends.ended)) == ({}, {"recovery": ["p_2"]})
    assert (dict(begins.begun), dict(begins.ended)) == ({"recovery": ["p_1"]}, {})


def test_parts_of_the_table_add_up() -> None:
    one = trial(strategy(fan={**FAN, "at_least": 1}), "fan", live(strategy(fan=FAN)))
    parts = [difference(one, viewer(f"p_{n}", n, one)) for n in range(1, 4)]

    whole = together(parts)

    assert (whole.profiles, whole.live, whole.new, whole.entering) == (3, 2, 3, ["p_1"])


def test_what_profiles_were_not_told_to_remember_makes_an_answer_approximate() -> None:
    one = trial(strategy(fan={"did": "Wishlist", "within": "30d"}), "fan", live(strategy(fan=FAN)))

    assert [spec.events for spec in one.forgotten(memory_of(one.live.specs))] == [("Wishlist",)]
    assert [spec.events for spec in one.forgotten(None)] == [("Wishlist",)]
    assert one.forgotten(memory_of(one.new.specs)) == []


@pytest.mark.parametrize(
    ("rule", "reach"),
    [
        (FAN, 7 * DAY),
        ({"any": [FAN, {"did": "Wishlist", "within": "30d"}]}, 30 * DAY),
        ({"all": [FAN, {"not": {"did": "Wishlist", "within": "2h"}}]}, 7 * DAY),
        ({"all": [FAN, {"in_segment": "buyer"}]}, 90 * DAY),
        ({"did": "Wishlist"}, None),
        ({"did": "Wishlist", "since": {"last": "Order Completed"}}, None),
        ({"did_not": "Wishlist", "within": "30d"}, None),
        ({"not": FAN}, None),
        ({"quiet_for": "30d"}, None),
        ({"trait": "country", "is": "CZ"}, None),
        ({"trait": "lifetime.orders", "at_least": 1}, None),
        ({"all": [FAN, {"cart": {"items": {"at_least": 1}}}]}, None),
    ],
    ids=str,
)
def test_a_rule_reaches_as_far_back_as_who_is_in_it_can_hang_on(
    rule: dict[str, Any], reach: int | None
) -> None:
    others = {"buyer": {"did": "Order Completed", "within": "90d"}, "old": {"did": "Product Viewed"}}
    written = strategy(a_journey(entry={"segment": "old"}), fan=rule, **others)

    assert trial(written, "fan", {}).reach == reach
    assert trial(written, "fan", live(strategy(fan=FAN, **others))).reach == reach


def test_what_is_live_and_deleted_here_still_stands_for_those_that_ask_about_it() -> None:
    standing = strategy(a={"in_segment": "b"}, b=FAN, c=FAN)

    one = trial(strategy(a=FAN, c={**FAN, "at_least": 1}), "c", live(standing))

    assert set(one.live.segment_names) == set(one.new.segment_names) == {"a", "b", "c"}


def test_a_reference_that_was_turned_round_is_tried_with_what_it_now_asks_about() -> None:
    standing = strategy(a={"in_segment": "b"}, b=FAN)

    one = trial(strategy(a={**FAN, "at_least": 1}, b={"in_segment": "a"}), "b", live(standing))

    assert difference(one, viewer("p_1", 1, one)).entering == ["p_1"]


def test_the_past_is_replayed_under_both_rules() -> None:
    one = trial(strategy(fan={**FAN, "at_least": 1}), "fan", live(strategy(fan=FAN)))
    replay = Replay(one)
    start = NOW - 20 * DAY
    for event in (
        an_event(at=start, user_id="anna"),
        an_event(at=start + DAY, user_id="anna"),
        an_event(at=start + 18 * DAY, user_id="ben"),
        an_order(start + 18 * DAY, user_id="ben"),
    ):
        replay.take(event)

    past = replay.finish(NOW, since=start)

    assert past.moves(past.live) == {"entered": 1, "left": 1}
    assert past.moves(past.new) == {"entered": 2, "left": 1}
    assert len(past.entering()) == 1
    assert past.leaving() == set()
    sizes = {(NOW - at) // DAY: (before, after) for at, before, after in past.sizes()}
    assert (sizes[19], sizes[18], sizes[5], sizes[0]) == ((1, 1), (1, 1), (0, 0), (0, 1))
    assert len(sizes) == 21
