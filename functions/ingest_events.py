"""The door: what SDKs post goes into archive and events queue, and only then comes the answer (P7)."""

import sys
from functools import cache
from typing import Any

from hub.aws.archive import Archive
from hub.aws.door_clients import client
from hub.aws.event_queue import EventQueue
from hub.clock import real_now
from hub.errors import RetryLater
from hub.ingestion.answers import Answer, broken, unavailable
from hub.ingestion.doors import Reception, receive
from hub.ingestion.log_lines import failure_line, rejections_line
from hub.ingestion.requests import Request, read_request
from hub.settings import IngestEventsSettings
from hub.skew import MAX_SKEW


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """API Gateway HTTP API, payload format 2.0: every path and method that SDKs use."""
    request = read_request(event)
    try:
        answer = _answer(request)
    except Exception as error:  # noqa: BLE001 - uncaught, it would reach pages without CORS and SDKs without a code
        _say(failure_line(error))
        answer = broken()
    return answer.for_gateway(request)


def _answer(request: Request) -> Answer:
    settings = _settings()
    now, real = settings.clock.now(), real_now()
    # In a rehearsal hub time is far from real time; that is not the error of a client's clock.
    reception = Reception(sources=settings.write_keys, now=now, max_skew=MAX_SKEW + abs(now - real))
    received = receive(request, reception)
    answer = received.answer
    if received.events:
        try:
            # In this order, so that whatever the hub ever acted on can be replayed from the archive.
            _archive().put(received.lines)
            _queue().put(received.events)
        except RetryLater as error:
            _say(failure_line(error))
            answer = unavailable()
    if answer.rejected:
        _say(rejections_line(settings.stage, answer.rejected, real))
    return answer


@cache
def _settings() -> IngestEventsSettings:
    return IngestEventsSettings.from_environment()


@cache
def _archive() -> Archive:
    return Archive(client("firehose"), _settings().archive_stream)


@cache
def _queue() -> EventQueue:
    return EventQueue(client("sqs"), _settings().events_queue_url)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
