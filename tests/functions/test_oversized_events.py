"""Events as large as the door lets in: who sends them is a customer like others, and holds up nobody.

A write key stands in every web page, so anybody may send them. Deflated they are small where the profile is
kept; whatever is written out of it must stay within what its table takes, or the stream's shard stands still.
"""

import json
from typing import Any

import pytest

import react_to_changes
import update_profiles
from hub import facts
from hub.aws.facts_queue import FactsQueue
from hub.clock import MINUTE
from hub.events import Event, accept, to_json
from hub.evidence import LARGEST
from hub.identities import profile_id_for
from hub.ingestion.batches import MAX_MESSAGE
from hub.profiles import Profile
from hub.recalling import Recall
from hub.strategy.strategy import Strategy
from hub.timers import Tick
from tests.functions.lambdas import Lambdas
from tests.lambda_events import failed_of, sqs_event
from tests.shoppers import CART_ABANDONER, NOON, RECOVERY, REMINDER, TEA, track

ROBOT, ANNA = profile_id_for(("anonymous_id", "robot")), profile_id_for(("user_id", "u-1"))
QUIET = NOON + 31 * MINUTE
SAYING = {
    "name": "saying",
    "description": "Said something.",
    "when": {
        "any": [
            {"first": "coupon", "of": "Order Completed", "within": "30d", "exists": True},
            {"last": "affiliation", "of": "Order Completed", "exists": True},
            {"trait": "note", "exists": True},
        ]
    },
}


@pytest.fixture(autouse=True)
def _strategy(lambdas: Lambdas) -> None:
    written: dict[str, Any] = {"segments": [CART_ABANDONER, SAYING], "journeys": [RECOVERY]}
    lambdas.follow(Strategy.model_validate({**written, "templates": {"reminder": REMINDER}}))
    lambdas.make_machine(RECOVERY)


def essays(name: str, *long: str, **said: Any) -> list[Event]:
    """Messages of the robot's, each as large as the door takes, in which some properties are endless faces.

    They are the worst there is: four bytes each as they are sent, twelve as JSON spells them in a table.
    """
    return [_essay(name, place, dict.fromkeys(long, "\U0001f600"), said) for place in range(15)]


def _essay(name: str, place: int, long: dict[str, str], said: dict[str, Any]) -> Event:
    length = (MAX_MESSAGE - 500) // 4 // len(long)
    told = {**said, **{key: f"{place} {face * length}" for key, face in long.items()}}
    kind = (
        {"type": "track", "event": name, "properties": told} if name else {"type": "identify", "traits": told}
    )
    message = {**kind, "anonymousId": "robot", "messageId": f"{name} {place}"}
    size = len(json.dumps(message, ensure_ascii=False).encode())
    assert MAX_MESSAGE - 1_000 < size <= MAX_MESSAGE
    return accept(message, received_at=NOON + place, source="website")


def told(*events: Event) -> list[dict[str, Any]]:
    """A message of the queue for each."""
    return [{"events": [to_json(event)]} for event in events]


def tick(profile_id: str) -> dict[str, Any]:
    return {"tick": Tick(profile_id=profile_id, at=QUIET).model_dump()}


def hand_over(lambdas: Lambdas, *bodies: object) -> None:
    """A batch of the events queue, and then the stream until it is dry."""
    assert failed_of(update_profiles.handler(sqs_event(*bodies), None)) == []
    react_to_changes.handler(lambdas.stream.batch(), None)


def evidence(lambdas: Lambdas, segment: str, profile_id: str) -> dict[str, Any]:
    member = lambdas.members.member(segment, profile_id)
    assert member is not None
    return dict(member.evidence)


def profile(lambdas: Lambdas, profile_id: str) -> Profile:
    found = lambdas.profiles.get(profile_id)
    assert found
    return found


@pytest.mark.parametrize(
    "long", [["name"], ["cart_id", "url"], ["product_id", "sku", "brand"]], ids=", ".join
)
def test_a_cart_of_essays_begins_a_run_and_so_does_the_cart_beside_it(
    lambdas: Lambdas, long: list[str]
) -> None:
    robots = essays("Product Added", *long, **({} if "product_id" in long else {"product_id": "tea"}))
    hand_over(lambdas, *told(*robots, track("Product Added", NOON, properties=TEA | {"cart_id": "c-1"})))
    lambdas.at(QUIET)

    # Both enter in one batch of the stream, the robot first.
    hand_over(lambdas, tick(ROBOT), tick(ANNA))

    runs = [one for who in (ROBOT, ANNA) for one in profile(lambdas, who).enrollments.values()]
    started = [json.loads(one["input"])["profile_id"] for one in lambdas.machines.executions("recovery")]
    assert len(runs) == 2
    assert sorted(started) == sorted([ROBOT, ANNA])
    assert len(json.dumps(evidence(lambdas, "cart_abandoner", ROBOT))) <= LARGEST
    assert "cut" not in evidence(lambdas, "cart_abandoner", ANNA)
    assert lambdas.queue("events-dead") == []


@pytest.mark.parametrize(
    "sent",
    [
        essays("Order Completed", "coupon", "affiliation", "order_id", revenue=1),
        essays("", "note", "name"),
    ],
    ids=["orders", "traits"],
)
def test_what_a_rule_asks_for_may_be_an_essay(lambdas: Lambdas, sent: list[Event]) -> None:
    annas = track("Order Completed", NOON, properties={"coupon": "TEA"})

    hand_over(lambdas, *told(*sent, annas))

    assert len(json.dumps(evidence(lambdas, "saying", ROBOT))) <= LARGEST
    assert evidence(lambdas, "saying", ANNA)["any"][0]["value"] == "TEA"
    assert lambdas.queue("events-dead") == []


def test_what_a_back_fill_recalls_of_them_goes_through_the_queue(lambdas: Lambdas) -> None:
    recalls = [
        Recall(event, ("of some rule",)) for event in essays("Product Added", "name", product_id="tea")
    ]
    packs = [recalls[start : start + 4] for start in range(0, len(recalls), 4)]

    FactsQueue(lambdas.sqs, lambdas.stack.queue("events")).put(packs)

    assert [facts.read(body) for body in lambdas.queue("events")] == packs
