import pytest
from pydantic import ValidationError

from hub.strategy.conditions import read_condition

_ADDED = {"did": "Product Added", "within": "7d"}


def _refusal(*together):
    with pytest.raises(ValidationError) as refused:
        read_condition({"all": list(together)})
    return str(refused.value)


def test_an_event_more_recent_than_the_quiet_is_impossible():
    told = _refusal({"did": "Product Added", "within": "10m"}, {"quiet_for": "30m"})

    assert "this can never be true: 'Product Added' within 10m ends a quiet of 30m" in told


def test_at_the_very_edge_the_event_has_just_left_its_window():
    assert "can never be true" in _refusal({"did": "Product Added", "within": "30m"}, {"quiet_for": "30m"})


def test_doing_and_not_doing_the_same_is_impossible():
    told = _refusal(_ADDED, {"did_not": ["Product Added", "Order Completed"], "within": "30d"})

    assert "'Product Added' at least 1 times, and not at all" in told


def test_more_than_the_most_is_impossible():
    told = _refusal({**_ADDED, "at_least": 3}, {**_ADDED, "at_most": 2})

    assert "at least 3 times, and at most 2 times" in told


def test_an_all_inside_an_all_is_looked_into():
    assert "can never be true" in _refusal(
        {"all": [_ADDED]}, {"not": {"did": "X"}}, {"did_not": "Product Added"}
    )


@pytest.mark.parametrize(
    "other",
    [
        {"did_not": "Product Added", "within": "1d"},
        {"did_not": "Product Added", "where": {"category": "Tea"}},
        {"did_not": "Order Completed"},
        {"did": "Product Added", "within": "7d", "at_most": 1},
        {"quiet_for": "30m"},
        {"did_not": "Product Added", "since": {"last": "Order Completed"}},
        {"any": [{"did_not": "Product Added"}]},
    ],
)
def test_what_some_customer_could_do_is_taken(other):
    assert read_condition({"all": [_ADDED, other]}).conditions[0].events == ("Product Added",)


def test_any_may_offer_opposites():
    assert len(read_condition({"any": [{"did": "A"}, {"did_not": "A"}]}).conditions) == 2
