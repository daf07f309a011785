"""What may stand in a posted body, whatever it calls itself, and how large it may be."""

import gzip
import json
from collections.abc import Iterator

import pytest

from tests.functions.door import (
    WRITE_KEY,
    Door,
    assert_refused,
    assert_success,
    basic,
    batch,
    gateway_event,
    open_door,
    track,
)


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch) -> Iterator[Door]:
    with open_door(monkeypatch) as opened:
        yield opened


# Bodies


@pytest.mark.parametrize(
    "kind",
    ["application/json;charset=UTF-8", "text/plain", "application/x-www-form-urlencoded", "image/png", ""],
)
def test_the_content_type_is_ignored(door: Door, kind: str) -> None:
    headers = {"Content-Type": kind} if kind else {}

    assert_success(door.post("/v1/track", track(), headers=headers | basic(WRITE_KEY)))
    assert len(door.events()) == 1


@pytest.mark.parametrize("headers", [{"Content-Encoding": "gzip"}, {}])
def test_gzip_is_unpacked_whatever_it_calls_itself(door: Door, headers: dict[str, str]) -> None:
    body = gzip.compress(json.dumps(batch(track())).encode())
    form = {"Content-Type": "application/x-www-form-urlencoded"}

    assert_success(door.post("/v1/batch", body, headers=form | headers | basic(WRITE_KEY)))
    assert len(door.events()) == 1


def test_a_gateway_may_have_unpacked_gzip_already(door: Door) -> None:
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}

    assert_success(door.post("/v1/batch", batch(track()), headers=headers | basic(WRITE_KEY)))


def test_gzip_that_cannot_be_read_is_refused(door: Door) -> None:
    whole = gzip.compress(json.dumps(track()).encode())
    octets = {"Content-Type": "application/octet-stream"} | basic(WRITE_KEY)

    assert_refused(door.post("/v1/track", whole[:-12], headers=octets), 400, "invalid_gzip")
    assert_refused(door.post("/v1/track", whole[:10] + b"nonsense", headers=octets), 400, "invalid_gzip")
    read_as_text = {"Content-Type": "text/plain"} | basic(WRITE_KEY)
    assert_refused(door.post("/v1/track", whole, headers=read_as_text), 400, "invalid_gzip")


def test_a_gzip_bomb_does_not_unfold(door: Door) -> None:
    bomb = gzip.compress(b" " * 500_000_000)

    reply = door.post("/v1/batch", bomb, headers={"Content-Encoding": "gzip"} | basic(WRITE_KEY))

    assert_refused(reply, 400, "payload_too_large")


def test_base64_that_cannot_be_read_is_refused(door: Door) -> None:
    event = gateway_event("POST", "/v1/track", body=b"x", headers=basic(WRITE_KEY)) | {"body": "abc"}

    assert_refused(door.knock(event), 400, "invalid_base64")


@pytest.mark.parametrize("body", [b"", b"   ", b"track", b"{", b'{"a": 1', b"{'a': 1}", b"a=1&b=2"])
def test_what_is_not_json_is_refused(door: Door, body: bytes) -> None:
    assert_refused(door.post("/v1/batch", body), 400, "invalid_json")
    assert_refused(door.post("/v1/track", body), 400, "invalid_json")


@pytest.mark.parametrize("body", [b"[]", b'"track"', b"7", b"null", b"true", b'[{"type":"track"}]'])
def test_json_that_is_no_object_is_refused(door: Door, body: bytes) -> None:
    assert_refused(door.post("/v1/batch", body), 400, "invalid_request")
    assert_refused(door.post("/v1/track", body), 400, "invalid_request")


@pytest.mark.parametrize("value", [None, {}, "text", 7, {"0": {}}])
def test_a_batch_that_is_no_list_is_refused(door: Door, value: object) -> None:
    assert_refused(door.post("/v1/batch", {"batch": value}), 400, "invalid_request")
    assert_refused(door.post("/v1/batch", {}), 400, "invalid_request")


def test_an_empty_batch_is_a_success(door: Door) -> None:
    assert_success(door.post("/v1/batch", batch()))
    assert (door.bodies(), door.lines()) == ([], [])


def test_json_nested_without_end_is_refused(door: Door) -> None:
    assert_refused(door.post("/v1/batch", b"[" * 200_000), 400, "too_deep")


def test_one_broken_byte_does_not_cost_the_batch(door: Door) -> None:
    body = (
        json.dumps(batch(track(properties={"name": "caf?"}), track(messageId="m-2")))
        .encode()
        .replace(b"?", b"\xe9")
    )

    assert_success(door.post("/v1/batch", body))
    assert [event.properties.get("name") for event in door.events()] == ["caf\ufffd", None]
