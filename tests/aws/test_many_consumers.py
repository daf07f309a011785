"""Many consumers fold the same shoppers at once, on the table itself: nothing is lost, doubled or torn."""

import random
from collections.abc import Callable, Iterator, Sequence
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
from tests.fakes import FakeProfiles
from tests.moto_stack import MotoStack
from tests.pictures import substance
from tests.shoppers import NOON, a_month_of, strategy

RULES = Rules(strategy())
USERS = ("u-1", "u-2", "u-3", "u-4")
CONSUMERS = 8

Batch = Sequence[tuple[str, Sequence[Event]]]


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
    """The events in any order, some of them twice, in queue messages of up to 3 and batches of up to 4."""
    mixed = dice.sample([*events, *events[::3]], k=len(events) + len(events[::3]))
    while mixed:
        batch = []
        for number in range(dice.randint(1, 4)):
            batch.append((f"m-{number}", mixed[: dice.randint(1, 3)]))
            mixed = mixed[len(batch[-1][1]) :]
        yield [message for message in batch if message[1]]


def consume(queue: Queue[Batch], table: ProfileTable, troubles: list[BaseException]) -> None:
    """As update_profiles: a group that lost every race comes again."""
    while True:
        try:
            batch = queue.get_nowait()
        except Empty:
            return
        for one in group(batch):
            try:
                absorb(one.facts, table, RULES, NOON)
            except Conflict:
                queue.put([("again", [fact for fact in one.facts if isinstance(fact, Event)])])
            except BaseException as error:  # noqa: BLE001 - a thread's error would be lost
                troubles.append(error)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_eight_consumers_end_where_one_would(seed: int, dynamodb: Any, stack: MotoStack) -> None:
    events = [event for user in USERS for event in a_month_of(user, devices(user))]
    table, alone = ProfileTable(OneAtATime(dynamodb), stack.profiles), FakeProfiles()
    for one in group([("all", sorted(events, key=lambda event: event.at))]):
        absorb(one.facts, alone, RULES, NOON)
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
    for user in USERS:
        assert len({profile_of(together, identifier) for identifier in identifiers(user)}) == 1


def identifiers(user: str) -> list[Identifier]:
    kinds = [("user_id", user), ("email", f"{user}@example.com")]
    return [*kinds, *(("anonymous_id", device) for device in devices(user))]


def profile_of(table: ProfileTable, identifier: Identifier) -> str:
    profile = table.get(table.find([identifier])[identifier])
    assert profile
    return profile.profile_id
