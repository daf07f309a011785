"""A rule on trial: the same customers and the same past under the live rule and the new one."""

from dataclasses import replace
from typing import Any

from hub.clock import DAY, HOUR
from hub.definitions import Definition, Key, wanted
from hub.previewing import Difference, Replay, Trial, together, trial
from hub.profiles import Profile
from hub.recalling import memory_of
from hub.strategy.strategy import Strategy
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
    assert one.reach == 30 * DAY
    assert trial(strategy(fan={"did": "Wishlist"}), "fan", {}).reach is None


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

    assert (past.entered(past.live), past.left(past.live)) == (1, 1)
    assert (past.entered(past.new), past.left(past.new)) == (2, 1)
    assert len(past.entering()) == 1
    assert past.leaving() == set()
    sizes = {(NOW - at) // DAY: (before, after) for at, before, after in past.sizes()}
    assert (sizes[19], sizes[18], sizes[5], sizes[0]) == ((1, 1), (1, 1), (0, 0), (0, 1))
    assert len(sizes) == 21
