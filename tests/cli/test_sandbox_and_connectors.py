"""The sandbox takes what the connectors send: every example of every connector, found by themselves."""

import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from cli.sandbox.vendors import ANYBODY
from cli.sandbox.vendors import discover as vendors
from cli.sandbox.vendors.webhook import SECRET, sign
from cli.sandbox.wire import Request, Response
from hub.clock import real_now
from hub.connector_kit import AwsRequest, Connector, HttpRequest, discover
from tests.cli.vendor_requests import SIGV4

CONNECTORS = discover()
EXAMPLES = [
    pytest.param(connector, direction, name, id=f"{connector.slug}.{name}.{direction}")
    for connector in CONNECTORS
    for name, action in connector.actions.items()
    for direction in ("requests", "inverse")
    if getattr(action.example, direction)
]


def on_the_wire(connector: Connector, asked: HttpRequest | AwsRequest) -> Request:
    if isinstance(asked, AwsRequest):
        raw = json.dumps(asked.params).encode()
        headers = {"Authorization": SIGV4}
        return Request(method="POST", path="/v2/email/outbound-emails", headers=headers, raw=raw)
    address = urlsplit(asked.full_url)
    return Request(
        method=asked.method,
        path=address.path or "/",
        query=dict(parse_qsl(address.query)),
        headers=_signed(connector, asked),
        raw=asked.to_bytes() or b"",
        received_at=real_now(),
    )


def _signed(connector: Connector, asked: HttpRequest) -> dict[str, str]:
    """As the kit completes a request when it leaves: with a token, or with today's signature."""
    headers = {**asked.full_headers}
    if connector.auth:
        headers["Authorization"] = "Bearer token"
    if "webhook-signature" in headers:
        stamp = str(real_now() // 1_000)
        signature = sign(headers["webhook-id"], stamp, asked.to_bytes() or b"")
        headers |= {"webhook-timestamp": stamp, "webhook-signature": signature}
    return headers


def _state(connector: Connector) -> dict[str, Any]:
    """A contact that the examples' answers speak of."""
    return (
        {"contacts": {"6a7b": {"id": "6a7b", "external_id": "cust-42"}}}
        if connector.slug == "intercom"
        else {}
    )


@pytest.mark.parametrize(("connector", "direction", "name"), EXAMPLES)
def test_every_connectors_example_is_taken(connector: Connector, direction: str, name: str) -> None:
    vendor, state = vendors().get(connector.slug, ANYBODY), _state(connector)

    answers: list[Response] = [
        vendor.respond(on_the_wire(connector, asked), state)
        for asked in getattr(connector.actions[name].example, direction)
    ]

    assert [answer.status for answer in answers if answer.status >= 300] == []


def test_the_sandboxs_webhook_secret_is_the_one_that_a_rehearsal_signs_with() -> None:
    [webhook] = [one for one in CONNECTORS if one.slug == "webhook"]

    assert SECRET in json.dumps(webhook.credentials.rehearsal().model_dump())


def tell(connector: str, direction: str) -> list[tuple[str, str]]:
    """(kind, what) of all that an action's example does to its customer."""
    [found] = [one for one in CONNECTORS if one.slug == connector]
    [action] = found.actions.values()
    told = [
        sighting
        for asked in getattr(action.example, direction)
        for sighting in vendors()[connector].tell(on_the_wire(found, asked))
    ]
    return [(one.kind, one.what) for one in told]


def test_what_a_request_does_to_whom_is_told_in_the_same_words_for_all_vendors() -> None:
    told = {
        connector: (tell(connector, "requests"), tell(connector, "inverse"))
        for connector in ("meta_custom_audiences", "display_video_360", "google_ads", "optimizely")
    }

    assert {
        connector: ([one[0] for one in on], [one[0] for one in off]) for connector, (on, off) in told.items()
    } == {connector: (["on"], ["off"]) for connector in told}


def test_a_letter_is_told_with_its_text_and_its_way_out() -> None:
    [connector] = [one for one in CONNECTORS if one.slug == "amazon_ses"]
    [asked] = connector.actions["send_email"].example.requests

    [letter] = vendors()["amazon_ses"].tell(on_the_wire(connector, asked))

    assert letter.who == {"Anna.Jansen+Shop@gmail.com"}
    assert letter.what == "You left something behind"
    assert letter.details["html"] == "<p>Hi Anna</p>"
    assert letter.details["unsubscribe"].startswith("https://")
