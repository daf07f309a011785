"""The archive gives back the very events that the hub took in."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.archive_lines import read_line, write_line
from hub.clock import parse_instant
from hub.errors import InvalidEvent
from hub.events import accept_clean
from hub.json_values import clean

NOW = parse_instant("2026-11-21T12:00:00.123Z")

times = st.datetimes().map(lambda moment: f"{moment.isoformat()}Z")
messages = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["track", "identify", "page", "group"]),
        "event": st.just("Seen"),
        "userId": st.text("ab\0\ud83d", min_size=1),
    },
    optional={
        "messageId": st.text("mn", max_size=3),
        "anonymousId": st.integers(),
        "timestamp": times,
        "originalTimestamp": times,
        "sentAt": times | st.just("soon"),
        "properties": st.dictionaries(st.text(max_size=3), st.floats() | st.text(), max_size=3),
        "context": st.fixed_dictionaries({}, optional={"traits": st.just({"a": 1}), "locale": st.just("cs")}),
        "source": st.just("forged"),
        "receivedAt": st.just("1999-01-01T00:00:00Z"),
    },
)


@given(messages, st.none() | st.integers(0, NOW), st.sampled_from(["", "web"]))
def test_a_line_reads_back_as_the_event_it_was(
    message: dict[str, Any], sent_at: int | None, source: str
) -> None:
    cleaned = clean(message)
    try:
        event = accept_clean(cleaned, received_at=NOW, sent_at=sent_at, source=source)
    except InvalidEvent:
        return

    assert read_line(write_line(cleaned, event)) == event


def test_a_line_is_the_message_as_sent_with_what_the_hub_knows() -> None:
    message = {
        "type": "track",
        "event": "Seen",
        "userId": 7,
        "timestamp": "2026-11-21T11:00:00+01:00",
        "integrations": {"All": False},
        "writeKey": "wk",
        "messageId": "m-1",
    }
    event = accept_clean(message, received_at=NOW, sent_at=NOW - 5, source="web")

    line = write_line(message, event)

    assert "\n" not in line
    assert json.loads(line) == {
        "type": "track",
        "event": "Seen",
        "userId": 7,
        "timestamp": "2026-11-21T11:00:00+01:00",
        "integrations": {"All": False},
        "messageId": "m-1",
        "source": "web",
        "receivedAt": "2026-11-21T12:00:00.123Z",
        "sentAt": "2026-11-21T12:00:00.118Z",
    }


@pytest.mark.parametrize(
    "sent_at", [{}, {"sentAt": "2019-10-01T00:00:03Z"}, {"sentAt": "2019-09-30T00:00:00Z"}]
)
def test_a_message_from_elsewhere_keeps_its_own_time(sent_at: dict[str, str]) -> None:
    line = json.dumps(
        {"type": "track", "event": "Seen", "userId": "u", "timestamp": "2019-10-01T00:00:00Z", **sent_at}
    )

    assert read_line(line).at == parse_instant("2019-10-01T00:00:00Z")


def test_a_message_from_elsewhere_without_a_time_is_refused() -> None:
    with pytest.raises(InvalidEvent, match="timestamp"):
        read_line('{"type": "track", "event": "Seen", "userId": "u"}')


@pytest.mark.parametrize("line", ["[]", "null", '"text"'])
def test_a_line_that_is_no_object_is_refused(line: str) -> None:
    with pytest.raises(InvalidEvent):
        read_line(line)
