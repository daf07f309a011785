"""Messages given up, with their reason, in moto's queue."""

from typing import Any

import pytest

from hub.aws.dead_letters import DeadLetterQueue
from hub.ports import DeadLetter
from tests.moto_stack import MotoStack


@pytest.fixture
def url(stack: MotoStack) -> str:
    return stack.queue("events-dead")


def waiting(sqs: Any, url: str) -> list[tuple[str, str]]:
    found = []
    while got := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]).get(
        "Messages"
    ):
        found += [(one["Body"], one["MessageAttributes"]["reason"]["StringValue"]) for one in got]
    return sorted(found)


def test_every_letter_is_a_message_with_its_reason(sqs: Any, url: str) -> None:
    letters = [DeadLetter(f"body {number:02}", f"KeyError in carts.py:{number}") for number in range(23)]

    DeadLetterQueue(sqs, url).put(letters)

    assert waiting(sqs, url) == [(one.body, one.reason) for one in letters]


def test_large_letters_are_sent_a_few_at_a_time(sqs: Any, url: str) -> None:
    letters = [DeadLetter(str(number) * 400_000, "ValueError") for number in range(5)]

    DeadLetterQueue(sqs, url).put(letters)

    assert [body[0] for body, _ in waiting(sqs, url)] == ["0", "1", "2", "3", "4"]


def test_nothing_to_give_up_is_no_call(url: str) -> None:
    DeadLetterQueue(None, url).put([])
