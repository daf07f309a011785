"""Which source is speaking: a write key is found wherever an SDK puts it, and nowhere else does it go."""

import base64
from collections.abc import Iterator

import pytest

from tests.functions.door import (
    WRITE_KEY,
    Door,
    assert_refused,
    assert_success,
    basic,
    batch,
    open_door,
    track,
)

JSON = {"Content-Type": "application/json"}


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch) -> Iterator[Door]:
    with open_door(monkeypatch) as opened:
        yield opened


@pytest.mark.parametrize(
    ("headers", "query", "fields"),
    [
        (basic(WRITE_KEY), {}, {}),
        ({"Authorization": f"Basic {base64.b64encode(WRITE_KEY.encode()).decode()}"}, {}, {}),
        ({"Authorization": f"basic {base64.b64encode(f'{WRITE_KEY}:secret'.encode()).decode()}"}, {}, {}),
        ({}, {"writeKey": WRITE_KEY}, {}),
        ({}, {}, {"writeKey": WRITE_KEY}),
        ({"X-Write-Key": f"{WRITE_KEY}:secret"}, {}, {"writeKey": f"{WRITE_KEY}:***"}),
        ({"Authorization": "Bearer token"}, {}, {"writeKey": WRITE_KEY}),
        ({"Authorization": "Basic %%%"}, {}, {"writeKey": WRITE_KEY}),
        ({**basic(WRITE_KEY), "X-Write-Key": WRITE_KEY}, {"writeKey": WRITE_KEY}, {"writeKey": WRITE_KEY}),
    ],
)
def test_a_write_key_is_found_wherever_a_client_puts_it(
    door: Door, headers: dict[str, str], query: dict[str, str], fields: dict[str, str]
) -> None:
    assert_success(door.post("/v1/track", track(**fields), headers=JSON | headers, query=query))
    assert_success(door.post("/v1/batch", batch(track(), **fields), headers=JSON | headers, query=query))
    assert [event.source for event in door.events()] == ["web", "web"]


def test_a_write_key_may_stand_in_the_batched_messages_only(door: Door) -> None:
    assert_success(door.post("/v1/b", batch(track(writeKey=WRITE_KEY)), headers=JSON))


def test_jitsus_keys_may_hold_a_colon(door: Door) -> None:
    assert_success(door.post("/v1/track", track(), headers=JSON | {"X-Write-Key": "jitsu:secret"}))
    assert [event.source for event in door.events()] == ["jitsu"]


@pytest.mark.parametrize("path", ["/v1/track", "/v1/batch"])
def test_an_unknown_write_key_is_refused(door: Door, path: str) -> None:
    message = track() if path == "/v1/track" else batch(track())

    assert_refused(door.post(path, message, headers=JSON | basic("wk-old")), 401, "unknown_write_key")
    assert_refused(door.post(path, message | {"writeKey": "wk-old"}, headers=JSON), 401, "unknown_write_key")
    assert_refused(door.post(path, message, headers=JSON), 401, "missing_write_key")
    assert_refused(door.post(path, message | {"writeKey": ["wk"]}, headers=JSON), 401, "missing_write_key")
    assert door.events() == []


def test_the_write_key_does_not_travel(door: Door) -> None:
    door.post("/v1/b", batch(track(writeKey=WRITE_KEY), writeKey=WRITE_KEY), headers=JSON)

    assert not any(WRITE_KEY in text for text in (*door.bodies(), *door.lines()))
