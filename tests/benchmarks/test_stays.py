"""What counts as wrong in a reading of a running hub, and what as late."""

import pytest

from hub.clock import HOUR, MINUTE, Instant
from tests.benchmarks.stays import Judged, Pair, Reading, Stay, Truth, truth_of

NOW: Instant = 1_569_888_000_000
ANNA: Pair = ("anna", "quiet")
STAY = Stay(*ANNA, NOW + 20 * MINUTE, NOW + 50 * MINUTE)
GRACE = MINUTE


@pytest.fixture
def truth() -> Truth:
    return truth_of([STAY], [("anna", NOW), ("anna", NOW + 50 * MINUTE)])


def read(at: Instant, **members: Instant) -> Reading:
    return Reading(NOW + at, NOW + at + 1, {("anna", segment): since for segment, since in members.items()})


def test_a_member_since_the_right_instant_is_right(truth: Truth) -> None:
    assert truth.judge(read(30 * MINUTE, quiet=STAY.entered), GRACE) == Judged(1, 0, {})


def test_a_millisecond_is_a_difference(truth: Truth) -> None:
    found = truth.judge(read(30 * MINUTE, quiet=STAY.entered + 1), GRACE)

    assert found == Judged(1, 0, {ANNA: (STAY.entered, STAY.entered + 1)})


def test_who_is_not_in_yet_may_be_late_for_as_long_as_the_grace(truth: Truth) -> None:
    assert truth.judge(read(20 * MINUTE + GRACE), GRACE) == Judged(1, 1, {})
    assert truth.judge(read(20 * MINUTE + GRACE + 1), GRACE) == Judged(1, 0, {ANNA: (STAY.entered, None)})


def test_whoever_just_did_something_may_be_in_whatever_segment(truth: Truth) -> None:
    assert truth.judge(read(50 * MINUTE + 1, looking=NOW), GRACE) == Judged(0, 1, {})
    assert truth.judge(read(HOUR, looking=NOW), GRACE) == Judged(0, 0, {("anna", "looking"): (None, NOW)})


def test_time_alone_let_her_in_and_her_own_act_out(truth: Truth) -> None:
    assert list(truth.by_time_alone()) == [("entered", STAY)]
