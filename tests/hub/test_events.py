"""What the hub takes in as an event, and how it reads what real clients put on the wire."""

import json
from typing import Any

import pytest

from hub.clock import SECOND, parse_instant
from hub.errors import InvalidEvent
from hub.events import Event, accept, to_json

NOW = parse_instant("2026-11-21T12:00:00Z")


def track(**fields: Any) -> dict[str, Any]:
    return {"type": "track", "event": "Product Added", "userId": "u-1", "messageId": "m-1"} | fields


def taken(message: object, **about: Any) -> Event:
    return accept(message, **{"received_at": NOW, "source": "web"} | about)


def code_of(message: object, **about: Any) -> str:
    with pytest.raises(InvalidEvent) as refusal:
        taken(message, **about)
    return refusal.value.code


# The message as a whole


def test_a_track_message_becomes_an_event() -> None:
    message = track(
        anonymousId="a-1",
        timestamp="2026-11-21T11:59:58.000Z",
        sentAt="2026-11-21T12:00:00.000Z",
        properties={"sku": "G-32", "price": 18.99},
        context={"locale": "cs-CZ", "traits": {"email": "ann@example.com"}},
        integrations={"All": True},
    )

    event = taken(message)

    assert event == Event(
        type="track",
        message_id="m-1",
        at=NOW - 2 * SECOND,
        received_at=NOW,
        source="web",
        name="Product Added",
        user_id="u-1",
        anonymous_id="a-1",
        properties={"sku": "G-32", "price": 18.99},
        traits={"email": "ann@example.com"},
        context={"locale": "cs-CZ"},
        original_at=NOW - 2 * SECOND,
        sent_at=NOW,
    )


@pytest.mark.parametrize("message", [None, [], "track", 7, True])
def test_a_message_that_is_no_object_is_refused(message: object) -> None:
    assert code_of(message) == "invalid_message"


@pytest.mark.parametrize("kind", [None, "", "Track", "subscribe", 7, ["track"], {}])
def test_a_message_of_an_unknown_type_is_refused(kind: object) -> None:
    assert code_of(track(type=kind)) == "unknown_type"


@pytest.mark.parametrize("name", [None, "", "   "])
def test_a_track_message_without_an_event_is_refused(name: object) -> None:
    assert code_of(track(event=name)) == "missing_event"


@pytest.mark.parametrize("key", ["properties", "context"])
@pytest.mark.parametrize("value", ["text", 7, True, [1]])
def test_what_must_be_an_object_and_is_not_is_refused(key: str, value: object) -> None:
    assert code_of(track(**{key: value})) == f"invalid_{key}"


@pytest.mark.parametrize("value", [None, [], {}])
def test_an_empty_object_may_be_written_as_null_or_as_php_writes_it(value: object) -> None:
    event = taken(track(properties=value, context=value))

    assert (event.properties, event.context) == ({}, {})


def test_a_message_nested_without_end_is_refused() -> None:
    deep: Any = "x"
    for _ in range(200):
        deep = [deep]

    assert code_of(track(properties={"deep": deep})) == "too_deep"


# What


def test_identify_has_its_own_traits() -> None:
    message = {
        "type": "identify",
        "userId": "u-1",
        "traits": {"plan": "gold"},
        "context": {"traits": {"plan": "old"}},
    }

    assert taken(message).traits == {"plan": "gold"}


def test_identify_may_keep_its_traits_in_the_context_only() -> None:
    event = taken(
        {"type": "identify", "userId": "u-1", "context": {"traits": {"plan": "gold"}, "locale": "cs"}}
    )

    assert (event.traits, event.context) == ({"plan": "gold"}, {"locale": "cs"})


def test_a_groups_traits_are_not_the_customers() -> None:
    event = taken(
        {
            "type": "group",
            "userId": "u-1",
            "groupId": 7,
            "traits": {"name": "Acme"},
            "context": {"traits": {"name": "Ann"}},
        }
    )

    assert (event.group_id, event.properties, event.traits) == ("7", {"name": "Acme"}, {"name": "Ann"})


@pytest.mark.parametrize("kind", ["page", "screen"])
def test_a_page_has_the_same_properties_whichever_client_sent_it(kind: str) -> None:
    from_a_server = {
        "type": kind,
        "userId": "u-1",
        "name": "Tea",
        "category": "Shop",
        "properties": {"path": "/tea"},
    }
    from_a_browser = from_a_server | {"properties": {"path": "/tea", "name": "Tea", "category": "Shop"}}

    assert taken(from_a_server).properties == taken(from_a_browser).properties
    assert taken(from_a_server).name == "Tea"


def test_a_page_needs_no_name() -> None:
    event = taken({"type": "page", "anonymousId": "a-1"})

    assert (event.name, event.properties) == ("", {})


def test_the_batchs_context_fills_what_the_message_lacks() -> None:
    event = taken(
        track(context={"locale": "cs"}), envelope_context={"locale": "en", "timezone": "Europe/Prague"}
    )

    assert event.context == {"locale": "cs", "timezone": "Europe/Prague"}


def test_what_no_store_can_hold_is_put_right() -> None:
    properties = {
        "nan": float("nan"),
        "infinite": [float("inf"), -float("inf")],
        "huge": 10**400,
        "text": "half an emoji \ud83d and a \0NUL",
        "k\0ey\udc00": {"deep": "\0"},
        "kept": [-0.0, 1e21, 12345678901234567890, True, None, "🎉", ""],
        "": "an empty key",
    }

    event = taken(track(properties=properties))

    assert event.properties == {
        "nan": None,
        "infinite": [None, None],
        "huge": None,
        "text": "half an emoji \ufffd and a NUL",
        "key\ufffd": {"deep": ""},
        "kept": [-0.0, 1e21, 12345678901234567890, True, None, "🎉", ""],
        "": "an empty key",
    }


def test_taking_a_message_in_does_not_change_it() -> None:
    message = track(properties={"text": "\0"}, context={"traits": {"plan": "gold"}})
    before = json.dumps(message)

    taken(message, envelope_context={"locale": "cs"})

    assert json.dumps(message) == before


# In the queue


def test_empty_fields_do_not_travel() -> None:
    event = taken({"type": "page", "anonymousId": "a-1", "messageId": "m-1"}, source="")

    assert to_json(event) == {
        "type": "page",
        "message_id": "m-1",
        "at": NOW,
        "received_at": NOW,
        "anonymous_id": "a-1",
    }
