"""Many consumers fold the same shoppers at once, on the table itself: nothing is lost, doubled or torn."""

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from queue import Empty, Queue
from threading import Lock, Thread
from typing import Any

import pytest

from hub.absorbing import absorb, group
from hub.aws.profile_table import ProfileTable
from hub.errors import Conflict
from hub.events import Event
from hub.identities import Identifier
from hub.rules import Rules
from tests.crowd_oracle import Known, known, people
from tests.crowd_promises import shown
from tests.fakes import FakeProfiles
from tests.moto_stack import MotoStack
from tests.pictures import substance
from tests.shoppers import CART_ABANDONER, NAMED, NO_TEA, NOON, REGULAR, a_month_of, strategy, track

RULES = Rules(strategy())
SEGMENTS: dict[str, Any] = {str(one["name"]): one["when"] for one in (CART_ABANDONER, REGULAR, NAMED, NO_TEA)}
USERS = ("u-1", "u-2", "u-3", "u-4")
CONSUMERS = 8

Batch = Sequence[Event]


class OneAtATime:
    """DynamoDB decides and writes in one go; moto, among threads, does not."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._lock = Lock()

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        call = getattr(self._client, operation)

        def alone(**arguments: Any) -> Any:
            with self._lock:
                return call(**arguments)

        return alone


def devices(user: str) -> tuple[str, ...]:
    return tuple(f"{user} device {number}" for number in range(3))


def batches(events: Sequence[Event], dice: random.Random) -> Iterator[Batch]:
    """The events in any order, some of them twice."""
    mixed = dice.sample([*events, *events[::3]], k=len(events) + len(events[::3]))
    while mixed:
        size = dice.randint(1, 12)
        yield mixed[:size]
        mixed = mixed[size:]


def consume(queue: Queue[Batch], table: ProfileTable, troubles: list[BaseException]) -> None:
    """As update_profiles: a group that lost every race comes again."""
    while True:
        try:
            batch = queue.get_nowait()
        except Empty:
            return
        for facts in group(batch, RULES.identifiers):
            try:
                absorb(facts, table, RULES, NOON)
            except Conflict:
                queue.put([fact for fact in facts if isinstance(fact, Event)])
            except BaseException as error:  # noqa: BLE001 - a thread's error would be lost
                troubles.append(error)


def a_month() -> list[Event]:
    """Of all users; each takes something back in the end."""
    back = {"order_id": "o2", "revenue": "0.5"}
    refunds = [
        track(
            "Order Refunded",
            NOON - 1,
            message_id=f"{user} refund",
            anonymous_id=devices(user)[1],
            properties=back,
        )
        for user in USERS
    ]
    return [event for user in USERS for event in a_month_of(user, devices(user))] + refunds


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_eight_consumers_end_where_one_would(seed: int, dynamodb: Any, stack: MotoStack) -> None:
    events = a_month()
    table, alone = ProfileTable(OneAtATime(dynamodb), stack.profiles), FakeProfiles()
    for facts in group(sorted(events, key=lambda event: event.at), RULES.identifiers):
        absorb(facts, alone, RULES, NOON)
    queue: Queue[Batch] = Queue()
    for batch in batches(events, random.Random(seed)):
        queue.put(batch)
    troubles: list[BaseException] = []

    threads = [Thread(target=consume, args=(queue, table, troubles)) for _ in range(CONSUMERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    together = ProfileTable(dynamodb, stack.profiles)
    assert troubles == []
    assert queue.empty()
    assert substance(together.scan()) == substance(alone.scan())
    assert by_name(shown(one, NOON, RULES) for one in together.scan()) == by_name(
        known(done, (), NOON, SEGMENTS) for done in people(events)
    )
    for user in USERS:
        assert len({profile_of(together, identifier) for identifier in identifiers(user)}) == 1


def by_name(found: Iterable[Known]) -> dict[Identifier, Known]:
    """Of messages, only those of the last day are known one by one."""
    return {min(one.identifiers): replace(one, messages=frozenset()) for one in found}


def identifiers(user: str) -> list[Identifier]:
    kinds = [("user_id", user), ("email", f"{user}@example.com")]
    return [*kinds, *(("anonymous_id", device) for device in devices(user))]


def profile_of(table: ProfileTable, identifier: Identifier) -> str:
    profile = table.get(table.find([identifier])[identifier])
    assert profile
    return profile.profile_id
