"""What comes back from e-mail: one-click unsubscribe, and what became of a letter."""

import base64
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from hub.deliveries import Status
from tests.delivery_desk import a_letter
from tests.functions.hooks import CALLING, IDS, Hooks, open_hooks
from tests.moto_stack import MotoStack

HOOK = "/hooks/amazon_ses"


@pytest.fixture
def hooks(stack: MotoStack, monkeypatch: pytest.MonkeyPatch) -> Hooks:
    return open_hooks(stack, monkeypatch)


def unsubscribe_token() -> str:
    link = CALLING["amazon_ses"].credentials.example().unsubscribe_url(a_letter(**IDS))
    return parse_qs(urlsplit(link).query)["token"][0]


def test_one_click_unsubscribes(hooks: Hooks) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}

    answer = hooks.call(
        "POST", HOOK, b"List-Unsubscribe=One-Click", form, query={"token": unsubscribe_token()}
    )

    assert answer["statusCode"] == 200
    delivery = hooks.delivery()
    assert (delivery.status, delivery.channel) == (Status.UNSUBSCRIBED, "email")
    assert delivery.profile_id == "p_anna"


def test_opening_the_link_shows_a_button_and_unsubscribes_nobody(hooks: Hooks) -> None:
    answer = hooks.call("GET", HOOK, query={"token": unsubscribe_token()})

    assert (answer["statusCode"], answer["headers"]["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert f'action="?token={unsubscribe_token()}"' in answer["body"]
    assert hooks.heard() == []


def test_the_page_shows_nothing_that_was_put_into_the_address(hooks: Hooks) -> None:
    answer = hooks.call("GET", HOOK, query={"token": '"><script>alert(1)</script>'})

    assert "<script>" not in answer["body"]


def test_nobody_can_unsubscribe_another(hooks: Hooks) -> None:
    forged = base64.urlsafe_b64encode(json.dumps(IDS).encode()).decode() + ".AAAA"

    answer = hooks.call("POST", HOOK, b"List-Unsubscribe=One-Click", query={"token": forged})

    assert answer["statusCode"] == 401
    assert hooks.heard() == []


def test_connectors_without_a_page_say_so(hooks: Hooks) -> None:
    assert hooks.call("GET", "/hooks/intercom")["statusCode"] == 405


def ses_event(kind: str, **detail: Any) -> dict[str, Any]:
    tags = {"send_id": ["msg_1"], **{name: [str(IDS[name])] for name in IDS if name != "message_id"}}
    mail = {"messageId": "0100-x", "destination": ["anna@example.com"], "tags": tags}
    return {
        "source": "aws.ses",
        "detail-type": f"Email {kind}",
        "detail": {"eventType": kind, "mail": mail, **detail},
    }


BOUNCE = {"bounce": {"bounceType": "Permanent", "bounceSubType": "General"}}


@pytest.mark.parametrize(
    ("kind", "detail", "status", "reason"),
    [
        ("Bounce", BOUNCE, Status.BOUNCED, "Permanent General"),
        ("Complaint", {"complaint": {}}, Status.COMPLAINED, ""),
        ("Delivery", {}, Status.DELIVERED, ""),
        ("Open", {}, Status.OPENED, ""),
        ("DeliveryDelay", {}, Status.DEFERRED, ""),
    ],
)
def test_what_became_of_a_letter_comes_by_eventbridge(
    hooks: Hooks, kind: str, detail: dict[str, Any], status: Status, reason: str
) -> None:
    hooks.take(ses_event(kind, **detail))

    delivery = hooks.delivery()
    assert (delivery.status, delivery.reason) == (status, reason)
    assert (delivery.message_id, delivery.profile_id, delivery.step) == ("msg_1", "p_anna", 2)


def test_an_eventbridge_event_that_comes_by_http_is_not_believed(hooks: Hooks) -> None:
    answer = hooks.call("POST", HOOK, json.dumps(ses_event("Complaint")).encode())

    assert answer["statusCode"] == 401
    assert hooks.heard() == []


def test_letters_that_are_not_ours_are_nobodys_news(hooks: Hooks) -> None:
    event = ses_event("Bounce")
    event["detail"]["mail"]["tags"] = {"ses:from-domain": ["example.com"]}

    hooks.take(event)

    assert hooks.heard() == []
