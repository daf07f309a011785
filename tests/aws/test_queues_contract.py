"""What `hub.ports.Outbox` and `hub.ports.Outcomes` promise, held against the queues and their fakes."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from hub import facts
from hub.aws.queues import ConnectorQueues, OutcomesQueue
from hub.clock import HOUR, MINUTE, Clock
from hub.deliveries import Delivery, Message, Status
from hub.enrollments import Breakdown
from hub.ports import Outbox, Outcomes
from tests.builders import WHOLE
from tests.fakes import FakeOutbox
from tests.fakes_delivery import FakeOutcomes
from tests.moto_stack import MotoStack

MAIL, CHAT = "amazon_ses", "intercom"


def message(number: int = 0, connector: str = MAIL) -> Message:
    return Message(
        message_id=f"msg_{number}",
        profile_id="p_1",
        enrollment_id="e-1",
        journey="cart_recovery",
        step=0,
        connector=connector,
        action="send_email",
        verb="send",
        planned_at=1_000,
        **WHOLE,
    )


def delivery(number: int = 0) -> Delivery:
    ids: dict[str, Any] = {"profile_id": f"p_{number}", "enrollment_id": "e-1", "journey": "j", "step": 0}
    what = {"connector": MAIL, "action": "send_email", "channel": "email", "capped": True}
    return Delivery(message_id=f"msg_{number}", status=Status.SENT, at=number, **ids, **what)


def bodies(sqs: Any, url: str) -> list[str]:
    """Everything that can be received from a queue now, and no longer is in it."""
    found: list[str] = []
    while got := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
        for one in got:
            found.append(one["Body"])
            sqs.delete_message(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])
    return found


Told = Callable[[str], list[Message]]


@pytest.fixture(params=["fake", "moto"])
def outbox(request: pytest.FixtureRequest) -> tuple[Outbox, Told]:
    """The port, and what a connector is told through it."""
    if request.param == "fake":
        fake = FakeOutbox()
        return fake, fake.take
    sqs: Any = request.getfixturevalue("sqs")
    stack: MotoStack = request.getfixturevalue("stack")
    urls = {slug: stack.queue(slug) for slug in (MAIL, CHAT)}
    queues = ConnectorQueues(sqs, urls, Clock())
    return queues, lambda slug: [Message.model_validate_json(body) for body in bodies(sqs, urls[slug])]


def by_id(messages: Sequence[Message]) -> list[Message]:
    return sorted(messages, key=lambda one: one.message_id)


def test_each_message_reaches_its_connector_unchanged_and_no_other(outbox: tuple[Outbox, Told]) -> None:
    port, told = outbox

    port.put([message(1), message(2, CHAT), message(3)])

    assert by_id(told(MAIL)) == [message(1), message(3)]
    assert told(CHAT) == [message(2, CHAT)]


def test_more_messages_can_be_put_than_one_request_holds(outbox: tuple[Outbox, Told]) -> None:
    port, told = outbox
    many = by_id([message(number) for number in range(34)])

    port.put(many)

    assert by_id(told(MAIL)) == many


def test_nothing_put_is_nothing_told(outbox: tuple[Outbox, Told]) -> None:
    port, told = outbox

    port.put([])

    assert told(MAIL) == []


@pytest.fixture(params=["fake", "moto"])
def outcomes(request: pytest.FixtureRequest) -> tuple[Outcomes, Callable[[], list[Any]]]:
    """The port, and what update_profiles is told through it."""
    if request.param == "fake":
        fake = FakeOutcomes()
        return fake, lambda: [*fake.deliveries, *fake.breakdowns]
    sqs: Any = request.getfixturevalue("sqs")
    url = request.getfixturevalue("stack").queue("events")
    return OutcomesQueue(sqs, url), lambda: [fact for body in bodies(sqs, url) for fact in facts.read(body)]


def test_deliveries_come_back_as_facts(outcomes: tuple[Outcomes, Callable[[], list[Any]]]) -> None:
    port, told = outcomes
    many = [delivery(number) for number in range(1, 250)]

    port.put(many)
    port.put([])

    assert sorted(told(), key=lambda one: one.at) == many


def test_a_breakdown_comes_back_as_a_fact(outcomes: tuple[Outcomes, Callable[[], list[Any]]]) -> None:
    port, told = outcomes
    breakdown = Breakdown(profile_id="p_1", enrollment_id="e-1", at=1)

    port.broke(breakdown)

    assert told() == [breakdown]


def test_a_delay_is_in_hub_time_and_never_longer_than_the_queue_can_wait(sqs: Any, stack: MotoStack) -> None:
    urls = {MAIL: stack.queue(MAIL)}

    ConnectorQueues(sqs, urls, Clock(speed=60)).put([message(1)], delay=2 * MINUTE)
    ConnectorQueues(sqs, urls, Clock()).put([message(2)], delay=5 * HOUR)

    counted = sqs.get_queue_attributes(QueueUrl=urls[MAIL], AttributeNames=["All"])["Attributes"]
    assert counted["ApproximateNumberOfMessagesDelayed"] == "2"
    assert bodies(sqs, urls[MAIL]) == []


def test_personal_data_has_no_place_in_a_queued_message(sqs: Any, stack: MotoStack) -> None:
    urls = {MAIL: stack.queue(MAIL)}

    ConnectorQueues(sqs, urls, Clock()).put([message(1)])

    (body,) = bodies(sqs, urls[MAIL])
    assert json.loads(body)["params"] == message().params


def test_a_message_that_sqs_does_not_take_is_an_error_and_not_a_loss() -> None:
    class Refusing:
        def send_message_batch(self, **_: Any) -> dict[str, Any]:
            return {"Failed": [{"Id": "0", "Code": "InternalError", "SenderFault": False}]}

    with pytest.raises(OSError, match="InternalError"):
        ConnectorQueues(Refusing(), {MAIL: "https://queue"}, Clock()).put([message()])
