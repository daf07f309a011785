"""Events queue in, profiles out: batches as SQS hands them over, tables as the stack has them."""

import json
from typing import Any

import pytest

from hub import facts
from hub.aws.journey_table import JourneyStateTable
from hub.clock import MINUTE
from hub.deliveries import Delivery, Status
from hub.enrollments import Breakdown
from hub.events import Event, to_json
from hub.identities import profile_id_for
from hub.journey_states import JourneyState
from hub.profiles import Profile
from tests.functions.lambdas import Lambdas
from tests.lambda_events import failed_of, sqs_event
from tests.shoppers import NOON, TEA, identify, track
from update_profiles import handler

ANNA, BEN = profile_id_for(("user_id", "u-1")), profile_id_for(("user_id", "u-2"))
BENS: dict[str, Any] = {"user_id": "u-2", "anonymous_id": "a-2"}


def body(*events: Event) -> dict[str, Any]:
    return {"events": [to_json(event) for event in events]}


def handle(*bodies: object) -> list[str]:
    return failed_of(handler(sqs_event(*bodies), None))


def profile(lambdas: Lambdas, profile_id: str) -> Profile:
    found = lambdas.profiles.get(profile_id)
    assert found
    return found


def spoil(lambdas: Lambdas, profile_id: str) -> None:
    """What is stored of a customer can no longer be read."""
    broken = {"pk": {"S": f"profile#{profile_id}"}, "version": {"N": "1"}, "body": {"B": b"jnonsense"}}
    lambdas.dynamodb.put_item(TableName=lambdas.stack.profiles, Item=broken)


def test_events_become_a_profile(lambdas: Lambdas) -> None:
    failed = handle(
        body(identify(traits={"email": "anna@example.com"}), track("Product Viewed", NOON + 1)),
        body(track("Product Added", NOON + 2, properties=TEA)),
    )

    anna = profile(lambdas, ANNA)
    assert failed == []
    assert {kind for kind, _ in anna.identifiers} == {"user_id", "anonymous_id", "email"}
    assert anna.last_own_at == NOON + 2
    assert [key for _, key in anna.carts.lines] == ["tea"]
    assert anna.tick_at == NOON + 2 + 30 * MINUTE


@pytest.mark.parametrize("state", ["paused", "draining"])
def test_nobody_enters_a_journey_that_takes_nobody_in(lambdas: Lambdas, state: JourneyState) -> None:
    JourneyStateTable(lambdas.dynamodb, lambdas.stack.journeys).set("recovery", state, NOON)
    due = NOON + 30 * MINUTE
    handle(body(identify(), track("Product Added", NOON, properties=TEA)))

    lambdas.at(due)
    handle({"tick": {"profile_id": ANNA, "at": due}})

    assert "cart_abandoner" in profile(lambdas, ANNA).memberships
    assert profile(lambdas, ANNA).enrollments == {}


def test_a_batch_that_comes_again_changes_nothing(lambdas: Lambdas) -> None:
    batch = [body(identify(), track("Product Added", NOON + 1, properties=TEA)), body(identify(**BENS))]
    handle(*batch)
    before = profile(lambdas, ANNA), profile(lambdas, BEN)

    failed = handle(*batch)

    assert failed == []
    assert (profile(lambdas, ANNA), profile(lambdas, BEN)) == before


@pytest.mark.parametrize(
    "poison",
    [
        "no JSON at all",
        "[]",
        "null",
        "{}",
        '"events"',
        {"events": [{"type": "track"}]},
        {"events": "track"},
        {"events": [{"unheard": "of", "type": "track", "message_id": "m", "at": 1, "received_at": 1}]},
        {"deliveries": [{"message_id": "msg_1"}]},
        {"tick": {"profile_id": "p_1"}},
    ],
)
def test_a_message_that_cannot_be_read_is_a_dead_letter_and_holds_up_no_other(
    lambdas: Lambdas, poison: object
) -> None:
    failed = handle(body(identify()), poison, body(identify(**BENS)))

    [(given_up, reason)] = lambdas.dead_letters()
    assert failed == []
    assert given_up == (poison if isinstance(poison, str) else json.dumps(poison))
    assert reason.startswith("unreadable: ")
    assert profile(lambdas, ANNA).last_own_at == profile(lambdas, BEN).last_own_at == NOON


def test_one_customers_trouble_is_nobody_elses(lambdas: Lambdas) -> None:
    spoil(lambdas, ANNA)

    failed = handle(body(identify()), body(identify(**BENS)))

    assert failed == ["m-0"]
    assert profile(lambdas, BEN).last_own_at == NOON


def test_a_message_comes_again_if_only_one_of_its_customers_is_in_trouble(lambdas: Lambdas) -> None:
    spoil(lambdas, ANNA)

    failed = handle(body(identify(**BENS), identify()), body(track("Product Viewed", **BENS)))

    assert failed == ["m-0"]
    assert len(profile(lambdas, BEN).ring) == 2


