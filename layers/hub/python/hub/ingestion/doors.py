"""Every path an SDK knocks on, and what happens behind it. All of them hang off the root of the host."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hub.clock import Duration, Instant
from hub.errors import InvalidEvent
from hub.events import TYPES, Event
from hub.ingestion.answers import PREFLIGHT, SUCCESS, Answer, Refused, refusal
from hub.ingestion.batches import MAX_LISTED, MAX_MESSAGE, Arrival, Intake, take, take_batch
from hub.ingestion.bodies import Body, read_body
from hub.ingestion.browser_settings import rudder_source, segment_settings
from hub.ingestion.requests import Request
from hub.ingestion.write_keys import source_of
from hub.json_values import clean
from hub.skew import MAX_SKEW, read_instant

_TYPES = {path: kind for kind in sorted(TYPES) for path in (f"/v1/{kind}", f"/v1/{kind[0]}")}
_BATCHES = frozenset({"/v1/batch", "/v1/b", "/v1/import", "/beacon/v1/batch"})
_DEVICE_PATHS = frozenset(path for path in (*_TYPES, *_BATCHES) if len(path) == len("/v1/t")) | {
    "/beacon/v1/batch"
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reception:
    sources: Mapping[str, str]
    """Write key -> name of the source."""
    now: Instant
    max_skew: Duration = MAX_SKEW


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """The answer to give once the lines are in the archive and the events in the queue."""

    answer: Answer
    events: Sequence[Event] = ()
    lines: Sequence[str] = ()


def receive(request: Request, reception: Reception) -> Received:
    """What to store and what to answer.

    A batch that could be read is a success, even if all its messages are bad: they are listed by index.
    Anything else would make SDKs throw away, or send again, the good messages around a bad one.
    """
    try:
        return _receive(request, reception)
    except Refused as refused:
        return Received(answer=refusal(refused))


def _receive(request: Request, reception: Reception) -> Received:
    if request.method == "OPTIONS":  # before anything else: a preflight carries no credentials
        return Received(answer=PREFLIGHT)
    if request.path in _BATCHES or request.path in _TYPES or request.path == "/v1/m":
        _require_method(request, "POST")
        return _receive_messages(request, reception)
    answer = _document(request, reception.sources)
    _require_method(request, "GET")
    return Received(answer=answer)


def _require_method(request: Request, method: str) -> None:
    if request.method != method:
        raise Refused(405, "method_not_allowed", f"{request.path} takes {method}.")


def _document(request: Request, sources: Mapping[str, str]) -> Answer:
    if request.path == "/health":
        return SUCCESS
    if request.path == "/sourceConfig":
        return rudder_source(source_of(request, {}, sources))
    match request.path.split("/"):
        case ["", "v1", "projects", key, "settings"]:
            return segment_settings(request, key, sources)
    raise Refused(404, "not_found", "Nothing is here. Post events to /v1/batch or /v1/track.")


def _receive_messages(request: Request, reception: Reception) -> Received:
    if request.path == "/v1/m":  # a client's own metrics: swallowed
        return Received(answer=SUCCESS)
    body = read_body(request)
    arrival = _arrival(request, body, reception)
    kind = _TYPES.get(request.path)
    return _receive_one(body.value, kind, arrival) if kind else _receive_batch(body.value, arrival)


def _receive_one(message: dict[str, Any], kind: str, arrival: Arrival) -> Received:
    try:
        event, line = take(message | {"type": message.get("type") or kind}, arrival)
    except InvalidEvent as invalid:
        raise Refused(400, invalid.code, invalid.message) from None
    return Received(answer=SUCCESS, events=(event,), lines=(line,))


def _receive_batch(envelope: dict[str, Any], arrival: Arrival) -> Received:
    batch = envelope.get("batch")
    if not isinstance(batch, list):
        raise Refused(400, "invalid_request", "batch must be there, and be a list of messages.")
    intake = take_batch(batch, arrival)
    return Received(answer=_batch_answer(intake), events=intake.events, lines=intake.lines)


def _batch_answer(intake: Intake) -> Answer:
    if not intake.errors:
        return SUCCESS
    unlisted = len(intake.errors) - MAX_LISTED
    body = {"success": True, "errors": intake.errors[:MAX_LISTED]} | (
        {"unlisted": unlisted} if unlisted > 0 else {}
    )
    return Answer(status=200, body=body, rejected=intake.rejected)


def _arrival(request: Request, body: Body, reception: Reception) -> Arrival:
    envelope = body.value if request.path in _BATCHES else {}
    context = _envelope_context(envelope)
    device_context = {"ip": request.ip} | context if request.ip else context
    is_from_a_device = request.path in _DEVICE_PATHS or "origin" in request.headers
    return Arrival(
        source=source_of(request, body.value, reception.sources),
        received_at=reception.now,
        max_skew=reception.max_skew,
        sent_at=read_instant(envelope.get("sentAt")),
        context=device_context if is_from_a_device else context,
        device_context=device_context,
        is_small=body.size <= MAX_MESSAGE,
    )


def _envelope_context(envelope: dict[str, Any]) -> dict[str, Any]:
    context = envelope.get("context") or {}
    if not isinstance(context, dict):
        raise Refused(400, "invalid_request", "The batch's context must be an object.")
    try:
        cleaned: dict[str, Any] = clean(context)
    except InvalidEvent as invalid:
        raise Refused(400, invalid.code, invalid.message) from None
    return cleaned
