"""Whatever JSON a client sends: it is taken in or refused with a reason, and breaks nothing that follows."""

import json
from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from hub.clock import parse_instant
from hub.errors import InvalidEvent
from hub.events import TYPES, Event, accept, accept_clean, from_json, to_json
from hub.json_values import clean, parse

NOW = parse_instant("2026-11-21T12:00:00Z")

any_text = st.text(st.characters(codec=None), max_size=120)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | any_text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(any_text, inner, max_size=4),
    max_leaves=20,
)
objects = st.dictionaries(any_text, json_values, max_size=4)
texts = st.datetimes().map(lambda moment: f"{moment.isoformat()}Z") | any_text
instants = st.integers(0, 4_000_000_000_000)
likely_messages = st.fixed_dictionaries(
    {"type": st.sampled_from(sorted(TYPES)), "userId": any_text | st.integers()},
    optional={
        **dict.fromkeys(("messageId", "anonymousId", "previousId", "groupId"), any_text | json_values),
        **dict.fromkeys(("event", "name", "category"), any_text | json_values),
        **dict.fromkeys(("timestamp", "originalTimestamp", "sentAt"), texts | json_values),
        **dict.fromkeys(("properties", "traits", "context"), objects | json_values),
    },
)


@given(json_values | likely_messages, instants, st.none() | instants)
def test_any_json_is_taken_in_or_refused_with_a_reason(
    message: object, received_at: int, sent_at: int | None
) -> None:
    result = outcome(accept, message, received_at=received_at, sent_at=sent_at)

    if isinstance(result, Event):
        assert result.at <= received_at
        assert result.user_id or result.anonymous_id
    else:
        assert result.code.isidentifier()
        assert str(result)


@given(likely_messages)
def test_an_event_survives_the_queue(message: dict[str, Any]) -> None:
    event = outcome(accept, message, received_at=NOW, source="web")
    if not isinstance(event, Event):
        return  # refused with a reason: the test above looks at those

    body = json.dumps(to_json(event), ensure_ascii=False, allow_nan=False).encode()

    assert from_json(json.loads(body)) == event


@given(json_values)
def test_cleaning_leaves_nothing_to_clean(value: object) -> None:
    cleaned = clean(value)

    json.dumps(cleaned, ensure_ascii=False, allow_nan=False).encode()
    assert clean(cleaned) is cleaned


@given(json_values, st.booleans())
def test_parsing_cleans_as_cleaning_does(value: object, is_ascii: bool) -> None:  # noqa: FBT001
    text = json.dumps(value, ensure_ascii=is_ascii)

    assert parse(text) == clean(json.loads(text))


@given(likely_messages)
def test_what_was_cleaned_before_is_taken_in_the_same(message: dict[str, Any]) -> None:
    message |= {"messageId": "m-1"}

    expected = outcome(accept, message, received_at=NOW)

    assert str(outcome(accept_clean, clean(message), received_at=NOW)) == str(expected)


def outcome(take: Callable[..., Event], message: object, **about: Any) -> Event | InvalidEvent:
    try:
        return take(message, **about)
    except InvalidEvent as refusal:
        return refusal
