"""What `hub.ports.Members` promises, held against the table and against its fake."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.aws.segment_table import SegmentTable
from hub.counting import Member, Size, agreed
from tests.fakes import FakeMembers

Members = SegmentTable | FakeMembers


@pytest.fixture(params=["fake", "moto"])
def members(request: pytest.FixtureRequest) -> Members:
    if request.param == "fake":
        return FakeMembers()
    return SegmentTable(request.getfixturevalue("dynamodb"), request.getfixturevalue("stack").segments)


def test_a_segment_without_members_is_empty(members: Members) -> None:
    assert members.sizes(["vip"]) == {"vip": Size()}
    assert (members.size("vip"), members.count("vip")) == (0, 0)
    assert list(members.members("vip")) == []
    assert members.member("vip", "p_1") is None


def test_who_enters_is_listed_with_since_evidence_and_the_version_of_the_rule(members: Members) -> None:
    evidence = {"holds": True, "all": [{"did": ["Order Completed"], "counted": 2, "value": 12.5}]}

    members.enter("vip", "p_1", 1_000, evidence, "1f2e3d4c")

    anna = Member(profile_id="p_1", since=1_000, evidence=evidence, version="1f2e3d4c")
    assert members.member("vip", "p_1") == anna
    assert list(members.members("vip")) == [anna]


def test_entering_twice_is_new_once_and_the_later_word_stands(members: Members) -> None:
    first = members.enter("vip", "p_1", 1_000, {"value": 1}, "v1")
    again = members.enter("vip", "p_1", 2_000, {"value": 2}, "v2")

    assert (first, again, members.count("vip")) == (True, False, 1)
    assert members.member("vip", "p_1") == Member(
        profile_id="p_1", since=2_000, evidence={"value": 2}, version="v2"
    )


def test_who_leaves_is_gone_and_leaving_twice_is_news_once(members: Members) -> None:
    members.enter("vip", "p_1", 1_000, {})
    members.enter("vip", "p_2", 1_000, {})

    left = [members.leave("vip", "p_1"), members.leave("vip", "p_1"), members.leave("vip", "p_3")]

    assert left == [True, False, False]
    assert members.count("vip") == 1
    assert [one.profile_id for one in members.members("vip")] == ["p_2"]


def test_of_many_segments_it_is_told_in_which_she_is_and_since_when(members: Members) -> None:
    members.enter("vip", "p_1", 1_000, {})
    members.enter("tea", "p_1", 2_000, {})
    members.enter("mate", "p_2", 3_000, {})
    names = [*(f"segment_{number}" for number in range(200)), "vip", "tea", "mate"]

    assert members.listed("p_1", names) == {"vip": 1_000, "tea": 2_000}
    assert members.listed("p_1", []) == {}


def test_segments_are_strangers_to_each_other(members: Members) -> None:
    members.enter("vip", "p_1", 1_000, {})
    members.enter("vip_lapsed", "p_2", 1_000, {})

    assert (members.count("vip"), members.count("vip_lapsed")) == (1, 1)
    assert members.member("vip", "p_2") is None


def test_a_replayed_history_ends_where_it_ended(members: Members) -> None:
    """A stream's batch comes again from its start when any record of it failed."""
    news = 0
    for _ in range(2):
        news += members.enter("vip", "p_1", 1_000, {})
        news -= members.leave("vip", "p_1")
        news += members.enter("vip", "p_1", 3_000, {})
        news += members.enter("vip", "p_2", 3_000, {})
        news -= members.leave("vip", "p_2")

    assert news == members.count("vip") == 1
    assert members.member("vip", "p_1") == Member(profile_id="p_1", since=3_000, evidence={})


def test_members_are_counted_whatever_their_shards(members: Members) -> None:
    for number in range(60):
        members.enter("vip", f"p_{number}", 1_000, {})
    for number in range(0, 60, 2):
        members.leave("vip", f"p_{number}")

    listed = {one.profile_id for one in members.members("vip")}
    assert members.count("vip") == len(listed) == 30


def test_a_size_is_what_it_was_told_to_grow_by(members: Members) -> None:
    members.grow({"vip": 3, "regular": 0})
    members.grow({"vip": -1, "regular": 2})

    sizes = members.sizes(["vip", "regular", "nobody"])

    assert {name: one.members for name, one in sizes.items()} == {"vip": 2, "regular": 2, "nobody": 0}
    assert sizes["vip"].moves == 4


def test_a_size_is_never_less_than_nobody(members: Members) -> None:
    members.grow({"vip": -1})

    assert members.size("vip") == 0


@pytest.mark.parametrize(("told", "off"), [(0, 2), (2, 0), (5, -3), (-1, 3)])
def test_a_counter_at_rest_is_put_right_by_what_it_is_off_by(members: Members, told: int, off: int) -> None:
    members.enter("vip", "p_1", 1_000, {})
    members.enter("vip", "p_2", 1_000, {})
    members.grow({"vip": told})

    found = members.counted("vip")

    assert (found.counter, found.counted, found.off) == (told, 2, off)
    assert members.put_right(found, 5_000) == off
    size = members.sizes(["vip"])["vip"]
    assert (size.members, size.reconciled_at) == (2, 5_000)


def test_a_counter_that_moved_since_the_counting_is_left_alone(members: Members) -> None:
    """Who entered was among the members already when they were counted, and in the counter only now."""
    members.enter("vip", "p_1", 1_000, {})
    found = members.counted("vip")
    members.grow({"vip": 1})

    assert members.put_right(found, 5_000) is None
    assert members.sizes(["vip"])["vip"] == Size(counter=1, moves=1)


def test_a_counter_that_never_stands_still_is_put_right_by_what_all_looks_agree_on(members: Members) -> None:
    """However much comes and goes between the looks: every change that is told meanwhile is told in full."""
    for number in range(50):
        members.enter("vip", f"lost by a crash {number}", 1_000, {})
    offs = []
    for look in range(5):
        found = members.counted("vip")
        offs.append(found.off)
        for number in range(60):
            members.enter("vip", f"{look} {number}", 1_000, {})
        members.grow({"vip": 60})
        members.grow({"vip": -sum(members.leave("vip", f"{look} {number}") for number in range(60))})
        assert members.put_right(found, 5_000) is None

    members.shift(found, agreed(offs), 5_000)

    size = members.sizes(["vip"])["vip"]
    assert (agreed(offs), size.members, members.count("vip")) == (50, 50, 50)
    assert size.reconciled_at == 5_000


def test_two_who_found_the_same_drift_do_not_both_put_it_right(members: Members) -> None:
    members.enter("vip", "lost by a crash", 1_000, {})
    one, other = members.counted("vip"), members.counted("vip")

    members.shift(one, one.off, 5_000)
    members.shift(other, other.off, 6_000)

    size = members.sizes(["vip"])["vip"]
    assert (size.members, size.reconciled_at) == (1, 5_000)


@given(st.integers(-100, 100), st.lists(st.integers(-100, 100), min_size=1, max_size=5))
def test_after_any_looks_a_counter_is_off_by_no_more_than_the_look_that_erred_most(
    drift: int, under_way: list[int]
) -> None:
    offs = [drift + one for one in under_way]

    assert abs(drift - agreed(offs)) <= max(map(abs, under_way))
    assert abs(agreed(offs)) <= min(map(abs, offs))


def test_a_counter_goes_on_counting_after_it_was_put_right(members: Members) -> None:
    members.put_right(members.counted("vip"), 5_000)

    members.grow({"vip": 2})

    assert members.sizes(["vip"])["vip"] == Size(counter=2, moves=2, reconciled_at=5_000)
