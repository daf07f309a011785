"""A batch of a queue that lags: time passes for nobody beyond what she did, in whatever order it is told."""

from collections.abc import Sequence
from typing import Any

import pytest

from hub.aws.profile_table import ProfileTable
from hub.clock import HOUR, MINUTE
from hub.errors import Conflict
from hub.events import Event, to_json
from hub.identities import Identifier, profile_id_for
from hub.leads import Lead
from tests.functions.lambdas import Lambdas
from tests.lambda_events import failed_of, sqs_event
from tests.shoppers import NOON, TEA, identify, track
from update_profiles import handler

ANNA = profile_id_for(("user_id", "u-1"))
PURCHASE = track("Order Completed", NOON + 10 * MINUTE, properties={"order_id": "o-1", "revenue": 10})


def body(*events: Event) -> dict[str, Any]:
    return {"events": [to_json(event) for event in events]}


def tick(minute: int) -> dict[str, Any]:
    return {"tick": {"profile_id": ANNA, "at": NOON + minute * MINUTE}}


def handle(*bodies: object, receives: int = 1) -> list[str]:
    return failed_of(handler(sqs_event(*bodies, receives=receives), None))


@pytest.fixture
def lagging(lambdas: Lambdas) -> Lambdas:
    """Anna filled her cart at noon; it is one o'clock before anything more is heard."""
    assert handle(body(identify(), track("Product Added", NOON, properties=TEA))) == []
    lambdas.at(NOON + HOUR)
    return lambdas


def runs(lambdas: Lambdas) -> list[str]:
    anna = lambdas.profiles.get(ANNA)
    assert anna
    return [one.journey for one in anna.enrollments.values()]


BATCHES = {"purchase first": [body(PURCHASE), tick(30)], "timer first": [tick(30), body(PURCHASE)]}


@pytest.mark.parametrize("order", BATCHES)
def test_who_bought_in_time_enters_nothing(lagging: Lambdas, order: str) -> None:
    assert handle(*BATCHES[order]) == []

    assert runs(lagging) == []


def test_who_did_not_buy_enters(lagging: Lambdas) -> None:
    assert handle(tick(30)) == []

    assert runs(lagging) == ["recovery"]


@pytest.mark.parametrize("order", BATCHES)
def test_a_timer_waits_for_a_purchase_that_must_come_again(
    lagging: Lambdas, monkeypatch: pytest.MonkeyPatch, order: str
) -> None:
    batch = BATCHES[order]
    with monkeypatch.context() as throttled:
        throttled.setattr(ProfileTable, "leads", no_leads)
        assert handle(*batch) == ["m-0", "m-1"]
    assert runs(lagging) == []

    assert handle(*batch) == []
    assert runs(lagging) == []


@pytest.mark.usefixtures("lagging")
@pytest.mark.parametrize(("minute", "receives"), [(9, 1), (30, 5)], ids=["of before it", "for the last time"])
def test_a_timer_does_not_wait(monkeypatch: pytest.MonkeyPatch, minute: int, receives: int) -> None:
    monkeypatch.setattr(ProfileTable, "leads", no_leads)

    assert handle(tick(minute), body(PURCHASE), receives=receives) == ["m-1"]


def no_leads(_: ProfileTable, identifiers: Sequence[Identifier]) -> dict[Identifier, Lead]:
    """Nobody is to be had by name."""
    if identifiers:
        raise Conflict("somebody else is at it")
    return {}
