"""Whatever JSON a client sends: it is taken in, or refused with a reason, and never breaks what comes after."""

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

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None), max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)
texts = st.text(st.characters(codec=None), max_size=120)
times = st.datetimes().map(lambda moment: f"{moment.isoformat()}Z")
ids = json_values | texts | st.integers()
likely_messages = st.fixed_dictionaries(
    {"type": st.sampled_from(sorted(TYPES)), "userId": texts | st.integers()},
    optional={
        **dict.fromkeys(("messageId", "anonymousId", "previousId", "groupId", "event", "name", "category"), ids),
        **dict.fromkeys(("timestamp", "originalTimestamp", "sentAt"), times | json_values),
        **{
            key: st.dictionaries(texts, json_values, max_size=4) | json_values
            for key in ("properties", "traits", "context")
        },
    },
)


@given(
    json_values | likely_messages,
    st.integers(0, 4_000_000_000_000),
    st.none() | st.integers(0, 4_000_000_000_000),
)
def test_any_json_is_taken_in_or_refused_with_a_reason(
    message: object, received_at: int, sent_at: int | None
) -> None:
    try:
        event = accept(message, received_at=received_at, sent_at=sent_at)
    except InvalidEvent as refusal:
        assert refusal.code
        assert refusal.message
    else:
        assert event.at <= received_at
        assert event.user_id or event.anonymous_id


@given(likely_messages)
def test_an_event_survives_the_queue(message: dict[str, Any]) -> None:
    try:
        event = accept(message, received_at=NOW, source="web")
    except InvalidEvent:
        return

    body = json.dumps(to_json(event), ensure_ascii=False, allow_nan=False).encode()

    assert from_json(json.loads(body)) == event


@given(json_values)
def test_cleaning_leaves_nothing_to_clean(value: object) -> None:
    cleaned = clean(value)

    json.dumps(cleaned, ensure_ascii=False, allow_nan=False).encode()
    assert clean(cleaned) is cleaned


@given(json_values, st.booleans())
def test_parsing_cleans_as_cleaning_does(value: object, ascii_only: bool) -> None:  # noqa: FBT001 - hypothesis calls it
    text = json.dumps(value, ensure_ascii=ascii_only)

    assert parse(text) == clean(json.loads(text))


@given(likely_messages)
def test_what_was_cleaned_before_is_taken_in_the_same(message: dict[str, Any]) -> None:
    message |= {"messageId": "m-1"}

    assert outcome(accept_clean, clean(message)) == outcome(accept, message)


def outcome(take: Callable[..., Event], message: dict[str, Any]) -> Event | str:
    try:
        return take(message, received_at=NOW)
    except InvalidEvent as refusal:
        return refusal.code
