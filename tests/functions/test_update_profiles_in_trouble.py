"""The Lambda is gone before or after any call to AWS, or AWS says no; the batch comes again: no trace of it.

Every call that the handler makes is tried, each in every way: they are counted first and none is left out.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Literal

import pytest
from botocore.exceptions import ClientError

from hub.aws import bootstrap, journey_table
from hub.aws.profile_table import from_item
from hub.events import Event, to_json
from tests.functions.lambdas import Lambdas
from tests.lambda_events import failed_of, sqs_event
from tests.shoppers import NOON, TEA, identify, strategy, track
from tests.trouble import Crash
from update_profiles import handler

Way = Literal["gone before", "gone after", "refused"]
BOOKKEEPING = {"version", "merged_at", "because", "joined", "body", "ring"}
EMAIL = {"email": "anna@example.com"}

STRANGER = track("Product Added", NOON, anonymous_id="a-1", properties=TEA)
PHONE = track("Product Viewed", NOON + 1, anonymous_id="a-2", properties=TEA)
LOGIN = identify(NOON + 2, traits=EMAIL)
LOGIN_BY_PHONE = identify(NOON + 3, user_id="u-1", anonymous_id="a-2")
NEWSLETTER = identify(NOON + 4, anonymous_id="a-3", traits=EMAIL)
BEN = identify(NOON + 5, user_id="u-2", anonymous_id="a-1")
ANNA_AGAIN = identify(NOON + 6)
ALIAS = replace(identify(NOON + 7, user_id="u-1"), type="alias", previous_id="a-2")
ORDER = track("Order Completed", NOON + 8, properties={"order_id": "o-1", "revenue": 25})
REFUND = track("Order Refunded", NOON + 9, properties={"order_id": "o-1", "revenue": 5})
OTHER_ADDRESS = identify(NOON + 10, user_id="u-1", traits={"email": "anna@work.example.com"})
THIRD_ADDRESS = identify(NOON + 11, user_id="u-1", traits={"email": "anna@play.example.com"})
CAROL = identify(NOON + 12, user_id="u-3", anonymous_id="a-9", traits={"email": "carol@example.com"})

STORIES: dict[str, tuple[Sequence[Event], Sequence[Event]]] = {
    "a new customer": ([], [LOGIN, ORDER]),
    "a stranger who logs in": ([STRANGER], [LOGIN, ORDER, REFUND]),
    "two strangers who are one": ([STRANGER, PHONE, LOGIN], [LOGIN_BY_PHONE, ORDER]),
    "three strangers who are one, at once": ([STRANGER, PHONE], [NEWSLETTER, LOGIN, LOGIN_BY_PHONE]),
    "a merge of who was merged": ([STRANGER, PHONE, NEWSLETTER], [LOGIN_BY_PHONE, ALIAS, LOGIN]),
    "a device that changes hands": ([STRANGER, LOGIN], [BEN, ORDER]),
    "a device that changes hands and comes back": ([STRANGER, LOGIN], [BEN, ANNA_AGAIN]),
    "more addresses than one may have": ([LOGIN, ORDER], [OTHER_ADDRESS, THIRD_ADDRESS, REFUND]),
    "two customers in one batch": ([STRANGER, CAROL], [LOGIN, replace(ORDER, user_id="u-3"), PHONE]),
    "all of it": (
        [STRANGER, PHONE],
        [LOGIN, LOGIN_BY_PHONE, NEWSLETTER, BEN, ALIAS, ORDER, OTHER_ADDRESS, THIRD_ADDRESS, CAROL, REFUND],
    ),
}


@dataclass
class Trouble:
    """At the n-th call to AWS; 0 for none."""

    at: int
    way: Way
    calls: int = 0

    def before(self, model: Any, **_: object) -> None:
        self.calls += 1
        if self.calls == self.at and self.way == "gone before":
            raise Crash
        if self.calls == self.at and self.way == "refused":
            raise ClientError({"Error": {"Code": "InternalServerError", "Message": "try again"}}, model.name)

    def after(self, **_: object) -> None:
        if self.calls == self.at and self.way == "gone after":
            raise Crash


@contextmanager
def in_trouble(at: int, way: Way) -> Iterator[Trouble]:
    """The consumer's own client only: what the test itself asks for is answered."""
    trouble, hooks = Trouble(at, way), bootstrap.client("dynamodb").meta.events
    heard: list[tuple[str, Callable[..., None]]] = [
        ("provide-client-params.*.*", trouble.before),
        ("after-call.*.*", trouble.after),
    ]
    for name, hook in heard:
        hooks.register(name, hook)
    try:
        yield trouble
    finally:
        for name, hook in heard:
            hooks.unregister(name, hook)


@pytest.fixture
def limited(lambdas: Lambdas, monkeypatch: pytest.MonkeyPatch) -> Lambdas:
    """How journeys stand is read for every batch: that call, too, is tried, however fast the test runs."""
    monkeypatch.setattr(journey_table, "OLDEST", -1)
    lambdas.follow(strategy(identifiers={"limits": {"email": 2, "anonymous_id": 4}}))
    return lambdas


@pytest.mark.parametrize("story", STORIES)
def test_wherever_the_consumer_is_stopped_the_batch_that_comes_again_leaves_no_trace_of_it(
    limited: Lambdas, story: str
) -> None:
    known, batch = STORIES[story]
    told(limited, known, batch, at=0, way="refused")  # a new process also reads what it then keeps
    calls, smooth = told(limited, known, batch, at=0, way="refused")

    for place in range(1, calls + 1):
        for way in ("gone before", "gone after", "refused"):
            _, bumpy = told(limited, known, batch, at=place, way=way)

            assert bumpy == smooth, f"{way}, at call {place} of {calls}"


def told(
    lambdas: Lambdas, known: Sequence[Event], batch: Sequence[Event], *, at: int, way: Way
) -> tuple[int, Any]:
    """(calls to AWS, everything that is stored in the end)."""
    forget_everybody(lambdas)
    for event in known:
        assert handle(event) == []
    with in_trouble(at, way) as trouble:
        try:
            again = handle(*batch)
        except Crash:
            again = list(range(len(batch)))
    assert handle(*(batch[place] for place in again)) == []
    return trouble.calls, stored(lambdas)


def handle(*events: Event) -> list[int]:
    """The places of those that must come again."""
    answer = handler(sqs_event(*({"events": [to_json(event)]} for event in events)), None)
    return [int(message_id.removeprefix("m-")) for message_id in failed_of(answer)]


def stored(lambdas: Lambdas) -> dict[str, Any]:
    """Every item of the table, but for how often it was written and when."""
    return {item["pk"]["S"]: _plain(item) for item in items(lambdas)}


def _plain(item: dict[str, Any]) -> dict[str, Any]:
    """Without what linked whom either: an identifier that was claimed just before the consumer was stopped is
    no new one to the next."""
    kept = {name: value for name, value in item.items() if name not in BOOKKEEPING}
    return kept | ({"body": replace(from_item(item), version=0, settled_at=0)} if "body" in item else {})


def items(lambdas: Lambdas) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = lambdas.dynamodb.scan(TableName=lambdas.stack.profiles)["Items"]
    return found


def forget_everybody(lambdas: Lambdas) -> None:
    for item in items(lambdas):
        lambdas.dynamodb.delete_item(TableName=lambdas.stack.profiles, Key={"pk": item["pk"]})
