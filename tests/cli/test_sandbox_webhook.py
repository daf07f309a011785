from typing import Any

import pytest
from standardwebhooks import Webhook

from cli.sandbox.vendors.webhook import SECRET, sign
from cli.sandbox.wire import Request
from hub.clock import real_now
from tests.cli.vendor_requests import ask

BODY = b'{"type":"customer.updated","timestamp":"2026-11-21T10:00:00Z","data":{"customer_id":"cust-42"}}'


def signed(body: bytes = BODY, *, age: int = 0, changes: dict[str, str] | None = None) -> Request:
    now = real_now()
    stamp = str(now // 1_000 - age)
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": stamp,
        "webhook-signature": sign("msg_1", stamp, body),
    }
    return Request(method="POST", path="/", headers=headers | (changes or {}), raw=body, received_at=now)


def test_the_signature_is_the_one_the_specification_publishes() -> None:
    assert sign("msg_2cdh0001", "1795255200", BODY) == "v1,RL63B8wyR8xZ/JoTukmFwSNbApWL4XObTXqF0aRQxp8="


def test_a_signed_webhook_is_taken() -> None:
    assert ask("webhook", signed()).status == 204


def test_the_specifications_own_library_agrees() -> None:
    asked = signed()

    assert Webhook(SECRET).verify(asked.raw, dict(asked.headers))["type"] == "customer.updated"


def test_one_of_several_signatures_is_enough() -> None:
    right = signed().header("webhook-signature")

    assert ask("webhook", signed(changes={"webhook-signature": f"v1,b2xkIHNlY3JldA== {right}"})).status == 204


@pytest.mark.parametrize(
    "asked",
    [
        signed(changes={"webhook-signature": "v1,AAAA"}),
        signed(changes={"webhook-signature": ""}),
        signed(changes={"webhook-id": ""}),
        signed(changes={"webhook-id": "msg_2"}),
        signed(changes={"webhook-timestamp": "soon"}),
        signed(age=301),
    ],
)
def test_a_webhook_that_cannot_be_believed_is_refused(asked: Request) -> None:
    assert ask("webhook", asked).status == 401


@pytest.mark.parametrize(("body", "status"), [(b"[]", 400), (b'{"type":"x"}', 422)])
def test_a_signed_body_of_a_wrong_shape_is_refused(body: bytes, status: int) -> None:
    answer: Any = ask("webhook", signed(body))

    assert answer.status == status
