"""A machine's state begins: what its Lambda asks of whom, with payloads as the machine sends them."""

import json
from typing import Any

import update_profiles
from hub import facts
from hub.clock import HOUR
from hub.deliveries import Delivery, Message, Status
from hub.enrollments import Enrollment
from hub.events import to_json
from hub.identities import profile_id_for
from hub.profiles import Profile
from hub.strategy.journeys import Journey
from run_journey_step import handler
from tests.functions.lambdas import Lambdas
from tests.lambda_events import sqs_event
from tests.shoppers import NOON, RECOVERY, TEA, track

ANNA = profile_id_for(("user_id", "u-1"))
ENROLLMENT = Enrollment(
    enrollment_id="recovery-1",
    journey="recovery",
    key="c-1",
    entered_at=NOON,
    ends_at=NOON + 72 * HOUR,
    arm="treated",
)
IDS = {"enrollment_id": "recovery-1", "profile_id": ANNA, "journey": "recovery"}


def enroll(lambdas: Lambdas, quantity: int = 2) -> Profile:
    """Anna has a cart of 12.50 a piece and is in the journey."""
    added = track("Product Added", NOON, properties=TEA | {"quantity": quantity})
    update_profiles.handler(sqs_event({"events": [to_json(added)]}), None)
    anna = lambdas.profiles.get(ANNA)
    assert anna
    anna.enrollments[ENROLLMENT.enrollment_id] = ENROLLMENT
    lambdas.profiles.put(anna)
    lambdas.runs.open(ENROLLMENT, ANNA)
    return anna


def step(number: int) -> dict[str, Any]:
    """The payload as the compiled machine's state has it, after a journey through JSON."""
    definition = Journey.model_validate(RECOVERY).steps[number].model_dump(mode="json", by_alias=True)
    payload = {"do": "step", "step": number, "definition": definition, "token": f"token-{number}", **IDS}
    told: dict[str, Any] = json.loads(json.dumps(payload))
    return told


def messages(lambdas: Lambdas, connector: str) -> list[Message]:
    return [Message.model_validate_json(body) for body in lambdas.queue(connector)]


def test_a_step_asks_each_connector_and_leaves_the_state_waiting(lambdas: Lambdas) -> None:
    enroll(lambdas)

    handler(step(0), None)

    [mail], [join], [show] = (
        messages(lambdas, one) for one in ("amazon_ses", "meta_custom_audiences", "site")
    )
    run = lambdas.runs.get("recovery-1")
    assert (mail.verb, mail.params, mail.planned_at) == ("send", {"template": "reminder"}, NOON)
    assert (join.verb, join.target, show.target) == ("join", "carts", "welcome")
    assert run is not None
    assert (run.step, run.token, run.levels) == (0, "token-0", (join, show))


def test_what_a_step_turns_on_is_wanted_before_its_connector_is_told(lambdas: Lambdas) -> None:
    enroll(lambdas)

    handler(step(0), None)

    wanted = {effect.key.connector: effect.wanted_by for effect in lambdas.effects.of_profile(ANNA)}
    assert wanted == dict.fromkeys(("meta_custom_audiences", "site"), frozenset({"recovery-1"}))


def test_a_repeated_step_asks_for_the_same_messages_by_the_same_ids(lambdas: Lambdas) -> None:
    """The connector's ledger knows a message by its id; a step may be run again after a crash anywhere."""
    enroll(lambdas)

    handler(step(0), None)
    once = messages(lambdas, "amazon_ses")
    handler(step(0), None)

    assert messages(lambdas, "amazon_ses") == once


def test_a_condition_that_does_not_hold_is_a_delivery_withheld(lambdas: Lambdas) -> None:
    enroll(lambdas, quantity=1)

    handler(step(1), None)

    [body] = lambdas.queue("events")
    [held] = facts.read(body)
    assert lambdas.queue("amazon_ses") == []
    assert isinstance(held, Delivery)
    assert (held.status, held.reason, held.step) == (Status.WITHHELD, "condition not met", 1)


def test_closing_turns_everything_off_once_and_for_all(lambdas: Lambdas) -> None:
    enroll(lambdas)
    handler(step(0), None)
    on = messages(lambdas, "meta_custom_audiences")
    lambdas.at(NOON + HOUR)

    handler({"do": "close", "outcome": "ended", **IDS}, None)

    [off] = messages(lambdas, "meta_custom_audiences")
    run = lambdas.runs.get("recovery-1")
    assert not any(effect.wanted for effect in lambdas.effects.of_profile(ANNA))
    assert (off.message_id, off.target) == (on[0].message_id, "carts")
    assert NOON + HOUR <= off.planned_at < NOON + 2 * HOUR
    assert run is not None
    assert run.outcome == "ended"


def test_a_step_after_the_end_asks_for_nothing(lambdas: Lambdas) -> None:
    enroll(lambdas)
    handler(step(0), None)
    handler({"do": "close", "outcome": "exit", **IDS}, None)
    for connector in ("amazon_ses", "meta_custom_audiences", "site"):
        lambdas.queue(connector)

    handler(step(1), None)

    assert lambdas.queue("amazon_ses") == []
    assert not any(effect.wanted for effect in lambdas.effects.of_profile(ANNA))


def test_closing_a_run_that_never_was_is_no_error(lambdas: Lambdas) -> None:
    handler({"do": "close", "outcome": "failed", **IDS}, None)

    assert lambdas.runs.get("recovery-1") is None
