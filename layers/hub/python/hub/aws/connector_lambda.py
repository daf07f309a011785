"""The Lambda of every connector: a batch of its queue, given to the kit's flows."""

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from time import sleep
from typing import Any

from pydantic import ValidationError

from hub import pipeline
from hub.aws import bootstrap
from hub.aws.aws_requests import AwsSender
from hub.aws.circuit import Circuit
from hub.aws.effects_table import EffectsTable
from hub.aws.failures import step_aside
from hub.aws.observability import Meter, in_our_words, logger
from hub.aws.redelivery import PutBack, Redelivery
from hub.aws.secrets import SecretsManager
from hub.aws.send_ledger import SendLedgerTable
from hub.clock import SECOND, real_now
from hub.connector_kit.batch import deliver
from hub.connector_kit.declaration import Connector
from hub.connector_kit.http import HttpSender
from hub.connector_kit.pacing import paced
from hub.connector_kit.requests import Answer, HttpRequest, Request
from hub.connector_kit.results import Again, Result, Tools, tally
from hub.connector_kit.sending import IN_FLIGHT
from hub.connector_kit.vendor import Tokens, Vendor
from hub.deliveries import Message
from hub.documents import document
from hub.policy import Hold, Later
from hub.settings import ConnectorSettings

Handler = Callable[[dict[str, Any], object], dict[str, Any]]
_Record = dict[str, Any]

settings = cache(ConnectorSettings.from_environment)


def connector_handler(connector: Connector) -> Handler:
    """The `handler` of functions/connectors/<slug>.py: SQS batch in, the ids of what must come again out."""

    def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
        told = settings()
        meter = Meter(told.stage)
        returning = _deliver(event["Records"], connector, _tools(connector, told, meter), told, meter)
        failed = _redelivery(told).put_back(returning)
        _say(connector, event["Records"], returning)
        meter.flush()
        return {"batchItemFailures": [{"itemIdentifier": one} for one in failed]}

    return handler


def _deliver(
    records: Sequence[_Record], connector: Connector, tools: Tools, told: ConnectorSettings, meter: Meter
) -> list[PutBack]:
    read = [(record, _message(record)) for record in records]
    messages = [message for _, message in read if message is not None]
    results = iter(deliver(messages, connector, tools))
    judged = [
        (record, message, next(results) if message else Result(again=_UNREADABLE)) for record, message in read
    ]
    _report([result for *_, result in judged], told, meter)
    return list(_returning(judged, told))


_UNREADABLE = Again(reason="the message is not one")


def _returning(
    judged: Sequence[tuple[_Record, Message | None, Result]], told: ConnectorSettings
) -> Iterator[PutBack]:
    """What comes again by this queue itself; what the gate puts off is kept elsewhere and does not."""
    for record, message, result in judged:
        again = result.again
        if message and result.deferred:
            again = _defer(message, result.deferred, told)
        if again:
            yield PutBack(record, again)


def _defer(message: Message, decision: Later | Hold, told: ConnectorSettings) -> Again | None:
    try:
        is_kept = pipeline.defer(message, decision, bootstrap.deferring_hands(told))
    except Exception as error:  # noqa: BLE001 - it is not durable elsewhere, so it stays in this queue
        _log(message, error)
        return Again(reason=f"not deferred: {type(error).__name__}", kind="waiting")
    return None if is_kept else Again(reason="its journey was resumed this moment", kind="waiting")


def _message(record: _Record) -> Message | None:
    try:
        return Message.model_validate_json(record["body"])
    except ValidationError:
        return None


def _report(results: Sequence[Result], told: ConnectorSettings, meter: Meter) -> None:
    """Before anything is acknowledged: an outcome that is not in the events queue would be lost."""
    deliveries = [result.delivery for result in results if result.delivery]
    if deliveries:
        bootstrap.outcomes(told.events_queue_url).put(deliveries)
    for name, number in tally(results).items():
        meter.count(name, number)
    for result in results:
        if result.time_to_off is not None:
            meter.seconds("TimeToOff", result.time_to_off / SECOND)


def _tools(connector: Connector, told: ConnectorSettings, meter: Meter) -> Tools:
    """Which class stands behind what the flows ask for."""
    rules = bootstrap.rules_in_force(told.strategy_path, told.journeys_table)
    profiles = bootstrap.profiles(told.profiles_table)
    circuit = _circuit(connector, told, meter)
    gate = pipeline.Gate(
        profiles=profiles,
        rules=rules,
        now=told.clock.now,
        step_aside=step_aside,
        in_flight=round(IN_FLIGHT * told.clock_speed),
    )

    return Tools(
        vendor=Vendor(
            connector=connector,
            secret=told.secret,
            secrets=_secrets(),
            transport=paced(
                circuit,
                per_second=connector.pace,
                lambdas=connector.max_concurrency,
                now=real_now,
                sleep=sleep,
            ),
            real_now=real_now,
            tokens=_tokens(),
            is_down=circuit.is_down,
        ),
        ledger=SendLedgerTable(bootstrap.client("dynamodb"), told.journeys_table),
        effects=EffectsTable(bootstrap.client("dynamodb"), told.journeys_table),
        decide=gate.permit,
        give_back=gate.give_back,
        profile=profiles.get,
        describe=lambda profile: document(profile, rules.predicted(profile, told.clock.now())),
        templates=rules.strategy.templates,
        now=told.clock.now,
        real_now=real_now,
        real_at=told.clock.real,
        hub_at=told.clock.at,
        log=_log,
    )


def _circuit(connector: Connector, told: ConnectorSettings, meter: Meter) -> Circuit:
    http, aws = HttpSender(connector.read_timeout), _aws_sender(connector.read_timeout)
    aws.forget_connections()

    def exchange(request: Request) -> Answer:
        return http(request) if isinstance(request, HttpRequest) else aws(request)

    return Circuit(
        exchange,
        connector.slug,
        client=bootstrap.client("dynamodb"),
        table=told.journeys_table,
        speed=told.clock_speed,
        opened=lambda: meter.count("CircuitOpened"),
    )


@cache
def _secrets() -> SecretsManager:
    return SecretsManager(bootstrap.client("secretsmanager"))


@cache
def _tokens() -> Tokens:
    return {}


@cache
def _aws_sender(read_timeout: float) -> AwsSender:
    return AwsSender(read_timeout)


def _redelivery(told: ConnectorSettings) -> Redelivery:
    # Chance spreads the retries; nothing secret hangs on it.
    luck = random.random
    return Redelivery(bootstrap.client("sqs"), told.queue_url, speed=told.clock_speed, luck=luck)


def _log(message: Message, error: Exception) -> None:
    logger().error(
        "message not delivered",
        message_id=message.message_id,
        connector=message.connector,
        **in_our_words(error),
    )


def _say(connector: Connector, records: Sequence[_Record], returning: Sequence[PutBack]) -> None:
    """One line a batch, and none when all went well."""
    if returning:
        reasons = Counter(one.again.reason for one in returning)
        logger().warning(
            "messages put back",
            connector=connector.slug,
            of=len(records),
            reasons=dict(reasons.most_common(5)),
        )
