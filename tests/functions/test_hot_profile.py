"""A thousand events a second from one id: fewer, larger writes, and nothing lost."""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from queue import Empty, Queue
from threading import Lock, Thread
from typing import Any

import pytest
from botocore.exceptions import ClientError

import update_profiles
from hub import orders
from hub.aws import bootstrap
from hub.events import Event, to_json
from tests.benchmarks.dynamodb_units import item_size
from tests.functions.lambdas import Lambdas
from tests.lambda_events import failed_of, sqs_event
from tests.moto_stack import Template, resources
from tests.shoppers import NOON, track

SECONDS, A_SECOND = 10, 1_000
CONSUMERS = 8


class OneAtATime:
    """DynamoDB decides and writes in one go; moto, among threads, does not. It counts what is written."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._lock = Lock()
        self.sizes: list[int] = []
        self.lost = 0

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        call = getattr(self._client, operation)

        def alone(**arguments: Any) -> Any:
            with self._lock:
                try:
                    answer = call(**arguments)
                except ClientError:
                    self.lost += 1
                    raise
                if operation == "put_item":
                    self.sizes.append(item_size(arguments["Item"]))
                return answer

        return alone


def a_storm() -> list[Event]:
    """Of a till, say, that shoppers share: every fifth event is an order."""
    return [_event(number) for number in range(SECONDS * A_SECOND)]


def _event(number: int) -> Event:
    at, message_id, product = NOON + number, f"m {number}", {"product_id": str(number % 700), "price": 1}
    if number % 5:
        return track("Product Viewed", at, message_id=message_id, properties=product)
    order = {"order_id": f"o {number}", "revenue": 10, "products": [product]}
    return track("Order Completed", at, message_id=message_id, properties=order)


def consume(waiting: Queue[tuple[Event, int]], received: Counter[int], full: int) -> None:
    """As the events queue does with a Lambda: batches as full as can be, and again what was not taken."""
    while batch := list(_taken(waiting, full)):
        answer = update_profiles.handler(
            sqs_event(*({"events": [to_json(event)]} for event, _ in batch)), None
        )
        again = {int(message_id.removeprefix("m-")) for message_id in failed_of(answer)}
        for place, (event, times) in enumerate(batch):
            received[times] += 1
            if place in again:
                waiting.put((event, times + 1))


def _taken(waiting: Queue[tuple[Event, int]], most: int) -> Iterator[tuple[Event, int]]:
    for _ in range(most):
        try:
            yield waiting.get_nowait()
        except Empty:
            return


@pytest.fixture
def counted(lambdas: Lambdas) -> OneAtATime:
    table = bootstrap.profiles(lambdas.stack.profiles)
    table._client = counting = OneAtATime(table._client)
    return counting


def batch_size(template: Template) -> int:
    """Messages that the queue hands over at once, as deployed."""
    (mapping,) = (
        told
        for name, told in resources(template, "AWS::Lambda::EventSourceMapping")
        if name.startswith("Profiles") and "StartingPosition" not in told
    )
    return int(mapping["BatchSize"])


def test_a_thousand_events_a_second_from_one_id_become_fewer_larger_writes_and_none_is_lost(
    lambdas: Lambdas, counted: OneAtATime, template: Template
) -> None:
    storm, full = a_storm(), batch_size(template)
    waiting: Queue[tuple[Event, int]] = Queue()
    for event in random.Random(7).sample(storm, k=len(storm)):
        waiting.put((event, 1))
    received: Counter[int] = Counter()

    threads = [Thread(target=consume, args=(waiting, received, full)) for _ in range(CONSUMERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=300)

    (till,) = lambdas.profiles.scan()
    told = orders.totals(till.orders)
    assert waiting.empty()
    assert max(received) < update_profiles.settings().receives
    assert (told.count, told.revenue, till.last_own_at) == (2_000, 20_000, NOON + 9_999)
    # One write a batch; those that take what came back are not full.
    assert len(counted.sizes) <= 1.5 * len(storm) / full
    assert max(counted.sizes) < 64 * 1_024
