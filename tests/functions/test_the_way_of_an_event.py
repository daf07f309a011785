"""One event's whole way through the Lambdas, each given what the one before left behind."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import react_to_changes
import run_journey_step
import update_profiles
from hub.clock import HOUR, MINUTE
from hub.deliveries import Message
from hub.events import Event, to_json
from hub.identities import profile_id_for
from hub.timers import Tick
from tests.functions.lambdas import CONNECTORS, Lambdas, forget
from tests.lambda_events import failed_of, sqs_event
from tests.moto_stack import MotoStack
from tests.shoppers import NOON, RECOVERY, TEA, identify, strategy, track

ANNA = profile_id_for(("user_id", "u-1"))
QUIET = NOON + 30 * MINUTE


@pytest.fixture
def running(stack: MotoStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lambdas]:
    """All Lambdas but the door and the connectors; the machines call run_journey_step."""
    made = Lambdas(
        stack, tmp_path, monkeypatch, NOON, step=lambda payload: run_journey_step.handler(payload, None)
    )
    made.follow(strategy())
    made.make_machine(RECOVERY)
    yield made
    made.machines.stop()
    forget()


def hand_over(lambdas: Lambdas, *bodies: object) -> None:
    """A batch of the events queue, and then the stream until it is dry."""
    assert failed_of(update_profiles.handler(sqs_event(*bodies), None)) == []
    react_to_changes.handler(lambdas.stream.batch(), None)


def told(*events: Event) -> dict[str, Any]:
    return {"events": [to_json(event) for event in events]}


def messages(lambdas: Lambdas, connector: str) -> list[Message]:
    return [Message.model_validate_json(body) for body in lambdas.queue(connector)]


def test_a_cart_left_behind_reaches_the_connectors_and_an_order_takes_it_all_back(running: Lambdas) -> None:
    added = track("Product Added", NOON, properties=TEA | {"cart_id": "c-1"})
    hand_over(running, told(identify(traits={"email": "anna@example.com"}), added))
    running.at(QUIET)

    hand_over(running, {"tick": Tick(profile_id=ANNA, at=QUIET).model_dump()})
    running.machines.until(lambda: running.machines.done == 1)

    [mail], [join] = messages(running, "amazon_ses"), messages(running, "meta_custom_audiences")
    assert (mail.journey, mail.step, mail.planned_at) == ("recovery", 0, QUIET)
    assert (join.enrollment_id, join.target) == (mail.enrollment_id, "carts")

    running.at(QUIET + HOUR)
    bought = track("Order Completed", QUIET + HOUR, properties={"order_id": "o-1", "revenue": 25})
    hand_over(running, told(bought))
    running.machines.wait_for_end("recovery")

    [off] = messages(running, "meta_custom_audiences")
    run = running.runs.get(mail.enrollment_id)
    assert run is not None
    assert (run.outcome, run.closed_at) == ("goal", QUIET + HOUR)
    assert (off.message_id, off.planned_at) == (join.message_id, QUIET + HOUR)
    assert not any(effect.wanted for effect in running.effects.of_profile(ANNA))
    assert running.machines.errors == []


def test_no_queue_and_no_execution_carries_personal_data(running: Lambdas) -> None:
    """What travels outside the tables is ids and the strategy's own words (P9)."""
    added = track("Product Added", NOON, properties=TEA | {"name": "Secret tea"})
    hand_over(running, told(identify(traits={"email": "anna@example.com", "name": "Anna Secret"}), added))
    running.at(QUIET)

    hand_over(running, {"tick": Tick(profile_id=ANNA, at=QUIET).model_dump()})
    running.machines.until(lambda: running.machines.done == 1)

    [execution] = running.machines.executions("recovery")
    queued = [body for connector in CONNECTORS for body in running.queue(connector)]
    seen = str([execution["input"], running.machines.calls, queued])
    assert len(queued) == 3
    assert "Secret" not in seen
    assert "anna@example.com" not in seen
