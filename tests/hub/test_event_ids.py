"""Who an event is about: ids as clients write them."""

from typing import Any

import pytest

from hub.clock import parse_instant
from hub.errors import InvalidEvent
from hub.events import Event, accept

NOW = parse_instant("2026-11-21T12:00:00Z")


def track(**fields: Any) -> dict[str, Any]:
    return {"type": "track", "event": "Product Added", "userId": "u-1", "messageId": "m-1"} | fields


def taken(message: object, **about: Any) -> Event:
    return accept(message, **{"received_at": NOW, "source": "web"} | about)


def code_of(message: object, **about: Any) -> str:
    with pytest.raises(InvalidEvent) as refusal:
        taken(message, **about)
    return refusal.value.code


@pytest.mark.parametrize("nobody", [None, "", "   ", "\t\n", "\0"])
def test_a_message_about_nobody_is_refused(nobody: object) -> None:
    assert code_of(track(userId=nobody, anonymousId=nobody)) == "no_user_anon_id"


def test_a_message_without_any_id_field_is_refused() -> None:
    assert code_of({"type": "track", "event": "Product Added"}) == "no_user_anon_id"


@pytest.mark.parametrize("empty", [None, "", "   "])
def test_an_empty_user_id_is_no_user_id(empty: object) -> None:
    event = taken(track(userId=empty, anonymousId="a-1"))

    assert (event.user_id, event.anonymous_id) == ("", "a-1")


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (42, "42"),
        (0, "0"),
        (12345678901234567890, "12345678901234567890"),
        (42.0, "42"),
        (4.5, "4.5"),
        ("  u-1 ", "u-1"),
        ("user\0-1", "user-1"),
        ("Žofie", "Žofie"),
    ],
)
def test_an_id_is_read_as_trimmed_text(sent: object, read: str) -> None:
    assert taken(track(userId=sent)).user_id == read


@pytest.mark.parametrize("key", ["userId", "anonymousId", "previousId", "groupId", "messageId"])
@pytest.mark.parametrize("value", [True, False, [], ["u-1"], {}, {"id": "u-1"}])
def test_an_id_that_is_neither_text_nor_number_is_refused(key: str, value: object) -> None:
    snake = {"userId": "user_id", "anonymousId": "anonymous_id", "previousId": "previous_id"}.get(key)

    assert code_of(track(**{key: value})) == f"invalid_{snake or key.replace('Id', '_id')}"


@pytest.mark.parametrize(("key", "limit"), [("messageId", 100), ("userId", 256), ("anonymousId", 256)])
def test_an_id_past_its_length_is_refused(key: str, limit: int) -> None:
    taken(track(**{key: "x" * limit}))

    assert code_of(track(**{key: "x" * (limit + 1)})).startswith("invalid_")


@pytest.mark.parametrize("absent", [{}, {"messageId": None}, {"messageId": ""}, {"messageId": "  "}])
def test_a_message_without_an_id_gets_one_of_its_own(absent: dict[str, Any]) -> None:
    message = {"type": "track", "event": "Product Added", "userId": "u-1", **absent}

    first, second = taken(message), taken(message)

    assert first.message_id.startswith("hub-")
    assert first.message_id != second.message_id


def test_an_alias_carries_both_ids() -> None:
    event = taken({"type": "alias", "userId": "u-1", "previousId": "a-1"})

    assert (event.user_id, event.previous_id) == ("u-1", "a-1")


def test_an_alias_to_oneself_is_harmless() -> None:
    assert taken({"type": "alias", "userId": "u-1", "previousId": "u-1"}).previous_id == "u-1"


def test_an_alias_lacking_one_side_is_refused() -> None:
    assert code_of({"type": "alias", "userId": "u-1"}) == "missing_previous_id"
    assert code_of({"type": "alias", "anonymousId": "a-1", "previousId": "a-0"}) == "no_user_anon_id"
