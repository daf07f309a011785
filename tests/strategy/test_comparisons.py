import pytest
from hypothesis import given, settings
from pydantic import ValidationError

from hub.clock import DAY
from hub.strategy.comparisons import Comparison
from tests.condition_strategies import comparisons


def _refusal(written):
    with pytest.raises(ValidationError) as refused:
        Comparison.model_validate(written)
    return str(refused.value)


@pytest.mark.parametrize("value", ["Tea", "", 5, 5.5, True, False, 0])
def test_a_bare_value_means_is(value):
    assert Comparison.model_validate(value) == Comparison.model_validate({"is": value})


@pytest.mark.parametrize("value", ["1", 1, True])
def test_a_value_keeps_its_type(value):
    kept = Comparison.model_validate(value).is_

    assert (kept, type(kept)) == (value, type(value))


def test_tests_may_stand_together():
    both = Comparison.model_validate({"at_least": 3, "less_than": 10})

    assert (both.at_least, both.less_than) == (3, 10)


def test_time_tests_take_durations():
    assert Comparison.model_validate({"anniversary_within": "7d"}).anniversary_within == 7 * DAY


@given(comparisons())
@settings(deadline=None)
def test_a_dumped_comparison_reads_back_as_the_same(written):
    comparison = Comparison.model_validate(written)

    assert Comparison.model_validate_json(comparison.model_dump_json(by_alias=True)) == comparison
    assert (
        Comparison.model_validate(comparison.model_dump(by_alias=True, exclude_defaults=True)) == comparison
    )


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ({}, "nothing is tested: add a test"),
        ([1, 2], r"a list is no value: write {in: [1, 2]}"),
        (None, "no value is given"),
        (float("nan"), "nan is no number"),
        ({"is": ["CZ"]}, "is not a single value"),
        ({"in": []}, "at least 1 item"),
        ({"in": "CZ"}, "valid tuple"),
        ({"contains": ""}, "at least 1 character"),
        ({"matches": "(tea"}, "is no regular expression: missing )"),
        ({"exists": "yes"}, "valid boolean"),
        ({"exists": False, "is": 5}, "a missing value passes no other test"),
        ({"more_than": True}, "'true' has no more or less"),
        ({"more_than": "1_000"}, "'1_000' is no number"),
        ({"less_than": "500 CZK"}, "'500 CZK' is no number"),
        ({"within_last": "0s"}, "a duration of nothing"),
        ({"within_last": "7d", "within_next": "7d"}, "a time is not past and future at once"),
        ({"more_then": 3}, "Extra inputs are not permitted"),
        ({"is_": 3}, "Extra inputs are not permitted"),
    ],
)
def test_what_can_never_be_right_is_refused(written, sentence):
    assert sentence in _refusal(written)


@pytest.mark.parametrize(
    "written", [{"at_least": 3, "at_most": 3}, {"more_than": "2026-11-27"}, {"less_than": "1e3"}]
)
def test_edges_that_can_be_right_are_taken(written):
    assert Comparison.model_validate(written).model_dump(by_alias=True, exclude_defaults=True) == written
