"""POST and GET /hooks/<connector>, with every connector's example credentials in place."""

import json
from dataclasses import dataclass
from typing import Any

import boto3
import pytest

import receive_webhooks
from hub.aws import bootstrap
from hub.connector_kit import discover
from hub.deliveries import Delivery
from hub.events import Event, from_json
from hub.settings import ReceiveWebhooksSettings
from tests.functions.door import gateway_event
from tests.moto_stack import MotoStack

CALLING = {one.slug: one for one in discover() if one.callbacks}
IDS = {
    "message_id": "msg_1",
    "profile_id": "p_anna",
    "enrollment_id": "cart_recovery-1",
    "journey": "cart_recovery",
    "step": 2,
}


@dataclass
class Hooks:
    stack: MotoStack

    def call(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """As `gateway_event`: method, path, body, headers, query."""
        return self.take(gateway_event(*args, **kwargs))

    def take(self, event: dict[str, Any]) -> dict[str, Any]:
        return receive_webhooks.handler(event, None)

    def heard(self) -> list[Delivery | Event]:
        """What is in the events queue."""
        url = self.stack.queue("events")
        found = boto3.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10)
        bodies = [json.loads(message["Body"]) for message in found.get("Messages", [])]
        deliveries = [Delivery.model_validate(one) for body in bodies for one in body.get("deliveries", ())]
        return [*deliveries, *(from_json(one) for body in bodies for one in body.get("events", ()))]

    def delivery(self) -> Delivery:
        """The one delivery that was heard."""
        [found] = self.heard()
        assert isinstance(found, Delivery)
        return found

    def event(self) -> Event:
        [found] = self.heard()
        assert isinstance(found, Event)
        return found


def open_hooks(stack: MotoStack, monkeypatch: pytest.MonkeyPatch) -> Hooks:
    for kept in (receive_webhooks.settings, receive_webhooks._secrets, bootstrap.client):
        kept.cache_clear()
    secrets = {slug: f"hub/local/{slug}" for slug in CALLING}
    settings = ReceiveWebhooksSettings(stage="local", events_queue_url=stack.queue("events"), secrets=secrets)
    for name, value in settings.to_environment().items():
        monkeypatch.setenv(name, value)
    for slug, connector in CALLING.items():
        text = connector.credentials.example().model_dump_json()
        boto3.client("secretsmanager").create_secret(Name=secrets[slug], SecretString=text)
    return Hooks(stack)
