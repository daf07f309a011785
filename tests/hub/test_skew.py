"""When an event happened, going by clients whose clocks may be wrong."""

from typing import Any

import pytest

from hub.clock import DAY, HOUR, SECOND, parse_instant
from hub.events import Event, accept

NOW = parse_instant("2026-11-21T12:00:00Z")


def taken(**fields: Any) -> Event:
    about = {key: fields.pop(key) for key in ("sent_at", "max_skew") if key in fields}
    message = {"type": "track", "event": "Product Added", "userId": "u-1", "messageId": "m-1"} | fields
    return accept(message, received_at=NOW, **about)


@pytest.mark.parametrize(
    ("timestamp", "sent_at", "at", "why"),
    [
        ("2026-11-21T11:00:00Z", None, NOW - HOUR, "no sentAt: as the client says"),
        ("2026-11-21T11:00:00Z", "2026-11-21T12:00:00Z", NOW - HOUR, "a right clock"),
        ("2026-11-21T14:00:00Z", "2026-11-21T15:00:00Z", NOW - HOUR, "three hours fast"),
        ("2026-11-20T11:00:00Z", "2026-11-20T12:00:00Z", NOW - HOUR, "a day slow"),
        (
            "2019-01-01T00:00:00Z",
            "2026-11-21T12:00:00Z",
            parse_instant("2019-01-01"),
            "an import keeps its date",
        ),
        ("2026-11-21T11:00:00Z", "1999-01-01T00:00:00Z", NOW - HOUR, "an absurd sentAt is ignored"),
        ("2026-11-21T11:00:00Z", "2099-01-01T00:00:00Z", NOW - HOUR, "also one from the far future"),
        ("2026-11-14T11:00:00Z", "2026-11-14T12:00:00Z", NOW - HOUR, "seven days slow are believed"),
        ("2026-11-14T10:59:59Z", "2026-11-14T11:59:59Z", NOW - HOUR - 7 * DAY - SECOND, "more are not"),
        ("2026-11-28T11:00:01Z", "2026-11-28T12:00:01Z", NOW, "nor are more than seven days fast"),
        ("2026-11-21T11:00:00Z", "9999-99-99T99:99:99Z", NOW - HOUR, "nor what is no date"),
        ("2026-11-21T11:00:00Z", 1795262400000, NOW - HOUR, "a number is no sentAt"),
        ("2026-11-21T11:00:00Z", "yesterday", NOW - HOUR, "an unreadable sentAt is ignored"),
        ("2026-11-21T12:00:05Z", "2026-11-21T12:00:00Z", NOW, "nothing happens after it was received"),
        ("2031-01-01T00:00:00Z", None, NOW, "nor years after"),
        ("2026-11-21T17:00:00.000+05:30", None, NOW - HOUR // 2, "any offset"),
        ("2026-11-21T11:59:59.950139123Z", None, NOW - 50, "Go's nanoseconds"),
        ("0001-01-01T00:00:00Z", None, NOW, "Go's way of saying never"),
        ("soon", None, NOW, "unreadable: when it was received"),
        (1795258800, None, NOW, "not ISO 8601"),
        (None, "2026-11-21T12:00:00Z", NOW, "none: when it was received"),
    ],
)
def test_an_event_happened_when(timestamp: object, sent_at: object, at: int, why: str) -> None:
    assert taken(timestamp=timestamp, sentAt=sent_at).at == at, why


def test_rudders_clients_call_it_original_timestamp() -> None:
    assert taken(originalTimestamp="2026-11-21T11:00:00Z").at == NOW - HOUR
    assert (
        taken(originalTimestamp="2026-11-21T11:00:00Z", timestamp="2026-11-21T10:00:00Z").at == NOW - 2 * HOUR
    )


def test_the_batchs_sent_at_counts_where_the_message_has_none() -> None:
    at = "2026-11-21T10:00:00Z"

    assert taken(timestamp=at, sent_at=NOW - HOUR).at == NOW - HOUR
    assert taken(timestamp=at, sent_at=NOW - HOUR, sentAt="2026-11-21T12:00:00Z").at == NOW - 2 * HOUR


def test_a_rehearsal_may_be_years_from_the_clients_clocks() -> None:
    event = taken(timestamp="2024-11-21T11:59:59Z", sentAt="2024-11-21T12:00:00Z", max_skew=800 * DAY)

    assert event.at == NOW - SECOND