def test_when_nothing_can_be_written_everything_comes_again(lambdas: Lambdas) -> None:
    lambdas.dynamodb.delete_table(TableName=lambdas.stack.profiles)

    failed = handle(body(identify()), body(identify(**BENS)))

    assert failed == ["m-0", "m-1"]


def test_time_passes_by_a_tick(lambdas: Lambdas) -> None:
    handle(body(track("Product Added", NOON, properties=TEA)))
    due = profile(lambdas, ANNA).tick_at
    lambdas.at(NOON + 30 * MINUTE)

    failed = handle({"tick": {"profile_id": ANNA, "at": due}})

    anna = profile(lambdas, ANNA)
    assert failed == []
    assert anna.memberships["cart_abandoner"] == NOON + 30 * MINUTE
    assert [one.entered_at for one in anna.enrollments.values()] == [NOON + 30 * MINUTE]


def test_how_late_a_tick_was_is_measured(lambdas: Lambdas, capsys: pytest.CaptureFixture[str]) -> None:
    handle(body(track("Product Added", NOON, properties=TEA)))
    lambdas.at(NOON + 31 * MINUTE)
    capsys.readouterr()

    handle({"tick": {"profile_id": ANNA, "at": NOON + 30 * MINUTE}})

    [line] = [json.loads(text) for text in capsys.readouterr().out.splitlines() if "TickLateness" in text]
    assert line["TickLateness"] == [pytest.approx(60, abs=5)]
    assert line["stage"] == "local"


def test_a_run_whose_machine_broke_is_ended_and_counted(
    lambdas: Lambdas, capsys: pytest.CaptureFixture[str]
) -> None:
    handle(body(track("Product Added", NOON, properties=TEA)))
    lambdas.at(NOON + 30 * MINUTE)
    handle({"tick": {"profile_id": ANNA, "at": NOON + 30 * MINUTE}})
    [run] = profile(lambdas, ANNA).enrollments
    capsys.readouterr()

    handle(json.loads(facts.write(Breakdown(ANNA, run, NOON + 30 * MINUTE))))

    assert profile(lambdas, ANNA).enrollments[run].outcome == "failed"
    assert '"RunsFailed":[1.0]' in capsys.readouterr().out.replace(" ", "")


def test_what_became_of_a_message_is_kept_with_the_customer(lambdas: Lambdas) -> None:
    handle(body(identify()))
    ids: dict[str, Any] = {"message_id": "msg_1", "profile_id": ANNA, "enrollment_id": "e-1", "journey": "j"}
    what: dict[str, Any] = {"connector": "c", "action": "a", "channel": "email", "step": 0, "at": NOON}
    bounced = Delivery(status=Status.BOUNCED, reason="no such mailbox", **ids, **what)

    failed = handle({"deliveries": [bounced.model_dump(mode="json", exclude_defaults=True)]})

    touch = profile(lambdas, ANNA).touches["msg_1"]
    assert failed == []
    assert (touch.status, touch.reason) == (Status.BOUNCED, "no such mailbox")


def test_events_of_nobody_are_let_go_and_counted(
    lambdas: Lambdas,
    capsys: pytest.CaptureFixture[str],
) -> None:
    failed = handle(body(track("Product Viewed", user_id="null"), track("Product Viewed", user_id="0")))

    assert failed == []
    assert '"NobodysEvents":[2.0]' in capsys.readouterr().out.replace(" ", "")
    assert list(lambdas.profiles.scan()) == []


def test_a_log_names_what_failed_and_where_and_tells_nothing_of_the_customer(
    lambdas: Lambdas, caplog: pytest.LogCaptureFixture
) -> None:
    """An exception's own text may hold whatever was in the event (P9)."""
    spoil(lambdas, ANNA)
    secret = identify(traits={"email": "anna@example.com"})

    handle(body(secret), {"events": [{"type": "track", "email": "anna@example.com"}]})

    unabsorbed, unread = map(vars, caplog.records)
    said = str(unread) + str(unabsorbed)
    assert unread["reason"].startswith("unreadable: TypeError in events.py:")
    assert unabsorbed["error"] == "JSONDecodeError"
    assert "profile_table.py" in unabsorbed["where"]
    assert "anna@example.com" not in said
    assert "Expecting value" not in said


def test_identifiers_that_do_not_count_are_counted(
    lambdas: Lambdas, capsys: pytest.CaptureFixture[str]
) -> None:
    addresses = [identify(NOON + place, traits={"email": f"a{place}@example.com"}) for place in range(7)]

    failed = handle(body(*addresses))

    assert failed == []
    assert '"IdentifiersRefused":[2.0]' in capsys.readouterr().out.replace(" ", "")
    assert len(profile(lambdas, ANNA).identifiers) == 2 + 5
