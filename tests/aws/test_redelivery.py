"""What must come again: hidden for a while, or renewed, so that waiting never ends in a dead-letter queue."""

import time
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws

from hub.aws.redelivery import RENEWED_AFTER, PutBack, Redelivery
from hub.clock import HOUR, SECOND
from hub.connector_kit.backoff import LONGEST_HIDDEN, seconds_until
from hub.connector_kit.results import Again

FAILING = Again(reason="503")
WAITING = Again(reason="quiet hours", after=9 * HOUR, kind="waiting")
DEAD = Again(reason="401", kind="auth")


class Queue:
    """A queue with one message, received so many times."""

    def __init__(self, receives: int, attempts: int = 0) -> None:
        self.client: Any = boto3.client("sqs")
        self.url = self.client.create_queue(QueueName="toy")["QueueUrl"]
        attributes = {"attempts": {"DataType": "Number", "StringValue": str(attempts)}} if attempts else {}
        self.client.send_message(QueueUrl=self.url, MessageBody="body", MessageAttributes=attributes)
        for _ in range(receives - 1):
            self._receive(VisibilityTimeout=0)
        [self.received] = self._receive()

    def _receive(self, **more: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.client.receive_message(
            QueueUrl=self.url,
            AttributeNames=["All"],
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
            **more,
        ).get("Messages", [])
        return found

    @property
    def record(self) -> dict[str, Any]:
        """As Lambda hands it over."""
        attributes = {
            name: {"stringValue": value["StringValue"]}
            for name, value in self.received.get("MessageAttributes", {}).items()
        }
        return {
            "messageId": self.received["MessageId"],
            "receiptHandle": self.received["ReceiptHandle"],
            "body": self.received["Body"],
            "attributes": self.received["Attributes"],
            "messageAttributes": attributes,
        }

    def put_back(self, again: Again) -> list[str]:
        redelivery = Redelivery(self.client, self.url, speed=1.0, luck=lambda: 0.5)
        return redelivery.put_back([PutBack(self.record, again)])

    def count(self, name: str) -> int:
        attributes = self.client.get_queue_attributes(QueueUrl=self.url, AttributeNames=["All"])["Attributes"]
        return int(attributes[name])


@pytest.fixture(autouse=True)
def _moto() -> Any:
    with mock_aws():
        yield


@pytest.mark.parametrize("again", [FAILING, WAITING, DEAD], ids=lambda again: again.kind)
def test_at_first_it_is_hidden_and_not_deleted(again: Again) -> None:
    queue = Queue(receives=1)

    kept = queue.put_back(again)

    assert kept == [queue.record["messageId"]]
    assert queue.count("ApproximateNumberOfMessagesNotVisible") == 1


def test_what_fails_comes_nearer_to_the_dead_letter_queue() -> None:
    queue = Queue(receives=RENEWED_AFTER + 3)

    assert queue.put_back(FAILING) == [queue.record["messageId"]]


@pytest.mark.parametrize("again", [WAITING, DEAD], ids=lambda again: again.kind)
def test_what_waits_goes_back_as_a_fresh_copy_with_its_attempts_remembered(again: Again) -> None:
    queue = Queue(receives=RENEWED_AFTER, attempts=8)

    kept = queue.put_back(again)

    assert kept == []
    assert queue.count("ApproximateNumberOfMessagesDelayed") == 1
    assert PutBack(queue.record, again).attempts == 8 + RENEWED_AFTER


@given(st.integers(1, 400), st.floats(0, 1), st.sampled_from([FAILING, DEAD]))
def test_backoff_grows_has_full_jitter_and_an_end(attempts: int, luck: float, again: Again) -> None:
    wait = seconds_until(again, attempts, speed=1.0, luck=luck)

    ceiling = min(900, {"failing": 2, "auth": 10}[again.kind] * 2 ** min(attempts - 1, 16))
    assert 1 <= wait <= max(1, ceiling)
    assert seconds_until(again, attempts, speed=1.0, luck=1.0) == ceiling


def test_a_rehearsal_backs_off_faster_but_what_the_vendor_asked_for_is_real_time() -> None:
    asked = Again(reason="429", after=7 * SECOND)

    assert seconds_until(FAILING, 9, speed=100.0, luck=1.0) == 6
    assert seconds_until(asked, 1, speed=100.0, luck=0.0) == 7


def test_what_a_vendor_wants_to_wait_for_a_day_is_hidden_for_as_long_as_sqs_still_can() -> None:
    """Counted from the receive, the twelve hours are not whole any more."""
    queue = Queue(receives=1)
    time.sleep(1.1)

    kept = queue.put_back(Again(reason="429", after=24 * HOUR))

    assert kept == [queue.record["messageId"]]
    assert queue.count("ApproximateNumberOfMessagesNotVisible") == 1


class Refusing:
    """SQS has something against what is called "bad"."""

    def __init__(self) -> None:
        self.taken: list[str] = []

    def change_message_visibility(self, *, ReceiptHandle: str, **_: Any) -> None:  # noqa: N803 - boto3's word
        self._take(ReceiptHandle)

    def send_message(self, *, MessageBody: str, **_: Any) -> None:  # noqa: N803 - boto3's word
        self._take(MessageBody)

    def _take(self, name: str) -> None:
        if name == "bad":
            raise ClientError({"Error": {"Code": "InvalidParameterValue", "Message": "for Anna"}}, "any")
        self.taken.append(name)


def a_record(name: str, receives: int) -> dict[str, Any]:
    attributes = {"ApproximateReceiveCount": str(receives)}
    return {"messageId": f"id of {name}", "receiptHandle": name, "body": name, "attributes": attributes}


@pytest.mark.parametrize(
    ("receives", "again"), [(1, FAILING), (RENEWED_AFTER, WAITING)], ids=["hide", "renew"]
)
def test_one_that_cannot_be_put_back_comes_again_by_itself_and_holds_up_no_other(
    receives: int, again: Again
) -> None:
    """Its batch asked vendors and told outcomes already: it must not come again as a whole."""
    sqs = Refusing()
    returning = [PutBack(a_record("bad", receives), again), PutBack(a_record("good", 1), FAILING)]

    kept = Redelivery(sqs, "url", speed=1.0, luck=lambda: 1.0).put_back(returning)

    assert kept == ["id of bad", "id of good"]
    assert sqs.taken == ["good"]


def test_a_message_is_hidden_for_no_longer_than_sqs_can() -> None:
    assert seconds_until(Again(reason="x", after=40 * HOUR), 1, speed=1.0, luck=0.0) == LONGEST_HIDDEN
