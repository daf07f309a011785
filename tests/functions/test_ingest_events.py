"""The door of the hub: its paths, its keys, and what it promises whoever knocks."""

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


# Paths


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        *((f"/v1/{kind}", kind) for kind in ("track", "identify", "page", "screen", "group", "alias")),
        *((f"/v1/{kind[0]}", kind) for kind in ("track", "identify", "page", "screen", "group", "alias")),
        ("/v1/track/", "track"),
        ("/v1/t/", "track"),
    ],
)
def test_a_single_message_is_of_the_type_its_path_says(door: Door, path: str, kind: str) -> None:
    message = {"event": "Seen", "userId": "u-1", "previousId": "a-1", "messageId": "m-1"}

    assert_success(door.post(path, message))
    assert [(event.type, event.user_id, event.source) for event in door.events()] == [(kind, "u-1", "web")]


@pytest.mark.parametrize("path", ["/v1/batch", "/v1/b", "/v1/import", "/v1/batch/", "/beacon/v1/batch"])
def test_a_batch_is_taken_in_on_every_path_that_takes_batches(door: Door, path: str) -> None:
    assert_success(door.post(path, batch(track(), track(messageId="m-2"))))
    assert [event.message_id for event in door.events()] == ["m-1", "m-2"]


def test_a_clients_own_metrics_are_swallowed(door: Door) -> None:
    assert_success(door.post("/v1/m", {"series": []}, headers={"Content-Type": "text/plain"}))
    assert door.events() == []


@pytest.mark.parametrize("path", ["/", "/v1", "/v2/batch", "/v1/tracks", "/v1/x", "/v1/projects/settings"])
def test_an_unknown_path_is_said_to_be_unknown(door: Door, path: str) -> None:
    assert_refused(door.post(path, track()), 404, "not_found")


def test_a_known_path_says_which_method_it_takes(door: Door) -> None:
    assert_refused(door.get("/v1/batch"), 405, "method_not_allowed")
    assert_refused(door.post("/health", {}), 405, "method_not_allowed")


def test_health_is_answered_without_a_key(door: Door) -> None:
    assert_success(door.get("/health"))


# CORS


@pytest.mark.parametrize(
    "path", ["/v1/t", "/v1/batch", "/v1/projects/wk/settings", "/sourceConfig/", "/nowhere"]
)
def test_a_preflight_is_answered_before_anything_else(door: Door, path: str) -> None:
    asked = {"Origin": "https://shop.example", "Access-Control-Request-Headers": "authorization,x-extra"}

    reply = door.knock(gateway_event("OPTIONS", path, headers=asked))

    assert reply.status == 204
    assert {name: value for name, value in reply.headers.items() if name.startswith("Access-Control")} == {
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
        "Access-Control-Allow-Headers": "authorization,x-extra",
        "Access-Control-Expose-Headers": "Retry-After",
        "Access-Control-Max-Age": "7200",
    }


def test_authorization_is_allowed_by_name(door: Door) -> None:
    assert "Authorization" in door.post("/v1/t", track()).headers["Access-Control-Allow-Headers"]


# Promise P7: acknowledged is stored


@pytest.mark.parametrize("path", ["/v1/track", "/v1/batch"])
def test_nothing_is_acknowledged_that_the_queue_did_not_take(door: Door, path: str) -> None:
    door.lose_the_queue()

    reply = door.post(path, track() if path == "/v1/track" else batch(track(), track(userId="")))

    assert_refused(reply, 503, "unavailable")
    assert int(reply.headers["Retry-After"]) >= 1


def test_nothing_is_acknowledged_that_the_archive_did_not_take(door: Door) -> None:
    door.lose_the_archive()

    reply = door.post("/v1/batch", batch(track()))

    assert_refused(reply, 503, "unavailable")
    assert int(reply.headers["Retry-After"]) >= 1
    assert door.events() == [], "what cannot be replayed must not be acted on"


def test_a_hub_without_settings_says_that_it_is_its_own_fault(
    door: Door, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("HUB_WRITE_KEYS")

    reply = door.post("/v1/track", track())

    assert_refused(reply, 500, "internal_error")
    assert int(reply.headers["Retry-After"]) >= 1
    assert "HUB_WRITE_KEYS" in capsys.readouterr().out


# What browser SDKs fetch first


def test_analytics_next_gets_settings_that_point_it_here(door: Door) -> None:
    reply = door.get(f"/v1/projects/{WRITE_KEY}/settings")

    assert reply.status == 200
    assert reply.json == {
        "integrations": {
            "Segment.io": {"apiKey": WRITE_KEY, "apiHost": "hub.example.com/v1", "protocol": "https"}
        },
        "metrics": {"sampleRate": 0},
    }
    assert reply.headers["Access-Control-Allow-Origin"] == "*"


def test_settings_name_the_host_that_the_page_knows(door: Door) -> None:
    forwarded = {"Host": "abc.internal", "X-Forwarded-Host": "127.0.0.1:8787", "X-Forwarded-Proto": "http"}

    reply = door.get(f"/v1/projects/{WRITE_KEY}/settings", headers=forwarded)

    assert reply.json["integrations"]["Segment.io"] == {
        "apiKey": WRITE_KEY,
        "apiHost": "127.0.0.1:8787/v1",
        "protocol": "http",
    }


def test_an_unknown_key_has_no_settings(door: Door) -> None:
    assert_refused(door.get("/v1/projects/wk-old/settings"), 404, "unknown_write_key")


@pytest.mark.parametrize("path", ["/sourceConfig", "/sourceConfig/"])
def test_rudder_js_gets_its_source_configuration(door: Door, path: str) -> None:
    by_header = door.get(path, headers=basic(WRITE_KEY))
    by_query = door.get(path, query={"writeKey": WRITE_KEY, "p": "npm"})

    assert by_header.json == by_query.json
    assert by_query.json["source"] == {
        "id": "web",
        "name": "web",
        "enabled": True,
        "config": {},
        "destinations": [],
    }
    assert_refused(door.get(path, query={"writeKey": "wk-old"}), 401, "unknown_write_key")


# Logs


def test_what_is_refused_is_counted_in_one_line_without_data(
    door: Door, capsys: pytest.CaptureFixture[str]
) -> None:
    door.post(
        "/v1/batch",
        batch(track(), track(userId=""), track(event="", userId="ann@example.com"), track(event="")),
    )

    (line,) = capsys.readouterr().out.splitlines()
    logged = json.loads(line)
    assert (logged["RejectedMessages"], logged["stage"]) == (3, "test")
    assert logged["codes"] == {"no_user_anon_id": 1, "missing_event": 2}
    assert logged["_aws"]["CloudWatchMetrics"][0]["Metrics"] == [
        {"Name": "RejectedMessages", "Unit": "Count"}
    ]
    assert "ann@" not in line


def test_what_is_taken_in_leaves_no_line(door: Door, capsys: pytest.CaptureFixture[str]) -> None:
    door.post("/v1/batch", batch(track(), track(messageId="m-2")))
    door.get("/health")

    assert capsys.readouterr().out == ""


def test_a_failure_is_logged_without_data(door: Door, capsys: pytest.CaptureFixture[str]) -> None:
    door.lose_the_queue()

    door.post("/v1/track", track(userId="ann@example.com"))

    failure, rejections = map(json.loads, capsys.readouterr().out.splitlines())
    assert failure["reason"].startswith("The events queue did not take everything")
    assert rejections["codes"] == {"unavailable": 1}
    assert "ann@" not in json.dumps(failure)
