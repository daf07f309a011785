"""The TEST of the language: what a value passes, and when a test against the time changes its answer."""

from typing import Any

import pytest

from hub.clock import DAY, HOUR, MINUTE, Instant, parse_instant
from hub.comparing import Test as CompiledTest
from hub.comparing import compile_test
from hub.reading import pick, read_number, read_time
from hub.strategy.comparisons import Comparison
from tests.builders import NOW


def compiled(test: Any) -> CompiledTest:
    return compile_test(Comparison.model_validate(test))


def passes(test: Any, value: Any, at: Instant = NOW) -> bool:
    return compiled(test).passes(value, at)


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (5, 5), (2.5, 2.5), ("12.50", 12.5), (" 7 ", 7), ("-3", -3), ("+4", 4), (".5", 0.5), ("1e3", 1_000),
        ("", None), ("Tea", None), (True, None), (None, None), ([1], None), ("12 Kč", None),
        ("NaN", None), ("-inf", None), ("1e999", None), ("1_000", None), ("٣", None), ("0x10", None),
    ],
)  # fmt: skip
def test_a_number_is_what_a_shop_would_write_as_one(value: Any, number: float | None) -> None:
    assert read_number(value) == number


@pytest.mark.parametrize(
    ("value", "time"),
    [
        ("2026-11-21T10:00:00Z", NOW), ("2026-11-21T11:00:00+01:00", NOW), (" 2026-11-21T10:00:00 ", NOW),
        (NOW, NOW), (NOW // 1_000, NOW), ("soon", None), (True, None), (None, None),
        (1e300, None), (-1e300, None),
        ("0001-01-01T00:00:00+14:00", None), ("9999-12-31T23:59:59-12:00", None),
    ],
)  # fmt: skip
def test_a_time_is_iso_text_or_seconds_or_milliseconds_and_within_the_calendar(
    value: Any, time: Instant | None
) -> None:
    assert read_time(value) == time


def test_a_dotted_path_leads_through_objects_and_lists() -> None:
    document = {"products": [{"sku": "G-32"}], "flat": "x"}

    assert pick(document, "products.0.sku") == "G-32"
    assert [pick(document, path) for path in ("products.1.sku", "products.x", "flat.x", "none")] == [None] * 4


@pytest.mark.parametrize(
    ("test", "passing", "failing"),
    [
        (5, [5, 5.0, "5", "5.0", "+5"], ["five", 6, True]),
        ("Tea", ["Tea"], ["tea", " Tea", 5]),
        (True, [True, "true"], [False, 1, "True"]),
        ({"is_not": "Tea"}, ["tea", 5, ""], ["Tea"]),
        ({"in": ["CZ", 5]}, ["CZ", "5.0"], ["SK", ""]),
        ({"not_in": ["CZ", 5]}, ["SK"], ["CZ", "5"]),
        ({"contains": "ea"}, ["Tea", "heads"], ["T", "EA"]),
        ({"contains": "5"}, [[4, 5], ["5.0"], "15", 15], [["15"], []]),
        ({"contains": "None"}, [], [[None]]),
        ({"starts_with": "5"}, ["5th", 50], ["15"]),
        ({"matches": "^T.a$"}, ["Tea", "Tba"], ["aTea"]),
        ({"exists": True}, ["", 0, False, []], []),
        ({"more_than": 10}, [11, "10.5", "Tea"], [10, "9", ""]),
        ({"less_than": 10}, ["9", -1, ""], [10, "10.0", "Tea"]),
        ({"at_least": 10}, [10, "10"], [9, "9.9"]),
        ({"at_most": "b"}, ["a", "b", 5], ["ba"]),
        ({"at_least": 1, "less_than": 3}, [1, 2.9], [3, 0]),
    ],
)
def test_values_compare_as_numbers_when_both_read_as_numbers_else_as_text(
    test: Any, passing: list[Any], failing: list[Any]
) -> None:
    assert [value for value in passing if not passes(test, value)] == []
    assert [value for value in failing if passes(test, value)] == []


@pytest.mark.parametrize(
    "test", [5, {"is_not": 5}, {"not_in": [5]}, {"less_than": 5}, {"exists": True}, {"within_last": "1d"}]
)
def test_a_missing_value_fails_every_test(test: Any) -> None:
    assert not passes(test, None)


def test_only_exists_false_passes_for_a_missing_value_and_for_no_other() -> None:
    assert passes({"exists": False}, None)
    assert not passes({"exists": False}, "")


@pytest.mark.parametrize(
    ("test", "first", "end"),
    [
        ({"within_last": "4h"}, NOW, NOW + 4 * HOUR),
        ({"within_next": "4h"}, NOW - 4 * HOUR, NOW),
        ({"anniversary_within": "4h"}, NOW - 4 * HOUR, NOW),
    ],
)
def test_a_test_against_the_time_passes_from_its_first_instant_up_to_its_end(
    test: Any, first: Instant, end: Instant
) -> None:
    at_edges = [passes(test, "2026-11-21T10:00:00Z", at) for at in (first - 1, first, end - 1, end)]

    assert at_edges == [False, True, True, False]


@pytest.mark.parametrize("test", [{"within_last": "4h"}, {"within_next": "4h"}, {"anniversary_within": "4h"}])
@pytest.mark.parametrize("away", [-DAY, -4 * HOUR - 1, -4 * HOUR, -1, 0, HOUR, 4 * HOUR - 1])
def test_the_next_change_of_a_test_is_the_very_instant(test: Any, away: int) -> None:
    one, value, now = compiled(test), "2026-11-21T10:00:00Z", NOW + away

    change = one.next_change(value, now)

    if change is not None:
        assert one.passes(value, change) != one.passes(value, now)
        assert one.passes(value, change - 1) == one.passes(value, now)


def test_a_birthday_lasts_its_whole_day() -> None:
    midnight = parse_instant("2026-11-21")
    at_edges = [
        passes({"anniversary_within": "7d"}, "1990-11-21", at)
        for at in (midnight - 7 * DAY - 1, midnight - 7 * DAY, midnight + DAY - 1, midnight + DAY)
    ]

    assert at_edges == [False, True, True, False]


@pytest.mark.parametrize(("year", "day"), [("2026", "02-28"), ("2028", "02-29")])
def test_who_is_born_on_29_february_has_a_birthday_every_year(year: str, day: str) -> None:
    birthday = parse_instant(f"{year}-{day}")

    on_days = [
        passes({"anniversary_within": "1m"}, "1988-02-29", birthday + away * DAY) for away in (-1, 0, 1)
    ]

    assert on_days == [False, True, False]


def test_the_next_birthday_after_this_years_is_next_years() -> None:
    one = compiled({"anniversary_within": "7d"})

    change = one.next_change("1990-01-03", parse_instant("2026-01-04T00:00:00Z"))

    assert change == parse_instant("2026-12-27")


def test_an_anniversary_over_new_year_is_near() -> None:
    assert passes({"anniversary_within": "7d"}, "1990-01-02", parse_instant("2026-12-30"))


def test_two_tests_against_the_time_are_looked_at_again_wherever_one_of_them_changes() -> None:
    """A contract that ends in ten years, on its anniversary."""
    one = compiled({"within_next": "2d", "anniversary_within": "1d"})
    end = parse_instant("2036-05-05T00:00:00Z")

    assert one.next_change("2036-05-05T00:00:00Z", NOW) is not None
    assert one.next_change("2036-05-05T00:00:00Z", end - 2 * DAY) == end - DAY


@pytest.mark.parametrize("value", [1e300, "0001-01-01T00:00:00+14:00", float(10**15), "9999-12-31", {}, [5]])
@pytest.mark.parametrize("word", ["within_last", "within_next", "anniversary_within"])
def test_a_strange_value_is_no_time_and_breaks_nothing(word: str, value: Any) -> None:
    one = compiled({word: "7d"})

    assert not one.passes(value, NOW + MINUTE)
    assert one.next_change(value, NOW) is None
