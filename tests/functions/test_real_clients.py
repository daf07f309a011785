"""A real SDK against the door, over real HTTP: everything arrives, once, and nothing is sent twice."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from segment.analytics.client import Client

from hub.clock import SECOND, real_now
from tests.functions.door import WRITE_KEY, Door, gateway_event, open_door


@dataclass
class Gateway:
    """Turns requests into the gateway's events and back, and remembers what was asked and answered."""

    door: Door
    url: str = ""
    requests: list[dict[str, Any]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    answered: Event = field(default_factory=Event)


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gateway]:
    with open_door(monkeypatch) as door, listening(Gateway(door)) as opened:
        yield opened


@contextmanager
def listening(gateway: Gateway) -> Iterator[Gateway]:
    class Requests(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            url = urlsplit(self.path)
            event = gateway_event(
                "POST",
                url.path,
                body=self.rfile.read(int(self.headers["Content-Length"])),
                headers=dict(self.headers),
                query=dict(parse_qsl(url.query)),
            )
            reply = gateway.door.knock(event)
            gateway.requests.append(event)
            gateway.statuses.append(reply.status)
            gateway.answered.set()
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.text.encode())))
            self.end_headers()
            self.wfile.write(reply.text.encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Requests)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    gateway.url = f"http://127.0.0.1:{server.server_port}"
    yield gateway
    server.shutdown()
    server.server_close()
    thread.join()


@contextmanager
def segment_client(gateway: Gateway, **options: Any) -> Iterator[tuple[Client, list[Exception]]]:
    failures: list[Exception] = []
    client = Client(WRITE_KEY, host=gateway.url, on_error=lambda error, _: failures.append(error), **options)
    yield client, failures
    client.shutdown()


@pytest.mark.parametrize("gzip", [False, True])
def test_everything_segments_python_client_sends_arrives_once(gateway: Gateway, gzip: bool) -> None:  # noqa: FBT001
    before = real_now()
    with segment_client(gateway, gzip=gzip) as (client, failures):
        for index in range(250):
            client.track(f"u-{index}", "Product Added", {"price": index / 4, "name": "žluťoučký 🎉"})

    events = gateway.door.events()
    assert failures == []
    assert gateway.statuses == [200] * len(gateway.statuses)
    assert sorted(event.user_id for event in events) == sorted(f"u-{index}" for index in range(250))
    assert len({event.message_id for event in events}) == 250
    assert all(before - SECOND <= event.at <= event.received_at <= real_now() for event in events)
    assert {event.properties["name"] for event in events} == {"žluťoučký 🎉"}
    assert len(gateway.door.lines()) == 250
    assert not any("x-retry-count" in request["headers"] for request in gateway.requests)
    assert all(("content-encoding" in request["headers"]) == gzip for request in gateway.requests)


def test_every_kind_of_message_of_segments_python_client_arrives(gateway: Gateway) -> None:
    with segment_client(gateway) as (client, failures):
        client.identify("u-1", {"email": "ann@example.com"})
        client.page("u-1", "Shop", "Tea", {"path": "/tea"})
        client.screen("u-1", "Shop", "Tea")
        client.group("u-1", "g-1", {"name": "Acme"})
        client.alias("a-1", "u-1")
        client.track(None, "Seen", {"score": float("nan")}, anonymous_id="a-1")
        client.track(42, "Seen")

    events = gateway.door.events()
    assert failures == []
    assert [(event.type, event.name, event.user_id, event.anonymous_id) for event in events] == [
        ("identify", "", "u-1", ""),
        ("page", "Tea", "u-1", ""),
        ("screen", "Tea", "u-1", ""),
        ("group", "", "u-1", ""),
        ("alias", "", "u-1", ""),
        ("track", "Seen", "", "a-1"),
        ("track", "Seen", "42", ""),
    ]
    assert events[0].traits == {"email": "ann@example.com"}
    assert events[1].properties == {"path": "/tea", "name": "Tea", "category": "Shop"}
    assert (events[3].group_id, events[3].properties) == ("g-1", {"name": "Acme"})
    assert events[4].previous_id == "a-1"
    assert events[5].properties == {"score": None}


def test_a_key_that_is_unknown_is_reported_at_once_and_not_tried_again(gateway: Gateway) -> None:
    failures: list[Exception] = []
    client = Client("wk-old", host=gateway.url, on_error=lambda error, _: failures.append(error))

    client.track("u-1", "Seen")
    client.shutdown()

    assert gateway.statuses == [401]
    assert [getattr(failure, "code", None) for failure in failures] == ["unknown_write_key"]


def test_a_hub_that_cannot_store_is_tried_again_until_it_can(gateway: Gateway) -> None:
    queue_url = gateway.door.queue_url
    gateway.door.lose_the_queue()
    with segment_client(gateway) as (client, failures):
        client.track("u-1", "Seen")
        assert gateway.answered.wait(timeout=30)
        gateway.door.sqs.create_queue(QueueName=queue_url.rsplit("/", 1)[-1])

    assert failures == []
    assert gateway.statuses == [503, 200]
    assert [event.user_id for event in gateway.door.events()] == ["u-1"]
