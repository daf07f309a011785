"""Messages of the events queue, read as far as they can be read."""

import json
from typing import Any

import pytest

from hub import facts
from hub.deliveries import Delivery, Status
from hub.enrollments import Breakdown
from hub.events import to_json
from hub.timers import Tick
from tests.shoppers import NOON, TEA, identify, track

ADDED = track("Product Added", properties=TEA, context={"locale": "cs-CZ"})
BOUNCED = Delivery(
    message_id="msg_1", profile_id="p_1", enrollment_id="e", journey="j", connector="c", action="a", step=0,
    channel="email", at=NOON, status=Status.BOUNCED,
)  # fmt: skip
BROKEN = Breakdown(profile_id="p_1", enrollment_id="e", at=NOON)


@pytest.mark.parametrize("fact", [ADDED, identify(), BOUNCED, Tick(profile_id="p_1", at=NOON), BROKEN])
def test_a_fact_written_is_read_as_the_same_fact(fact: facts.Fact) -> None:
    assert facts.read(facts.write(fact)) == [fact]


@pytest.mark.parametrize(
    "spoilt",
    [
        {"type": "track"},
        {**to_json(ADDED), "at": "noon"},
        {**to_json(ADDED), "received_at": None},
        {**to_json(ADDED), "user_id": 5},
        {**to_json(ADDED), "traits": ["email"]},
        {**to_json(ADDED), "unheard": "of"},
        None,
        "track",
    ],
)
def test_one_event_that_cannot_be_read_costs_no_other(spoilt: Any) -> None:
    body = json.dumps({"events": [to_json(ADDED), spoilt, to_json(identify())]})

    letter = facts.unfold(body)

    [(unread, error)] = letter.unread
    assert letter.facts == [ADDED, identify()]
    assert json.loads(unread) == {"events": [spoilt]}
    assert isinstance(error, facts.UNREADABLE)
    with pytest.raises(type(error)):
        facts.read(body)


@pytest.mark.parametrize(
    "body", ["no JSON", "[]", "null", "{}", '"events"', '{"events": "track"}', "[" * 100_000]
)
def test_a_message_that_is_none_of_ours_is_kept_as_it_is(body: str) -> None:
    letter = facts.unfold(body)

    assert letter.facts == []
    assert [unread for unread, _ in letter.unread] == [body]
