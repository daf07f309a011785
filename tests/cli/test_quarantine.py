"""`hub quarantine`: what was set aside, and its way back into the events queue."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from click.testing import CliRunner, Result

from cli import main
from cli.quarantine import store
from cli.target import Target
from hub import facts
from hub.clock import HOUR, MINUTE, format_instant, real_now
from hub.events import Event
from hub.screening import Screen
from hub.strategy.policy import Policy
from hub.strategy.tracking_plan import TrackingPlan
from tests.cli.hub_on_aws import hub_on_aws, write_strategy
from tests.shoppers import NOON, track

STRICT = """
events:
  Order Refunded:
    required: [order_id]
    properties: {products: {items: {properties: {price: {type: number, on_violation: quarantine}}}}}
  Order Completed: {}
  Product Viewed: {}
"""
PRICES: dict[str, Any] = {"products": [{"price": "1"}, {"price": "2"}]}


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Target]:
    with hub_on_aws(monkeypatch) as target:
        yield target


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    written = write_strategy(tmp_path / "strategy")
    (written / "tracking_plan.yaml").write_text(STRICT)
    return written


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main.hub, [*map(str, arguments), "--stage", "dev"])


def shown(*arguments: object) -> Any:
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def set_aside(hub: Target, *events: Event) -> None:
    written: dict[str, Any] = {
        "required": ["order_id"],
        "properties": {"products": {"items": {"properties": {"price": {"type": "number"}}}}},
    }
    screen = Screen(TrackingPlan.model_validate({"events": {"Order Refunded": written}}), Policy())
    store(hub).keep([screen.set_aside(one, NOON) for one in events])


def queued(hub: Target) -> list[Event]:
    sqs: Any = boto3.client("sqs")
    got = sqs.receive_message(QueueUrl=hub.output("EventsQueueUrl"), MaxNumberOfMessages=10).get(
        "Messages", []
    )
    return [fact for one in got for fact in facts.read(one["Body"]) if isinstance(fact, Event)]


def test_what_is_set_aside_is_listed_by_event_and_rule(hub: Target) -> None:
    first, second = track("Order Refunded", NOON), track("Order Refunded", NOON + HOUR, properties=PRICES)
    set_aside(hub, first, second)
    times = {
        "first_received": format_instant(first.received_at),
        "last_received": format_instant(second.received_at),
    }

    rows = shown("quarantine", "list")

    wrong = {"path": "products.*.price", "rule": "is string, not number"}
    assert rows == [
        {"event": "Order Refunded", "path": "order_id", "rule": "is missing", "events": 2, **times},
        {"event": "Order Refunded", **wrong, "events": 1, **times, "first_received": times["last_received"]},
    ]
    assert shown("quarantine", "list", "--event", "Product Viewed") == []
    assert "nothing is set aside" in run("quarantine", "list", "--event", "Product Viewed").stdout


def test_what_fits_the_plan_of_today_is_sent_and_is_gone(hub: Target, directory: Path) -> None:
    good, bad = track("Order Refunded", NOON), track("Order Refunded", NOON + MINUTE, properties=PRICES)
    set_aside(hub, good, bad)
    (directory / "tracking_plan.yaml").write_text(
        STRICT.replace("required: [order_id]", "description: She sent it back.")
    )

    dry = shown("quarantine", "redrive", "--strategy", directory, "--dry-run")
    done = shown("quarantine", "redrive", "--strategy", directory)
    again = run("quarantine", "redrive", "--strategy", directory)

    assert dry == {"sent": 1, "kept": 1, "dry_run": True}
    assert done == {"sent": 1, "kept": 1, "dry_run": False}
    assert again.stdout == "0 events were sent, 1 still breaks the plan\n"
    [sent] = queued(hub)
    assert (sent.message_id, sent.at) == (good.message_id, good.at)
    assert abs(sent.received_at - real_now()) < MINUTE
    assert sum(row["events"] for row in shown("quarantine", "list")) == 2


def test_an_empty_quarantine_has_nothing_to_send(hub: Target, directory: Path) -> None:
    assert run("quarantine", "redrive", "--strategy", directory).stdout == "nothing is set aside\n"
    assert queued(hub) == []
