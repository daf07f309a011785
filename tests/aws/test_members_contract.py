"""What `hub.ports.Members` promises, held against the table and against its fake."""

import pytest

from hub.aws.segment_table import Member, SegmentTable
from tests.fakes import FakeMembers

Members = SegmentTable | FakeMembers


@pytest.fixture(params=["fake", "moto"])
def members(request: pytest.FixtureRequest) -> Members:
    if request.param == "fake":
        return FakeMembers()
    return SegmentTable(request.getfixturevalue("dynamodb"), request.getfixturevalue("stack").segments)


def test_a_segment_without_members_is_empty(members: Members) -> None:
    assert members.size("vip") == 0
    assert list(members.members("vip")) == []
    assert members.member("vip", "p_1") is None


def test_who_enters_is_listed_with_since_and_evidence(members: Members) -> None:
    evidence = {"holds": True, "all": [{"did": ["Order Completed"], "counted": 2, "value": 12.5}]}

    members.enter("vip", "p_1", 1_000, evidence)

    anna = Member(profile_id="p_1", since=1_000, evidence=evidence)
    assert members.member("vip", "p_1") == anna
    assert list(members.members("vip")) == [anna]


def test_entering_twice_counts_once_and_the_later_word_stands(members: Members) -> None:
    members.enter("vip", "p_1", 1_000, {"value": 1})
    members.enter("vip", "p_1", 2_000, {"value": 2})

    assert members.size("vip") == 1
    assert members.member("vip", "p_1") == Member(profile_id="p_1", since=2_000, evidence={"value": 2})


def test_who_leaves_is_gone_and_leaving_twice_counts_once(members: Members) -> None:
    members.enter("vip", "p_1", 1_000, {})
    members.enter("vip", "p_2", 1_000, {})

    members.leave("vip", "p_1")
    members.leave("vip", "p_1")

    assert members.size("vip") == 1
    assert [one.profile_id for one in members.members("vip")] == ["p_2"]


def test_leaving_what_one_was_never_in_changes_nothing(members: Members) -> None:
    members.leave("vip", "p_1")

    assert members.size("vip") == 0


def test_segments_are_strangers_to_each_other(members: Members) -> None:
    members.enter("vip", "p_1", 1_000, {})
    members.enter("vip_lapsed", "p_2", 1_000, {})

    assert (members.size("vip"), members.size("vip_lapsed")) == (1, 1)
    assert members.member("vip", "p_2") is None


def test_a_replayed_history_ends_where_it_ended(members: Members) -> None:
    """A stream's batch comes again from its start when any record of it failed."""
    for _ in range(2):
        members.enter("vip", "p_1", 1_000, {})
        members.leave("vip", "p_1")
        members.enter("vip", "p_1", 3_000, {})
        members.enter("vip", "p_2", 3_000, {})
        members.leave("vip", "p_2")

    assert members.size("vip") == 1
    assert members.member("vip", "p_1") == Member(profile_id="p_1", since=3_000, evidence={})


def test_the_size_is_the_number_of_members_whatever_their_shards(members: Members) -> None:
    for number in range(60):
        members.enter("vip", f"p_{number}", 1_000, {})
    for number in range(0, 60, 2):
        members.leave("vip", f"p_{number}")

    listed = {one.profile_id for one in members.members("vip")}
    assert members.size("vip") == len(listed) == 30
