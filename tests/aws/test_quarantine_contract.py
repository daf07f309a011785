"""The quarantine store: the bucket and its stand-in, held to the same."""

import gzip
from typing import Any

import boto3
import pytest

from hub.aws.quarantine import QuarantineBucket
from hub.clock import DAY
from hub.ports import Quarantine
from hub.quarantine import Quarantined
from hub.strategy.violations import Violation
from tests.fakes import FakeQuarantine
from tests.moto_stack import MotoStack
from tests.shoppers import NOON, identify, track

MISSING = Violation("order_id", "is missing", quarantines=True, place="order_id")


@pytest.fixture(params=["bucket", "fake"])
def store(request: pytest.FixtureRequest) -> Quarantine:
    if request.param == "fake":
        return FakeQuarantine()
    stack: MotoStack = request.getfixturevalue("stack")
    return QuarantineBucket(boto3.client("s3"), stack.archive)


def aside(name: str = "Order Refunded", at: int = NOON, **fields: Any) -> Quarantined:
    planned = fields.pop("planned", True)
    return Quarantined(event=track(name, at, **fields), violations=(MISSING,), at=at + 5_000, planned=planned)


def kept(store: Quarantine, event: str | None = None) -> list[Quarantined]:
    found = [one for parcel in store.parcels(event) for one in parcel.kept]
    return sorted(found, key=lambda one: (one.event.name, one.event.at))


def test_what_is_kept_is_found_as_it_was(store: Quarantine) -> None:
    refund = aside(properties={"total": 5, "note": "děkuji ☕"}, traits={"email": "anna@shop.example"})
    login = Quarantined(event=identify(), violations=(MISSING, MISSING), at=NOON)

    store.keep([refund, login])

    assert kept(store) == [login, refund]
    assert [one.violations[0].place for one in kept(store)] == ["order_id", "order_id"]


def test_the_same_events_again_change_nothing(store: Quarantine) -> None:
    batch = [aside(), aside(at=NOON + 1), aside("Product Viewed"), aside(at=NOON + 2 * DAY)]
    store.keep(batch)

    store.keep(list(reversed(batch)))

    assert len(kept(store)) == 4
    assert len(list(store.parcels())) == 3


def test_one_events_parcels_are_found_by_its_name(store: Quarantine) -> None:
    store.keep([aside("a/b: ä"), aside("a"), aside("Invented", planned=False), aside("!unplanned")])

    assert {
        name: [one.event.name for one in kept(store, name)] for name in ("a/b: ä", "a", "Invented", "b")
    } == {
        "a/b: ä": ["a/b: ä"],
        "a": ["a"],
        "Invented": ["Invented"],
        "b": [],
    }


def test_of_a_parcel_only_what_remains_is_kept(store: Quarantine) -> None:
    store.keep([aside(), aside(at=NOON + 1)])
    [parcel] = store.parcels()

    store.settle(parcel, parcel.kept[1:])
    remaining = kept(store)
    store.settle(parcel, [])

    assert remaining == list(parcel.kept[1:])
    assert kept(store) == []


def test_a_parcel_that_somebody_else_settled_meanwhile_is_no_error(store: Quarantine) -> None:
    store.keep([aside()])
    [parcel] = store.parcels()
    store.settle(parcel, [])

    store.settle(parcel, [])

    assert kept(store) == []


def test_keys_say_the_planned_event_and_the_day_and_nothing_personal(stack: MotoStack) -> None:
    s3 = boto3.client("s3")
    store = QuarantineBucket(s3, stack.archive)

    store.keep([aside("Order Refunded"), aside("Viewed by anna@shop.example", planned=False)])

    keys = sorted(one["Key"] for one in s3.list_objects_v2(Bucket=stack.archive)["Contents"])
    folders = [key.rpartition("/")[0] for key in keys]
    assert folders == ["quarantine/!unplanned/2026/11/21", "quarantine/Order%20Refunded/2026/11/21"]
    assert all(key.endswith(".ndjson.gz") for key in keys)
    lines = gzip.decompress(s3.get_object(Bucket=stack.archive, Key=keys[1])["Body"].read())
    assert lines.count(b"\n") == 1


def test_more_parcels_than_a_page_of_the_bucket_are_all_found(stack: MotoStack) -> None:
    store = QuarantineBucket(boto3.client("s3"), stack.archive)
    for number in range(1_003):
        store.keep([aside(at=NOON + number)])

    assert len(kept(store)) == 1_003
