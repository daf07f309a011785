"""Every connector's Lambda against its played vendor: on, off, and when the vendor misbehaves."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from cli.sandbox.failures import Plan
from cli.sandbox.server import Server
from hub.deliveries import Status
from tests.functions.connector_desk import ConnectorDesk, open_desk, running_sandbox
from tests.moto_stack import MotoStack

Open = Callable[[str], ConnectorDesk]
ATTRIBUTES = {"open_cart": "{{ cart.summary }}", "cart_value": "{{ cart.value }}"}
LEVELS: list[tuple[str, str, dict[str, Any]]] = [
    ("meta_custom_audiences", "join", {"audience": "cart_abandoners"}),
    ("google_ads", "join", {"audience": "cart_abandoners"}),
    ("display_video_360", "join", {"audience": "cart_abandoners"}),
    ("optimizely", "update_profile", {"attributes": ATTRIBUTES}),
    ("intercom", "update_contact", {"attributes": ATTRIBUTES, "note": "cart_summary"}),
]
SENDS: list[tuple[str, str, dict[str, Any]]] = [
    ("amazon_ses", "send_email", {"template": "cart_reminder"}),
    ("webhook", "post", {"data": {"cart": "{{ cart.cart_id }}"}}),
]
each_level = pytest.mark.parametrize(("slug", "action", "params"), LEVELS, ids=[one[0] for one in LEVELS])
each_send = pytest.mark.parametrize(("slug", "action", "params"), SENDS, ids=[one[0] for one in SENDS])
everything = pytest.mark.parametrize(
    ("slug", "action", "params"), LEVELS + SENDS, ids=[one[0] for one in LEVELS + SENDS]
)


@pytest.fixture
def sandbox() -> Iterator[Server]:
    with running_sandbox() as server:
        yield server


@pytest.fixture
def desk(
    stack: MotoStack,
    sandbox: Server,
    tmp_path: Path,
    strategy_directory: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Open:
    return lambda slug: open_desk(slug, stack, sandbox, tmp_path, strategy_directory, monkeypatch)


@each_level
def test_a_level_is_turned_on_and_off_and_the_vendor_takes_both(
    desk: Open, slug: str, action: str, params: dict[str, Any]
) -> None:
    at = desk(slug)
    message = at.message(action, **params)

    assert at.turn_on(message) == []
    on = [one.status for one in at.deliveries]
    assert at.turn_off(message) == []
    off = [one.status for one in at.deliveries]

    assert (on, off) == ([Status.ON], [Status.OFF])
    assert at.requests
    assert all(status < 300 for *_, status in at.requests)


@each_send
def test_a_message_is_sent_once_also_when_it_comes_twice(
    desk: Open, slug: str, action: str, params: dict[str, Any]
) -> None:
    at = desk(slug)
    message = at.message(action, **params)

    assert at.deliver(message) == []
    assert at.deliver(message) == []

    assert len(at.requests) == 1
    assert [one.status for one in at.deliveries] == [Status.SENT, Status.SENT]


@everything
@pytest.mark.parametrize("trouble", [{"status": 500}, {"mode": "throttle"}], ids=["broken", "busy"])
def test_a_broken_or_busy_vendor_is_asked_again(
    desk: Open, slug: str, action: str, params: dict[str, Any], trouble: dict[str, Any]
) -> None:
    at = desk(slug)
    message = at.message(action, **params)
    at.sandbox.stage.fail(Plan(connector=slug, **trouble))

    [_] = at.turn_on(message)
    first = at.deliveries
    assert at.deliver(message) == []

    assert first == []
    assert [one.status for one in at.deliveries] in ([Status.SENT], [Status.ON])


@everything
def test_a_credential_that_dies_for_a_moment_is_read_afresh(
    desk: Open, slug: str, action: str, params: dict[str, Any]
) -> None:
    at = desk(slug)
    at.sandbox.stage.fail(Plan(connector=slug, mode="auth"))

    assert at.turn_on(at.message(action, **params)) == []

    assert [one.status for one in at.deliveries] in ([Status.SENT], [Status.ON])


@everything
def test_a_dead_credential_loses_nothing(desk: Open, slug: str, action: str, params: dict[str, Any]) -> None:
    at = desk(slug)
    message = at.message(action, **params)
    at.sandbox.stage.fail(Plan(connector=slug, mode="auth", times=2))

    [_] = at.turn_on(message)
    meanwhile = at.deliveries
    assert at.deliver(message) == []

    assert meanwhile == []
    assert [one.status for one in at.deliveries] in ([Status.SENT], [Status.ON])


def test_a_letter_whose_answer_is_lost_is_unknown_and_never_sent_again(desk: Open) -> None:
    at = desk("amazon_ses")
    message = at.message("send_email", template="cart_reminder")
    at.sandbox.stage.fail(Plan(connector="amazon_ses", mode="timeout", seconds=0.2))

    at.deliver(message)
    at.deliver(message)

    assert len(at.requests) == 1
    assert [one.status for one in at.deliveries] == [Status.UNKNOWN, Status.UNKNOWN]


@each_level
def test_a_level_whose_answer_is_lost_is_told_again(
    desk: Open, slug: str, action: str, params: dict[str, Any]
) -> None:
    at = desk(slug)
    message = at.message(action, **params)
    at.sandbox.stage.fail(Plan(connector=slug, mode="timeout", seconds=0.2))

    [_] = at.turn_on(message)
    assert at.deliver(message) == []

    assert [one.status for one in at.deliveries] == [Status.ON]


def test_a_letter_carries_the_cart_and_a_way_to_unsubscribe(desk: Open) -> None:
    at = desk("amazon_ses")

    at.deliver(at.message("send_email", template="cart_reminder"))

    [(_, path, body, _)] = at.requests
    simple = body["Content"]["Simple"]
    headers = {header["Name"]: header["Value"] for header in simple["Headers"]}
    assert path == "/v2/email/outbound-emails"
    assert "Green tea" in simple["Body"]["Html"]["Data"]
    assert "Green tea" in simple["Body"]["Text"]["Data"]
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert headers["List-Unsubscribe"].startswith("<https://hub.example.com/hooks/amazon_ses?token=")


def test_the_site_asks_nobody(desk: Open) -> None:
    at = desk("site")
    message = at.message("show", slot="welcome", content="cart_welcome")

    at.turn_on(message)
    at.turn_off(message)

    assert at.requests == []
    assert sorted(one.status for one in at.deliveries) == [Status.OFF, Status.ON]


def test_after_the_goal_a_letter_is_withheld(desk: Open) -> None:
    at = desk("amazon_ses")
    message = at.message("send_email", template="cart_reminder").model_copy(
        update={"enrollment_id": "closed"}
    )

    assert at.deliver(message) == []

    [delivery] = at.deliveries
    assert (delivery.status, delivery.reason) == (Status.WITHHELD, "not in the journey")
    assert at.requests == []


def test_what_is_no_message_goes_to_the_dead_letter_queue_and_the_others_go_their_way(desk: Open) -> None:
    at = desk("amazon_ses")
    good = at._record(at.message("send_email", template="cart_reminder").model_dump_json())
    bad = at._record('{"hello": 1}')

    failed = at.deliver_records([bad, good])

    assert failed == [bad["messageId"]]
    assert [one.status for one in at.deliveries] == [Status.SENT]


def test_numbers_of_the_batch_are_one_line_without_personal_data(
    desk: Open, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    at = desk("meta_custom_audiences")
    message = at.message("join", audience="cart_abandoners")
    at.turn_on(message)
    at.sandbox.stage.fail(Plan(connector="meta_custom_audiences", status=500))
    at.turn_off(message)
    at.deliver(message)

    metrics, log = capsys.readouterr().out, str([record.__dict__ for record in caplog.records])
    assert all(f'"{name}"' in metrics for name in ("LevelsOn", "Retried", "LevelsOff", "TimeToOff"))
    assert "messages put back" in log
    assert "anna" not in (metrics + log).lower()
    assert "+316" not in metrics + log


def test_waiting_in_the_queue_is_sqs_work(desk: Open) -> None:
    """A message that came back is hidden, not gone."""
    at = desk("amazon_ses")
    at.sandbox.stage.fail(Plan(connector="amazon_ses", status=500))

    at.deliver(at.message("send_email", template="cart_reminder"))

    attributes = boto3.client("sqs").get_queue_attributes(
        QueueUrl=at.stack.queue("amazon_ses"), AttributeNames=["ApproximateNumberOfMessagesNotVisible"]
    )["Attributes"]
    assert attributes["ApproximateNumberOfMessagesNotVisible"] == "1"
