"""The archive's lines: each accepted message as it was sent, and what it takes to read it the same again.

One JSON object a line, in the tracking spec's own words: whatever reads the spec reads the archive.
"""

import json
from typing import Any

from hub.clock import Instant, format_instant
from hub.errors import InvalidEvent
from hub.events import Event, accept_clean
from hub.json_values import parse
from hub.skew import read_instant

_encode = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, check_circular=False, separators=(",", ":")
).encode


def write_line(message: dict[str, Any], event: Event) -> str:
    """An accepted message, cleaned, with what the hub knows beside it, and without its write key.

    receivedAt, source and messageId are the event's; sentAt too, where only the batch had one.
    """
    added = {"type": event.type, "messageId": event.message_id, "source": event.source}
    added["receivedAt"] = format_instant(event.received_at)
    if event.sent_at is not None:
        added["sentAt"] = format_instant(event.sent_at)
    kept = {key: value for key, value in message.items() if key != "writeKey"}
    return _encode(kept | added)


def read_line(line: str) -> Event:
    """The event of an archived line: the one the hub took in then. Also reads messages from elsewhere.

    A message without receivedAt (an export, a made-up past) is taken as received at its own timestamp, which
    so stands uncorrected. ValueError if the line is not JSON, InvalidEvent if it is not a message.
    """
    return read_message(parse(line))


def read_message(message: Any) -> Event:
    """`read_line` for what has been parsed already."""
    if type(message) is not dict:
        raise InvalidEvent("invalid_message", "A line must be a JSON object.")
    source = message.get("source")
    received_at = read_instant(message.get("receivedAt"))
    if received_at is None:
        received_at = _own_time(message)
        message.pop("sentAt", None)
    return accept_clean(message, received_at=received_at, source=source if type(source) is str else "")


def _own_time(message: dict[str, Any]) -> Instant:
    for key in ("timestamp", "originalTimestamp", "sentAt"):
        if (instant := read_instant(message.get(key))) is not None:
            return instant
    raise InvalidEvent("missing_timestamp", "A message without receivedAt needs a timestamp (ISO 8601).")
