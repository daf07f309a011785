"""How events are packed for SQS, and what happens when SQS says no without saying so."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from hypothesis import given
from hypothesis import strategies as st

from hub.aws.event_queue import EventQueue
from hub.aws.packing import packs
from hub.errors import RetryLater
from hub.events import Event, from_json


class Sqs:
    """Remembers what it was sent, and answers what it was told to."""

    def __init__(self, answer: dict[str, Any] | Exception | None = None) -> None:
        self.answer = answer or {"Successful": []}
        self.batches: list[list[dict[str, str]]] = []

    def send_message_batch(self, *, QueueUrl: str, Entries: list[dict[str, str]]) -> dict[str, Any]:  # noqa: ARG002, N803
        self.batches.append(Entries)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    @property
    def bodies(self) -> list[str]:
        return [entry["MessageBody"] for batch in self.batches for entry in batch]


def event(message_id: str = "m", **properties: Any) -> Event:
    return Event(type="track", message_id=message_id, at=0, received_at=1, user_id="u", properties=properties)


def put(sqs: Sqs, *events: Event) -> None:
    EventQueue(sqs, "https://sqs/events").put(events)


def test_a_request_is_one_message() -> None:
    sqs = Sqs()

    put(sqs, event("m-1"), event("m-2"))

    (body,) = sqs.bodies
    assert [from_json(record) for record in json.loads(body)["events"]] == [event("m-1"), event("m-2")]


def test_a_large_request_is_split_below_the_limits_of_message_and_batch() -> None:
    sqs = Sqs()
    events = [event(f"m-{index}", text="ř" * 15_000) for index in range(60)]

    put(sqs, *events)

    assert all(len(body.encode()) < 200_000 for body in sqs.bodies)
    assert all(
        sum(len(entry["MessageBody"].encode()) for entry in batch) <= 1_048_576 for batch in sqs.batches
    )
    assert all(len({entry["Id"] for entry in batch}) == len(batch) <= 10 for batch in sqs.batches)
    assert [from_json(record) for body in sqs.bodies for record in json.loads(body)["events"]] == events


def test_characters_that_sqs_refuses_travel_escaped() -> None:
    sqs = Sqs()

    put(sqs, event(text="\ufffe\uffff\x01\x1f"))

    (body,) = sqs.bodies
    assert not set(body) & {"\ufffe", "\uffff", "\x01", "\x1f"}
    assert json.loads(body)["events"][0]["properties"] == {"text": "\ufffe\uffff\x01\x1f"}


@pytest.mark.parametrize(
    "answer",
    [
        {"Successful": [], "Failed": [{"Id": "0", "Code": "InternalError", "SenderFault": False}]},
        ClientError(
            {"Error": {"Code": "ThrottlingException", "Message": "ann@example.com"}}, "SendMessageBatch"
        ),
        EndpointConnectionError(endpoint_url="https://sqs"),
    ],
)
def test_an_event_that_sqs_did_not_take_is_never_taken_for_sent(answer: dict[str, Any] | Exception) -> None:
    with pytest.raises(RetryLater) as later:
        put(Sqs(answer), event())

    assert later.value.after >= 1_000
    assert "ann@" not in str(later.value)


@given(st.lists(st.text(max_size=9)), st.integers(1, 4), st.integers(1, 20), st.integers(0, 3))
def test_packs_hold_everything_in_order_and_within_their_limits(
    texts: list[str], most: int, bytes_in_all: int, bytes_each: int
) -> None:
    made = list(packs(texts, most=most, bytes_in_all=bytes_in_all, bytes_each=bytes_each))

    assert [text for pack in made for text in pack] == texts
    assert all(1 <= len(pack) <= most for pack in made)
    sizes = [sum(len(text.encode()) + bytes_each for text in pack) for pack in made]
    assert all(size <= bytes_in_all or len(pack) == 1 for size, pack in zip(sizes, made, strict=True))
