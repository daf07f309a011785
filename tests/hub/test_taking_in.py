"""A journey that is new to a segment, and those who are in it already."""

from hub.backfilling import is_outdated
from hub.clock import DAY, HOUR
from hub.profiles import Profile
from hub.rules import Rules
from hub.timeline import live, settle
from tests.builders import NOW, Written, a_journey, a_profile, an_event, an_order, rules_of, runs

FAN: dict[str, Written] = {"fan": {"did": "Product Viewed", "within": "90d"}}
WITHOUT = rules_of(segments=FAN)


def with_journey(*, include_members: bool = True, **entry: object) -> Rules:
    written = {"segment": "fan", "include_members": include_members, **entry}
    return rules_of(segments=FAN, journeys=[a_journey(entry=written)])


def a_member(rules: Rules = WITHOUT) -> Profile:
    """She looked at something ten days ago, and lies in the table since."""
    return as_stored(a_profile(an_event(at=NOW - 10 * DAY), rules=rules, until=NOW - 9 * DAY))


def as_stored(profile: Profile) -> Profile:
    profile.changes, profile.version = None, 1
    return profile


def test_who_is_a_member_already_is_taken_in_when_she_is_looked_at() -> None:
    profile = a_member()

    settle(profile, NOW, with_journey())

    [run] = runs(profile)
    assert (run.journey, run.entered_at, run.closed_at) == ("recovery", NOW, None)


def test_without_a_word_only_who_enters_from_now_on_is_taken_in() -> None:
    profile = a_member()

    settle(profile, NOW, with_journey(include_members=False))

    assert runs(profile) == []


def test_she_is_taken_in_once() -> None:
    profile = a_member()
    for hour in range(3):
        settle(as_stored(profile), NOW + hour * HOUR, with_journey())
    settle(as_stored(profile), NOW + 30 * DAY, with_journey())

    assert [run.entered_at for run in runs(profile)] == [NOW]


def test_who_had_been_in_the_journey_is_not_taken_in_again() -> None:
    profile = a_member(with_journey(include_members=False))

    settle(profile, NOW, with_journey())

    assert [run.outcome for run in runs(profile)] == ["ended"]


def test_who_is_no_member_is_not_taken_in() -> None:
    profile = a_member()

    settle(profile, NOW + 100 * DAY, with_journey())

    assert runs(profile) == []


def test_a_past_that_only_the_new_rule_knows_does_not_keep_her_out() -> None:
    """By a new segment's rule she was in ten days ago, and the journey would have been over by now."""
    profile = as_stored(
        a_profile(an_event(at=NOW - 10 * DAY), rules=rules_of(segments={}), until=NOW - 9 * DAY)
    )
    profile.aggregates = a_member().aggregates

    settle(profile, NOW, with_journey())

    assert [(run.entered_at, run.closed_at is None) for run in runs(profile)][-1] == (NOW, True)


def test_who_enters_the_segment_enters_once_and_not_twice() -> None:
    rules = with_journey()

    profile = a_profile(an_event(at=NOW), rules=rules, until=NOW + HOUR)

    assert [run.entered_at for run in runs(profile)] == [NOW]


def test_what_she_does_next_ends_it_as_any_run() -> None:
    profile, rules = a_member(), with_journey()

    live(profile, an_order(NOW + HOUR), rules)
    settle(profile, NOW + HOUR, rules)

    assert [(run.entered_at, run.outcome) for run in runs(profile)] == [(NOW + HOUR - 1, "goal")]


def test_a_member_who_must_be_taken_in_is_outdated_and_then_no_longer() -> None:
    profile, rules = a_member(), with_journey()

    assert is_outdated(profile, rules, NOW)
    assert not is_outdated(as_stored(profile), rules, NOW)
