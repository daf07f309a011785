"""Quiet hours and delivery windows by her own clocks, also on the days they are put forward or back."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub import policy
from hub.clock import HOUR, MINUTE, SECOND, Instant, parse_instant
from hub.policy import Later, No, Send
from hub.profiles import Profile
from hub.strategy.local_times import LocalWindow
from hub.traits import TraitValue
from tests.builders import a_message, enrolled, rules_of

PRAGUE, NEW_YORK = "Europe/Prague", "America/New_York"
NIGHT = {"from": "21:00", "to": "08:00", "channels": ["email"]}


def local(text: str, zone: str, *, second_time: bool = False) -> Instant:
    """The instant at which clocks there show it; the later one where they show it twice."""
    moment = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=int(second_time))
    return round(moment.timestamp() * SECOND)


def decided(
    now: Instant,
    zone: str = "UTC",
    *,
    her_zone: object = None,
    channel: str = "email",
    verb: str = "send",
    **fields: Any,
) -> policy.Decision:
    profile = Profile("p_1")
    enrolled(profile)
    if her_zone is not None:
        profile.traits = {"timezone": TraitValue(her_zone, "first", 0, "m", "")}
    quiet = fields.pop("quiet", NIGHT)
    rules = rules_of(segments={}, policy={"time_zone": zone, "quiet_hours": quiet})
    message = a_message(verb=verb, **fields)
    return policy.decide(message, channel, paid=False, profile=profile, rules=rules, now=now)


@pytest.mark.parametrize(
    ("time", "until"),
    [
        ("2026-11-21T20:59:59", None),
        ("2026-11-21T21:00:00", "2026-11-22T08:00:00"),
        ("2026-11-21T23:59:59", "2026-11-22T08:00:00"),
        ("2026-11-22T00:00:00", "2026-11-22T08:00:00"),
        ("2026-11-22T07:59:59", "2026-11-22T08:00:00"),
        ("2026-11-22T08:00:00", None),
    ],
)
def test_quiet_hours_last_over_midnight_and_end_on_the_minute(time: str, until: str | None) -> None:
    answer = decided(local(time, PRAGUE), PRAGUE)

    if until is None:
        assert isinstance(answer, Send)
    else:
        assert answer == Later(local(until, PRAGUE), "quiet hours")


def test_a_window_inside_the_day_is_quiet_only_then() -> None:
    siesta = {"from": "13:00", "to": "15:00", "channels": ["email"]}

    assert decided(local("2026-06-01T13:30", PRAGUE), PRAGUE, quiet=siesta) == Later(
        local("2026-06-01T15:00", PRAGUE), "quiet hours"
    )
    assert isinstance(decided(local("2026-06-01T12:59", PRAGUE), PRAGUE, quiet=siesta), Send)


@pytest.mark.parametrize(
    ("zone", "evening", "morning", "hours"),
    [
        (PRAGUE, "2026-03-28T22:00", "2026-03-29T08:00", 9),  # put forward at 02:00
        (PRAGUE, "2026-10-24T22:00", "2026-10-25T08:00", 11),  # put back at 03:00
        (NEW_YORK, "2026-03-07T22:00", "2026-03-08T08:00", 9),
        (NEW_YORK, "2026-10-31T22:00", "2026-11-01T08:00", 11),
        (PRAGUE, "2026-06-01T22:00", "2026-06-02T08:00", 10),
    ],
)
def test_the_night_of_a_clock_change_is_an_hour_shorter_or_longer(
    zone: str, evening: str, morning: str, hours: int
) -> None:
    now = local(evening, zone)

    assert decided(now, zone) == Later(local(morning, zone), "quiet hours")
    assert local(morning, zone) - now == hours * HOUR


@pytest.mark.parametrize("second_time", [False, True])
def test_an_hour_that_comes_twice_is_quiet_twice(*, second_time: bool) -> None:
    now = local("2026-10-25T02:30", PRAGUE, second_time=second_time)

    assert decided(now, PRAGUE) == Later(local("2026-10-25T08:00", PRAGUE), "quiet hours")


def test_an_end_in_the_hour_that_is_left_out_comes_within_the_hour() -> None:
    early = {"from": "21:00", "to": "02:30", "channels": ["email"]}
    now = local("2026-03-29T01:59", PRAGUE)

    answer = decided(now, PRAGUE, quiet=early)

    assert isinstance(answer, Later)
    assert MINUTE <= answer.at - now <= HOUR + MINUTE
    assert isinstance(decided(answer.at, PRAGUE, quiet=early), Send)


@pytest.mark.parametrize(
    ("her_zone", "quiet"),
    [
        (NEW_YORK, True),
        (PRAGUE, False),
        (None, False),
        ("Mars/Olympus", False),
        (5, False),
        ("", False),
        ("../etc", False),
    ],
)
def test_her_own_time_zone_counts_and_else_the_policys(her_zone: object, *, quiet: bool) -> None:
    noon_in_prague = local("2026-11-21T12:00", PRAGUE)

    assert isinstance(decided(noon_in_prague, PRAGUE, her_zone=her_zone), Later) == quiet


@pytest.mark.parametrize(("channel", "verb"), [("sms", "send"), ("email", "join"), ("email", "upsert")])
def test_only_messages_on_the_named_channels_keep_quiet(channel: str, verb: str) -> None:
    midnight = parse_instant("2026-11-21T00:00:00Z")

    assert isinstance(decided(midnight, channel=channel, verb=verb, target="x"), Send)


@pytest.mark.parametrize(
    ("time", "until"),
    [
        ("2026-06-01T08:59:59", "2026-06-01T09:00:00"),
        ("2026-06-01T09:00:00", None),
        ("2026-06-01T19:59:59", None),
        ("2026-06-01T20:00:00", "2026-06-02T09:00:00"),
        ("2026-10-24T20:00:00", "2026-10-25T09:00:00"),
    ],
)
def test_a_delivery_window_waits_for_its_next_opening(time: str, until: str | None) -> None:
    window = LocalWindow.model_validate({"from": "09:00", "to": "20:00"})

    answer = decided(local(time, PRAGUE), PRAGUE, between=window, quiet=None)

    if until is None:
        assert isinstance(answer, Send)
    else:
        assert answer == Later(local(until, PRAGUE), "delivery window")


def test_what_would_expire_while_it_waits_is_not_kept() -> None:
    now = local("2026-11-21T22:00", PRAGUE)

    assert decided(now, PRAGUE, expires_at=now + HOUR) == No("expired in quiet hours")
    assert isinstance(decided(now, PRAGUE, expires_at=now + 24 * HOUR), Later)


@given(
    st.integers(parse_instant("2026-01-01"), parse_instant("2027-01-01")),
    st.sampled_from([PRAGUE, NEW_YORK, "UTC", "Asia/Kathmandu", "Pacific/Apia", "America/St_Johns"]),
    st.tuples(st.integers(0, 23), st.integers(0, 23), st.sampled_from([0, 15, 30])),
)
def test_later_is_ahead_and_within_a_day_and_then_it_is_quiet_no_more(
    now: Instant, zone: str, hours: tuple[int, int, int]
) -> None:
    begin, end, minutes = hours
    if begin == end:
        return
    quiet = {"from": f"{begin:02}:{minutes:02}", "to": f"{end:02}:{minutes:02}", "channels": ["email"]}

    answer = decided(now, zone, quiet=quiet)

    if isinstance(answer, Later):
        assert now < answer.at <= now + 25 * HOUR
        assert isinstance(decided(answer.at, zone, quiet=quiet), Send)


def test_where_clocks_are_put_back_they_show_a_time_twice_and_the_second_time_counts() -> None:
    """02:50 comes before 02:10 that night: a day's wait would lose what expires."""
    window = LocalWindow.model_validate({"from": "02:10", "to": "02:40"})

    answer = decided(local("2026-10-25T02:50", PRAGUE), PRAGUE, between=window, quiet=None)

    assert answer == Later(local("2026-10-25T02:10", PRAGUE, second_time=True), "delivery window")
