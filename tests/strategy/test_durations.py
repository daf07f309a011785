import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from hub.clock import DAY, HOUR, MINUTE, SECOND, parse_instant
from hub.strategy.durations import (
    DurationField,
    PositiveDuration,
    TimeField,
    format_duration,
    parse_duration,
)
from hub.strategy.model import AUTHORED, Mistake


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0s", 0),
        ("30s", 30 * SECOND),
        ("10m", 10 * MINUTE),
        ("4h", 4 * HOUR),
        ("7d", 7 * DAY),
        ("PT30M", 30 * MINUTE),
        ("PT1H30M", 90 * MINUTE),
        ("P7D", 7 * DAY),
        ("P2W", 14 * DAY),
        ("P1DT12H", 36 * HOUR),
        ("PT0.25S", 250),
        ("PT1.5H", 90 * MINUTE),
    ],
)
def test_a_duration_is_read_as_milliseconds(text, expected):
    assert parse_duration(text) == expected


@pytest.mark.parametrize(
    "text", ["", "7", "7w", "1.5h", "-4h", "4 h", "4H", "P", "PT", "P1M", "P1Y", "1h30m", "a week"]
)
def test_what_is_no_duration_is_refused_with_an_example(text):
    with pytest.raises(Mistake, match=r"is no duration: write for example 30s"):
        parse_duration(text)


def test_a_duration_of_endless_digits_is_refused_in_a_short_sentence():
    with pytest.raises(Mistake, match=r"^'PT9{98}…' is no duration: write for example 30s"):
        parse_duration(f"PT{'9' * 400}H")


def test_a_duration_of_more_than_a_century_is_a_slip():
    with pytest.raises(Mistake, match="longer than a century"):
        parse_duration("99999d")


@given(st.integers(0, 36_500 * DAY))
@settings(deadline=None)
def test_a_formatted_duration_reads_back_as_the_same(duration):
    assert parse_duration(format_duration(duration)) == duration


@pytest.mark.parametrize(
    ("duration", "expected"), [(7 * DAY, "7d"), (90 * SECOND, "90s"), (0, "0s"), (250, "PT0.25S")]
)
def test_a_duration_is_formatted_in_the_largest_unit_that_fits(duration, expected):
    assert format_duration(duration) == expected


def test_milliseconds_are_read_from_a_dump_but_not_from_a_persons_file():
    field = TypeAdapter(DurationField)

    assert field.validate_python(1_500) == 1_500
    with pytest.raises(ValidationError, match="7 is no duration"):
        field.validate_python(7, context=AUTHORED)


@pytest.mark.parametrize("value", [True, 1.5, None, [], -1])
def test_what_is_neither_text_nor_milliseconds_is_refused(value):
    with pytest.raises(ValidationError):
        TypeAdapter(DurationField).validate_python(value)


@pytest.mark.parametrize("value", ["0s", "PT0S", 0])
def test_a_window_of_nothing_is_refused(value):
    with pytest.raises(ValidationError, match="a duration of nothing"):
        TypeAdapter(PositiveDuration).validate_python(value)


def test_a_time_may_carry_any_offset_and_is_utc_without_one():
    field = TypeAdapter(TimeField)

    assert field.validate_python("2026-11-27T09:00:00+01:00") == parse_instant("2026-11-27T08:00:00Z")
    assert field.validate_python("2026-11-27") == parse_instant("2026-11-27T00:00:00Z")


@pytest.mark.parametrize("value", ["tomorrow", "", None, True, 1.5])
def test_what_is_no_time_is_refused(value):
    with pytest.raises(ValidationError, match="is no time"):
        TypeAdapter(TimeField).validate_python(value)


def test_a_bare_number_is_no_time_in_a_persons_file():
    with pytest.raises(ValidationError, match="'2026' is no time"):
        TypeAdapter(TimeField).validate_python(2026, context=AUTHORED)
