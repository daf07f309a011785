"""What becomes of each message of a request: in the queue, in the archive, in the answer."""

import gzip
import json
from collections.abc import Iterator
from typing import Any

import pytest

from hub.clock import DAY, HOUR, format_instant, parse_instant, real_now
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


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch) -> Iterator[Door]:
    with open_door(monkeypatch) as opened:
        yield opened


# Messages


def test_bare_nan_and_lone_surrogates_spoil_nothing(door: Door) -> None:
    message = json.dumps(track(properties={"price": float("nan"), "name": "\ud83d", "n": "\0\ufffe\uffff"}))
    body = f'{{"batch": [{message}, {json.dumps(track(messageId="m-2"))}]}}'.encode()

    assert_success(door.post("/v1/batch", body))
    first, second = door.events()
    assert first.properties == {"price": None, "name": "\ufffd", "n": "\ufffe\uffff"}
    assert second.message_id == "m-2"


def test_the_good_messages_of_a_batch_are_kept_and_the_bad_ones_listed(door: Door) -> None:
    messages = [
        track(messageId="m-0"),
        track(userId=None),
        {"type": "identify", "userId": "", "anonymousId": None},
        track(messageId="m-3", userId=42),
        track(event=""),
        "track",
        track(type="subscribe"),
        track(userId=True),
        track(messageId="x" * 101),
        track(messageId="m-9", properties={"long": "x" * 33_000}),
        track(messageId="m-10"),
    ]

    reply = door.post("/v1/batch", batch(*messages))

    assert (reply.status, reply.json["success"]) == (200, True)
    assert reply.errors == [
        (1, "no_user_anon_id"),
        (2, "no_user_anon_id"),
        (4, "missing_event"),
        (5, "invalid_message"),
        (6, "unknown_type"),
        (7, "invalid_user_id"),
        (8, "invalid_message_id"),
        (9, "message_too_large"),
    ]
    assert all(error["message"] for error in reply.json["errors"])
    assert [(event.message_id, event.user_id) for event in door.events()] == [
        ("m-0", "u-1"),
        ("m-3", "42"),
        ("m-10", "u-1"),
    ]
    assert len(door.lines()) == 3


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"userId": None}, "no_user_anon_id"),
        ({"userId": ""}, "no_user_anon_id"),
        ({"event": None}, "missing_event"),
        ({"type": "subscribe"}, "unknown_type"),
        ({"properties": "text"}, "invalid_properties"),
        ({"properties": {"long": "x" * 33_000}}, "message_too_large"),
    ],
)
def test_a_bad_message_on_its_own_is_refused(door: Door, fields: dict[str, Any], code: str) -> None:
    assert_refused(door.post("/v1/track", track(**fields)), 400, code)
    assert (door.events(), door.lines()) == ([], [])


def test_a_message_may_have_32_kilobytes(door: Door) -> None:
    message = track(properties={"long": ""})
    room = 32_768 - len(json.dumps(message, separators=(",", ":")))

    assert_success(door.post("/v1/track", track(properties={"long": "x" * room})))
    assert_refused(
        door.post("/v1/track", track(properties={"long": "x" * (room + 1)})), 400, "message_too_large"
    )


def test_a_batch_may_have_512000_bytes_unpacked(door: Door) -> None:
    messages = [track(messageId=f"m-{index}", properties={"long": "x" * 30_000}) for index in range(16)]
    fitting = json.dumps(batch(*messages)).encode().ljust(512_000)

    assert_success(door.post("/v1/batch", fitting))
    assert_success(door.post("/v1/batch", gzip.compress(fitting), headers=basic(WRITE_KEY)))
    assert len(door.events()) == 32
    assert_refused(door.post("/v1/batch", fitting + b" "), 400, "payload_too_large")
    assert_refused(
        door.post("/v1/batch", gzip.compress(fitting + b" "), headers=basic(WRITE_KEY)),
        400,
        "payload_too_large",
    )


