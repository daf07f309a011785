"""Hold-out: a fair share, the same customers for ever, and other ones for each journey and version."""

import pytest

from hub import holdout
from tests.builders import a_journey, rules_of

CUSTOMERS = [f"p_{number}" for number in range(20_000)]


def held_out(share: float, journey: str = "recovery", version: str = "1") -> set[str]:
    return {one for one in CUSTOMERS if holdout.arm(one, journey, version, share) == "holdout"}


@pytest.mark.parametrize("share", [0.01, 0.1, 0.5, 0.9])
def test_the_share_that_is_held_out_is_the_one_asked_for(share: float) -> None:
    deviation = (share * (1 - share) / len(CUSTOMERS)) ** 0.5

    assert abs(len(held_out(share)) / len(CUSTOMERS) - share) < 4 * deviation


def test_buckets_are_spread_evenly() -> None:
    """Chi-square of 100 cells: 99 on average, more than 150 once in a thousand draws."""
    cells = [0] * 100
    for one in CUSTOMERS:
        cells[int(holdout.bucket(one, "recovery", "1") * 100)] += 1
    expected = len(CUSTOMERS) / 100

    assert sum((cell - expected) ** 2 / expected for cell in cells) < 150


def test_nobody_is_held_out_of_nothing_and_everybody_of_all() -> None:
    assert held_out(0) == set()
    assert held_out(1) == set(CUSTOMERS)


def test_whoever_is_held_out_of_a_share_is_held_out_of_a_larger_one() -> None:
    assert held_out(0.1) < held_out(0.2)


@pytest.mark.parametrize("other", [{"journey": "welcome"}, {"version": "2"}])
def test_another_journey_or_version_holds_out_others(other: dict[str, str]) -> None:
    both = held_out(0.5) & held_out(0.5, **other)

    assert 0.23 < len(both) / len(CUSTOMERS) < 0.27


def test_a_bucket_is_the_same_for_ever() -> None:
    """Golden values: a change of the hash would deal all running experiments anew."""
    buckets = [round(holdout.bucket(one, "recovery", "1"), 6) for one in ("p_1", "p_2", "žluť")]

    assert buckets == [0.444657, 0.881091, 0.010498]


def test_who_is_in_the_global_holdout_is_held_out_of_every_journey() -> None:
    rules = rules_of(journeys=[a_journey("one"), a_journey("two")], policy={"holdout": "50%"})

    arms = [{rules.arm_of(one, journey) for journey in rules.journeys.values()} for one in CUSTOMERS[:2_000]]

    assert all(len(of_one) == 1 for of_one in arms)
    assert 0.45 < sum(of_one == {"holdout"} for of_one in arms) / 2_000 < 0.55


def test_the_global_holdout_adds_to_that_of_a_journey() -> None:
    rules = rules_of(journeys=[a_journey(holdout="50%")], policy={"holdout": "50%"})
    journey = rules.journeys["recovery"]

    treated = sum(rules.arm_of(one, journey) == "treated" for one in CUSTOMERS[:4_000])

    assert 0.22 < treated / 4_000 < 0.28
