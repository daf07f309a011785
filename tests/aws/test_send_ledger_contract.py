"""What `hub.ports.SendLedger` promises, held against the table and against its fake."""

import pytest

from hub.aws.send_ledger import KEPT, SendLedgerTable
from hub.clock import SECOND
from hub.errors import Conflict
from hub.ports import LedgerEntry
from tests.fakes_delivery import FakeSendLedger

Ledger = SendLedgerTable | FakeSendLedger
SENT = LedgerEntry(state="sent", at=2_000, vendor_id="v1")
FAILED = LedgerEntry(state="failed", at=2_000, reason="MessageRejected: no")
WITHHELD = LedgerEntry(state="withheld", at=1_000, reason="converted")
UNKNOWN = LedgerEntry(state="unknown", at=2_000, reason="no answer")


@pytest.fixture(params=["fake", "moto"])
def ledger(request: pytest.FixtureRequest) -> Ledger:
    if request.param == "fake":
        return FakeSendLedger()
    return SendLedgerTable(request.getfixturevalue("dynamodb"), request.getfixturevalue("stack").journeys)


def test_only_the_first_may_send(ledger: Ledger) -> None:
    first, second = ledger.begin("msg_1", 1_000), ledger.begin("msg_1", 1_500)

    assert first is None
    assert second == LedgerEntry(state="sending", at=1_000)


@pytest.mark.parametrize("end", [SENT, FAILED, UNKNOWN], ids=lambda end: end.state)
def test_how_it_ended_is_what_a_twin_finds(ledger: Ledger, end: LedgerEntry) -> None:
    ledger.begin("msg_1", 1_000)

    ledger.settle("msg_1", end)

    assert ledger.begin("msg_1", 9_000) == end


def test_what_is_withheld_was_never_begun_and_has_ended(ledger: Ledger) -> None:
    first = ledger.withhold("msg_1", WITHHELD)

    assert first is None
    assert ledger.begin("msg_1", 9_000) == WITHHELD
    assert ledger.withhold("msg_1", LedgerEntry(state="withheld", at=9_000, reason="expired")) == WITHHELD


def test_what_a_twin_has_begun_cannot_be_withheld(ledger: Ledger) -> None:
    ledger.begin("msg_1", 1_000)

    assert ledger.withhold("msg_1", WITHHELD) == LedgerEntry(state="sending", at=1_000)
    ledger.settle("msg_1", SENT)
    assert ledger.withhold("msg_1", WITHHELD) == SENT


def test_what_certainly_had_no_effect_may_begin_again(ledger: Ledger) -> None:
    ledger.begin("msg_1", 1_000)

    ledger.release("msg_1")

    assert ledger.begin("msg_1", 9_000) is None


def test_knowledge_replaces_unknown(ledger: Ledger) -> None:
    ledger.begin("msg_1", 1_000)
    ledger.settle("msg_1", UNKNOWN)

    ledger.settle("msg_1", SENT)

    assert ledger.begin("msg_1", 9_000) == SENT


@pytest.mark.parametrize("later", [UNKNOWN, FAILED], ids=lambda end: end.state)
def test_an_end_is_an_end(ledger: Ledger, later: LedgerEntry) -> None:
    ledger.begin("msg_1", 1_000)
    ledger.settle("msg_1", SENT)

    with pytest.raises(Conflict):
        ledger.settle("msg_1", later)
    with pytest.raises(Conflict):
        ledger.release("msg_1")

    assert ledger.begin("msg_1", 9_000) == SENT


def test_nothing_ends_that_was_not_begun(ledger: Ledger) -> None:
    with pytest.raises(Conflict):
        ledger.settle("msg_1", SENT)
    with pytest.raises(Conflict):
        ledger.release("msg_1")


def test_a_row_outlives_every_queue_its_message_could_come_back_from(request: pytest.FixtureRequest) -> None:
    dynamodb, table = request.getfixturevalue("dynamodb"), request.getfixturevalue("stack").journeys
    ledger = SendLedgerTable(dynamodb, table)

    ledger.begin("msg_1", 1_000_000)

    key = {"pk": {"S": "message#msg_1"}, "sk": {"S": "ledger"}}
    item = dynamodb.get_item(TableName=table, Key=key)["Item"]
    assert item["expires_at"] == {"N": str((1_000_000 + KEPT) // SECOND)}
