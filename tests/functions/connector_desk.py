"""A connector's real Lambda: the stack's tables and queues in moto, its vendor played by the sandbox."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import Any

import boto3
import pytest

from cli.sandbox.server import Server
from hub.authoring import compile_strategy
from hub.aws import bootstrap, connector_lambda
from hub.aws.effects_table import EffectsTable
from hub.aws.profile_table import ProfileTable
from hub.clock import Clock, Instant, real_now
from hub.connector_kit import discover
from hub.deliveries import Delivery, Message
from hub.effects import EffectKey
from hub.profiles import Profile
from hub.settings import ConnectorSettings
from tests.builders import a_profile as built
from tests.builders import an_event, an_identify, enrolled
from tests.moto_stack import MotoStack

CONNECTORS = {one.slug: one for one in discover()}
JOURNEY = "cart_recovery"
AUDIENCE = "cart_abandoners"


@contextmanager
def running_sandbox() -> Iterator[Server]:
    server = Server(0, Clock())
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def anna(now: Instant) -> Profile:
    """With an address, a cart and a running enrollment."""
    traits = {
        "email": "Anna.Jansen+Shop@Gmail.com",
        "phone": "+31612345678",
        "first_name": "Anna",
        "last_name": "Jansen",
        "address": {"city": "Amsterdam", "postal_code": "1012 AB", "country": "NL"},
    }
    line = {"cart_id": "c-1", "product_id": "tea", "name": "Green tea", "price": 10, "quantity": 2}
    profile = built(
        an_identify(now, user_id="cust-42", traits=traits),
        an_event("Product Added", now, user_id="cust-42", properties=line),
    )
    enrolled(profile, journey=JOURNEY, entered_at=now)
    return profile


@dataclass
class ConnectorDesk:
    """Anna's profile is stored; `deliver` runs the Lambda of one connector on messages for her."""

    slug: str
    stack: MotoStack
    sandbox: Server
    profile: Profile
    received: int = 0
    logged: list[str] = field(default_factory=list)

    def message(self, action: str, number: int = 1, **params: Any) -> Message:
        kind = CONNECTORS[self.slug].actions[action]
        [enrollment_id] = self.profile.enrollments
        return Message(
            message_id=f"msg_{self.slug}_{number}",
            profile_id=self.profile.profile_id,
            enrollment_id=enrollment_id,
            journey=JOURNEY,
            step=0,
            connector=self.slug,
            action=action,
            verb=kind.verb,
            params=params,
            target=kind.target(params),
            planned_at=real_now(),
        )

    def deliver(self, *messages: Message) -> list[str]:
        """Message ids of the SQS records that must come again."""
        records = [self._record(message.model_dump_json()) for message in messages]
        return self.deliver_records(records)

    def deliver_records(self, records: list[dict[str, Any]]) -> list[str]:
        handler = import_module(f"connectors.{self.slug}").handler
        answer = handler({"Records": records}, None)
        return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]

    def turn_on(self, message: Message) -> list[str]:
        self.effects.want(message)
        return self.deliver(message)

    def turn_off(self, message: Message) -> list[str]:
        key = EffectKey(profile_id=message.profile_id, connector=message.connector, target=message.target)
        self.effects.unwant(key, message.enrollment_id)
        return self.deliver(message)

    @property
    def effects(self) -> EffectsTable:
        return EffectsTable(boto3.client("dynamodb"), self.stack.journeys)

    @property
    def deliveries(self) -> list[Delivery]:
        """What went back into the events queue since last asked."""
        client, url = boto3.client("sqs"), self.stack.queue("events")
        found = client.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        bodies = [json.loads(message["Body"]) for message in found]
        return [Delivery.model_validate(one) for body in bodies for one in body["deliveries"]]

    @property
    def requests(self) -> list[tuple[str, str, Any, int]]:
        """(method, path, body, status) of what the vendor got, tokens apart."""
        records = self.sandbox.stage.records(self.slug)
        return [
            (one["method"], one["path"], one["body"], one["status"])
            for one in records
            if not one["path"].endswith("/token")
        ]

    def _record(self, body: str) -> dict[str, Any]:
        """Sent to the connector's queue and received from it, as Lambda hands it over."""
        client, url = boto3.client("sqs"), self.stack.queue(self.slug)
        client.send_message(QueueUrl=url, MessageBody=body)
        [got] = client.receive_message(QueueUrl=url, AttributeNames=["All"])["Messages"]
        return {
            "messageId": got["MessageId"],
            "receiptHandle": got["ReceiptHandle"],
            "body": got["Body"],
            "attributes": got["Attributes"],
            "messageAttributes": {},
        }


def open_desk(
    slug: str,
    stack: MotoStack,
    sandbox: Server,
    directory: Path,
    strategy: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> ConnectorDesk:
    forget_everything()
    compile_strategy(strategy, directory, list(CONNECTORS.values()))
    settings = ConnectorSettings(
        stage="local",
        slug=slug,
        secret=f"hub/local/{slug}",
        queue_url=stack.queue(slug),
        queue_arn=f"arn:aws:sqs:eu-central-1:123456789012:hub-local-{slug}",
        dead_letters_arn=f"arn:aws:sqs:eu-central-1:123456789012:hub-local-{slug}-dead",
        schedule_group="deferred",
        scheduler_role_arn="arn:aws:iam::123456789012:role/deferred",
        events_queue_url=stack.queue("events"),
        profiles_table=stack.profiles,
        journeys_table=stack.journeys,
        strategy_path=str(directory),
    )
    for name, value in settings.to_environment().items():
        monkeypatch.setenv(name, value)
    put_secret(slug, base_url=f"{sandbox.url}/{slug}")
    profile = anna(real_now())
    ProfileTable(boto3.client("dynamodb"), stack.profiles).put(profile)
    return ConnectorDesk(slug, stack, sandbox, profile)


def put_secret(slug: str, **changes: Any) -> None:
    credentials = CONNECTORS[slug].credentials.rehearsal([AUDIENCE]).model_copy(update=changes)
    boto3.client("secretsmanager").create_secret(
        Name=f"hub/local/{slug}", SecretString=credentials.model_dump_json()
    )


def forget_everything() -> None:
    """What a Lambda keeps from one invocation to the next, and one test must not leave to another."""
    for kept in (bootstrap.client, bootstrap.rules, bootstrap.profiles, bootstrap.journey_states):
        kept.cache_clear()
    connector_lambda.settings.cache_clear()
    for kept in (connector_lambda._secrets, connector_lambda._tokens, connector_lambda._aws_sender):
        kept.cache_clear()