def test_a_batch_may_have_2500_messages_and_the_surplus_is_listed(door: Door) -> None:
    messages = [track(messageId=f"m-{index}") for index in range(3_000)]

    reply = door.post("/v1/batch", batch(*messages))

    assert reply.errors == [(index, "too_many_messages") for index in range(2_500, 3_000)]
    bodies = door.bodies()
    assert [event["message_id"] for body in bodies for event in json.loads(body)["events"]] == [
        f"m-{index}" for index in range(2_500)
    ]
    assert all(len(body.encode()) < 200_000 for body in bodies)
    assert len(door.lines()) == 2_500


def test_a_batch_of_a_hundred_thousand_trifles_still_gets_an_answer_a_lambda_can_give(door: Door) -> None:
    reply = door.post("/v1/batch", batch(*[1] * 100_000))

    assert len(reply.json["errors"]) == 10_000
    assert reply.json["unlisted"] == 90_000
    assert len(reply.text) < 6_000_000


def test_twins_are_both_taken_in_with_the_id_they_share(door: Door) -> None:
    for _ in range(2):
        assert_success(door.post("/v1/track", track()))

    assert [(event.source, event.message_id) for event in door.events()] == [("web", "m-1")] * 2


def test_the_batchs_context_and_sent_at_reach_its_messages(door: Door) -> None:
    now = real_now()
    stamp = "2020-01-01T00:00:00Z"
    body = batch(track(timestamp=stamp), context={"timezone": "Europe/Prague", "bad": "\0"}, sentAt=stamp)

    door.post("/v1/batch", body)

    (event,) = door.events()
    assert event.context == {"timezone": "Europe/Prague", "bad": ""}
    assert event.sent_at == event.original_at == event.at == parse_instant(stamp)
    assert now <= event.received_at <= real_now()


def test_a_beacon_carries_its_key_in_the_query(door: Door) -> None:
    reply = door.post(
        "/beacon/v1/batch",
        batch(track()),
        headers={"Content-Type": "text/plain"},
        query={"writeKey": WRITE_KEY},
    )

    assert_success(reply)
    assert [event.context for event in door.events()] == [{"ip": "203.0.113.7"}]


@pytest.mark.parametrize(
    ("path", "headers", "fields", "ip"),
    [
        ("/v1/t", {}, {}, "203.0.113.7"),
        ("/v1/track", {"Origin": "https://shop.example"}, {}, "203.0.113.7"),
        ("/v1/track", {}, {"channel": "mobile"}, "203.0.113.7"),
        ("/v1/track", {}, {"context": {"direct": True}}, "203.0.113.7"),
        ("/v1/t", {}, {"context": {"ip": "198.51.100.1"}}, "198.51.100.1"),
        ("/v1/track", {}, {}, None),
        ("/v1/track", {}, {"channel": "server"}, None),
    ],
)
def test_the_connections_address_is_the_customers_if_a_device_sent_it(
    door: Door, path: str, headers: dict[str, str], fields: dict[str, Any], ip: str | None
) -> None:
    door.post(path, track(**fields), headers=headers | basic(WRITE_KEY))

    assert [event.context.get("ip") for event in door.events()] == [ip]


def test_the_archive_keeps_the_message_as_sent(door: Door) -> None:
    message = track(timestamp="2026-11-21T11:00:00Z", integrations={"All": True}, properties={"price": 7})

    door.post("/v1/batch", batch(message))

    (event,) = door.events()
    (line,) = map(json.loads, door.lines())
    assert {key: line[key] for key in message} == message
    assert parse_instant(line["receivedAt"]) == event.received_at
    assert (line["source"], line["sentAt"]) == ("web", "2026-11-21T12:00:00Z")


def test_in_a_rehearsal_clients_with_real_clocks_come_out_in_hub_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = real_now()
    with open_door(monkeypatch, clock_speed=720.0, clock_origin=real, clock_start=real + 900 * DAY) as door:
        message = track(timestamp=format_instant(real - HOUR), sentAt=format_instant(real))

        door.post("/v1/track", message)

        (event,) = door.events()
        assert event.received_at >= real + 900 * DAY
        assert event.at == event.received_at - HOUR
