"""A vendor's callback: believed when it is the vendor, durable before it is answered, said in our words."""

import hashlib
import hmac
import json
from typing import Any

import boto3
import pytest

from hub.clock import real_now
from hub.connector_kit.signing import sign_standard_webhook
from hub.deliveries import Status
from tests.functions.door import gateway_event
from tests.functions.hooks import CALLING, IDS, Hooks, open_hooks
from tests.moto_stack import MotoStack

UNSUBSCRIBED = json.dumps(
    {
        "type": "notification_event",
        "topic": "contact.unsubscribed",
        "id": "notif_1",
        "data": {"item": {"type": "contact", "external_id": "cust-42", "email": "anna@example.com"}},
    }
).encode()


@pytest.fixture
def hooks(stack: MotoStack, monkeypatch: pytest.MonkeyPatch) -> Hooks:
    return open_hooks(stack, monkeypatch)


def intercom(body: bytes, secret: str = "clientsecret") -> dict[str, Any]:
    signature = "sha1=" + hmac.new(secret.encode(), body, hashlib.sha1).hexdigest()
    headers = {"X-Hub-Signature": signature, "Content-Type": "application/json"}
    return {"method": "POST", "path": "/hooks/intercom", "body": body, "headers": headers}


def webhook(content: dict[str, Any], age: int = 0) -> dict[str, Any]:
    body = json.dumps(content).encode()
    at = real_now() // 1000 - age
    secrets = CALLING["webhook"].credentials.example().secrets  # type: ignore[attr-defined]
    headers = {
        "webhook-id": "msg_from_them",
        "webhook-timestamp": str(at),
        "webhook-signature": sign_standard_webhook(secrets, "msg_from_them", at, body),
    }
    return {"method": "POST", "path": "/hooks/webhook", "body": body, "headers": headers}


def test_an_unsubscription_becomes_a_withdrawal_of_consent(hooks: Hooks) -> None:
    answer = hooks.call(**intercom(UNSUBSCRIBED))

    assert (answer["statusCode"], json.loads(answer["body"])) == (200, {"success": True})
    event = hooks.event()
    assert (event.type, event.user_id, event.source) == ("identify", "cust-42", "intercom")
    assert (event.message_id, event.traits) == ("notif_1", {"email": "anna@example.com"})
    assert event.context == {"consent": {"categoryPreferences": {"email": False}}}


def test_topics_that_do_not_concern_us_are_taken_and_forgotten(hooks: Hooks) -> None:
    body = b'{"type":"notification_event","topic":"conversation.user.created","data":{"item":{}}}'

    assert hooks.call(**intercom(body))["statusCode"] == 200
    assert hooks.heard() == []


@pytest.mark.parametrize(
    "forged",
    [
        intercom(UNSUBSCRIBED, secret="somebody else's"),
        intercom(UNSUBSCRIBED) | {"body": UNSUBSCRIBED + b" "},
    ],
    ids=["secret", "body"],
)
def test_who_cannot_sign_is_not_heard(hooks: Hooks, forged: dict[str, Any]) -> None:
    answer = hooks.call(**forged)

    assert (answer["statusCode"], json.loads(answer["body"])["code"]) == (401, "bad_signature")
    assert hooks.heard() == []


def test_signatures_are_checked_on_the_raw_bytes_that_the_gateway_encoded(hooks: Hooks) -> None:
    request = intercom(UNSUBSCRIBED)
    request["headers"]["Content-Type"] = "application/octet-stream"
    assert gateway_event(**request)["isBase64Encoded"]

    assert hooks.call(**request)["statusCode"] == 200
    assert len(hooks.heard()) == 1


def test_an_endpoint_reports_what_became_of_its_message(hooks: Hooks) -> None:
    assert hooks.call(**webhook({"type": "message.clicked", "data": IDS}))["statusCode"] == 200

    delivery = hooks.delivery()
    assert (delivery.status, delivery.message_id, delivery.step) == (Status.CLICKED, "msg_1", 2)


def test_an_endpoint_withdraws_consent(hooks: Hooks) -> None:
    data = {"purposes": ["advertising"], "user_id": "cust-42"}

    assert hooks.call(**webhook({"type": "consent.withdrawn", "data": data}))["statusCode"] == 200

    assert hooks.event().context["consent"] == {"categoryPreferences": {"advertising": False}}


def test_a_call_that_is_too_old_is_a_replay(hooks: Hooks) -> None:
    assert hooks.call(**webhook({"type": "message.clicked", "data": IDS}, age=301))["statusCode"] == 401


def test_a_form_nobody_knows_is_refused_in_words(hooks: Hooks) -> None:
    answer = hooks.call(**webhook({"type": "consent.withdrawn", "data": "everything"}))

    assert (answer["statusCode"], json.loads(answer["body"])["code"]) == (400, "unreadable")


@pytest.mark.parametrize("slug", ["nobody", "optimizely", "__init__", ""])
def test_a_connector_that_takes_no_callbacks_is_not_found(hooks: Hooks, slug: str) -> None:
    answer = hooks.call("POST", f"/hooks/{slug}", b"{}")

    assert (answer["statusCode"], json.loads(answer["body"])["success"]) == (404, False)


def test_a_secret_that_cannot_be_read_makes_the_vendor_call_again(hooks: Hooks) -> None:
    secrets = boto3.client("secretsmanager")
    secrets.delete_secret(SecretId="hub/local/intercom", ForceDeleteWithoutRecovery=True)

    answer = hooks.call(**intercom(UNSUBSCRIBED))

    assert (answer["statusCode"], json.loads(answer["body"])["code"]) == (503, "not_configured")
