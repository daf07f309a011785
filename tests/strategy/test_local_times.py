import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from hub.clock import DAY, HOUR, MINUTE
from hub.strategy.local_times import LocalTime, LocalWindow, read_window
from hub.strategy.model import AUTHORED


def _window(text):
    return LocalWindow.model_validate(read_window(text))


def test_a_window_of_the_day_is_read_from_hours_and_minutes():
    window = _window("09:00-20:30")

    assert (window.from_, window.to) == (9 * HOUR, 20 * HOUR + 30 * MINUTE)


def test_a_window_holds_from_its_beginning_up_to_its_end():
    window = _window("09:00-20:00")

    held = [window.covers(time) for time in (9 * HOUR - 1, 9 * HOUR, 20 * HOUR - 1, 20 * HOUR)]

    assert held == [False, True, True, False]


def test_a_window_may_go_over_midnight():
    window = _window("21:00 - 08:00")

    held = [window.covers(hour * HOUR) for hour in (20, 21, 0, 7, 8, 12)]

    assert held == [False, True, True, True, False, False]


@pytest.mark.parametrize("text", ["9-20", "09:00", "24:00-08:00", "09:60-10:00", "9:00-20:00", "21:00-21:00"])
def test_what_is_no_window_is_refused(text):
    with pytest.raises((ValidationError, ValueError)):
        _window(text)


def test_a_time_of_day_from_a_file_is_never_a_number():
    with pytest.raises(ValidationError, match="'1260' is no time of day"):
        TypeAdapter(LocalTime).validate_python(1260, context=AUTHORED)


def test_a_dumped_window_reads_back():
    window = _window("21:00-08:00")

    assert LocalWindow.model_validate_json(window.model_dump_json(by_alias=True)) == window


_QUARTERS = [quarter * 15 * MINUTE for quarter in range(DAY // (15 * MINUTE))]
_TIMES = st.sampled_from(_QUARTERS)
_WINDOWS = st.builds(
    lambda one, other: LocalWindow(**{"from": one, "to": other}), _TIMES, _TIMES.map(lambda at: at + 1)
)


@given(_WINDOWS, _WINDOWS)
def test_a_window_lies_in_another_when_that_one_covers_all_its_moments(one, other):
    moments = [*_QUARTERS, *(at - 1 for at in _QUARTERS if at), *(at + 1 for at in _QUARTERS)]

    assert one.lies_in(other) == all(other.covers(at) for at in moments if one.covers(at))


def test_a_window_is_told_as_it_is_written():
    assert _window("21:00 - 08:30").in_words == "21:00-08:30"
