"""Signatures, cross-checked with the specification's own library and the vendors' worked examples."""

import base64
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook

from hub.connector_kit.signing import (
    is_hub_signature,
    is_standard_webhook,
    seal,
    sign_standard_webhook,
    unseal,
)

SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
OLD = "whsec_" + base64.b64encode(b"x" * 32).decode()
BODY = b'{"type":"customer.updated","timestamp":"2026-11-21T10:00:00Z","data":{"customer_id":"cust-42"}}'
AT = 1795255200


def signed(**changes: str) -> dict[str, str]:
    signature = sign_standard_webhook([SECRET], "msg_2cdh0001", AT, BODY)
    headers = {"webhook-id": "msg_2cdh0001", "webhook-timestamp": str(AT), "webhook-signature": signature}
    return headers | changes


def test_the_specifications_worked_example() -> None:
    assert signed()["webhook-signature"] == "v1,RL63B8wyR8xZ/JoTukmFwSNbApWL4XObTXqF0aRQxp8="


@given(st.text(max_size=200), st.binary(min_size=24, max_size=64))
def test_signatures_are_those_of_the_reference_library(text: str, key: bytes) -> None:
    secret = "whsec_" + base64.b64encode(key).decode()
    body = text.encode(errors="replace")

    ours = sign_standard_webhook([secret], "msg_1", AT, body)

    assert ours == Webhook(secret).sign("msg_1", datetime.fromtimestamp(AT, UTC), body.decode())


def test_a_genuine_call_is_believed_also_with_the_secret_that_is_rotated_out() -> None:
    assert is_standard_webhook([SECRET], signed(), BODY, AT * 1000)
    assert is_standard_webhook([OLD, SECRET], signed(), BODY, AT * 1000)


def test_while_rotating_both_secrets_sign() -> None:
    both = sign_standard_webhook([SECRET, OLD], "msg_1", AT, BODY)

    headers = signed() | {"webhook-id": "msg_1", "webhook-signature": both}

    assert len(both.split()) == 2
    assert is_standard_webhook([OLD], headers, BODY, AT * 1000)


@pytest.mark.parametrize(
    ("headers", "body", "now"),
    [
        (signed(), BODY + b" ", AT),
        (signed(), BODY, AT + 301),
        (signed(), BODY, AT - 301),
        (signed(**{"webhook-id": "msg_other"}), BODY, AT),
        (signed(**{"webhook-timestamp": "yesterday"}), BODY, AT),
        (signed(**{"webhook-signature": "v1,AAAA"}), BODY, AT),
        (signed(**{"webhook-signature": ""}), BODY, AT),
        ({}, BODY, AT),
    ],
)
def test_anything_else_is_not(headers: dict[str, str], body: bytes, now: int) -> None:
    assert not is_standard_webhook([SECRET], headers, body, now * 1000)


def test_the_hub_signatures_worked_example() -> None:
    body = b'{"type":"notification_event"}'
    header = "sha1=f619e1a280f80bdfca78ae5825e33b127447ca56"

    assert is_hub_signature("clientsecret", header, body)
    assert not is_hub_signature("clientsecret", header, body + b" ")
    assert not is_hub_signature("", header, body)


@given(st.binary(max_size=100))
def test_what_we_sealed_opens_and_nothing_else_does(payload: bytes) -> None:
    sealed = seal("secret", payload)

    assert unseal("secret", sealed) == payload
    assert unseal("other", sealed) is None
    assert unseal("", seal("", payload)) is None
    assert unseal("secret", sealed[:-2]) is None
    assert unseal("secret", "x" + sealed) is None
