"""One request, one answer, over real sockets: what never left is told apart from what was lost."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from hub.connector_kit.http import HttpSender, public_address
from hub.connector_kit.requests import HttpRequest, LostAnswer, NeverLeft

Reply = Callable[[BaseHTTPRequestHandler], None]


@contextmanager
def server(reply: Reply) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            reply(self)

        do_GET = do_POST = do_DELETE = handle_any  # noqa: N815 - http.server's own names

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{running.server_port}"
    finally:
        running.shutdown()
        running.server_close()


def answering(status: int, body: bytes = b"", **headers: str) -> Reply:
    def reply(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return reply


def post(url: str, **fields: Any) -> HttpRequest:
    return HttpRequest(method="POST", url=url, **fields)


def test_what_is_asked_arrives_as_it_was_made() -> None:
    got: list[Any] = []

    def reply(handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers["content-length"]))
        got.extend(
            [handler.path, handler.headers["x-key"], handler.headers["content-type"], json.loads(body)]
        )
        answering(202, b'{"ok":true}', Retry_After="3")(handler)

    with server(reply) as url:
        answer = HttpSender(5)(
            post(f"{url}/v1/x", headers={"x-key": "k"}, query={"a": "1 2"}, json={"č": [1]})
        )

    assert got == ["/v1/x?a=1+2", "k", "application/json", {"č": [1]}]
    assert (answer.status, answer.json, answer.headers["retry-after"]) == (202, {"ok": True}, "3")


def test_a_form_is_sent_as_a_form_and_bytes_as_they_are() -> None:
    got: list[tuple[str | None, bytes]] = []

    def reply(handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers["content-length"]))
        got.append((handler.headers["content-type"], body))
        answering(200)(handler)

    with server(reply) as url:
        sender = HttpSender(5)
        sender(post(url, form={"a": "b c"}))
        sender(post(url, body=b"\x00\xff", headers={"content-type": "application/octet-stream"}))

    assert got == [("application/x-www-form-urlencoded", b"a=b+c"), ("application/octet-stream", b"\x00\xff")]


def test_redirects_are_not_followed_and_errors_are_answers_too() -> None:
    with server(answering(302, Location="http://169.254.169.254/")) as url:
        assert HttpSender(5)(post(url)).status == 302
    with server(answering(503, b"busy")) as url:
        answer = HttpSender(5)(post(url))
        assert (answer.status, answer.json) == (503, None)


def test_a_port_nobody_listens_on_means_that_nothing_left() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]

        with pytest.raises(NeverLeft):
            HttpSender(1)(post(f"http://127.0.0.1:{port}/"))


def test_a_name_that_does_not_exist_means_that_nothing_left() -> None:
    with pytest.raises(NeverLeft):
        HttpSender(1)(post("http://no-such-host.invalid/"))


def test_a_failing_tls_handshake_means_that_nothing_left() -> None:
    with server(answering(200)) as url, pytest.raises(NeverLeft):
        HttpSender(1)(post(url.replace("http:", "https:")))


@pytest.mark.parametrize(
    "fault",
    [
        {"headers": {"x": "one\r\ntwo: 3"}},
        {"headers": {"x": "\u4e16"}},
        {"json": {"when": object()}},
        {"json": {"name": "\ud800"}},
    ],
    ids=["two lines", "no latin", "no JSON", "half a character"],
)
def test_what_cannot_be_put_on_the_line_has_not_left(fault: dict[str, Any]) -> None:
    with server(answering(200)) as url, pytest.raises(NeverLeft):
        HttpSender(1.0)(HttpRequest(method="POST", url=url, **fault))


@pytest.mark.parametrize("url", ["https://[::1", "gopher://x.test", "http://", "https://x.test:port/"])
def test_what_is_no_address_means_that_nothing_left(url: str) -> None:
    with pytest.raises(NeverLeft):
        HttpSender(1.0)(HttpRequest(method="GET", url=url))


def test_silence_after_the_request_is_a_lost_answer() -> None:
    silence = threading.Event()

    def reply(_: BaseHTTPRequestHandler) -> None:
        silence.wait(5)

    with server(reply) as url:
        with pytest.raises(LostAnswer, match="ReadTimeoutError"):
            HttpSender(0.2)(post(url))
        silence.set()


def test_a_connection_cut_after_the_request_is_a_lost_answer() -> None:
    def cut(handler: BaseHTTPRequestHandler) -> None:
        handler.connection.shutdown(socket.SHUT_RDWR)
        handler.close_connection = True

    with server(cut) as url, pytest.raises(LostAnswer):
        HttpSender(2)(post(url))


def test_a_body_cut_in_the_middle_is_a_lost_answer() -> None:
    def half(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "100")
        handler.end_headers()
        handler.wfile.write(b"half")
        handler.close_connection = True

    with server(half) as url, pytest.raises(LostAnswer):
        HttpSender(2)(post(url))


def test_an_address_from_outside_must_be_public_and_https() -> None:
    with server(answering(200)) as url:
        with pytest.raises(NeverLeft, match="https"):
            HttpSender(1)(post(url, public_only=True))
        with pytest.raises(NeverLeft, match=r"127.0.0.1 is not on the public internet"):
            HttpSender(1)(post(url.replace("http:", "https:"), public_only=True))


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "10.0.0.1",
        "192.168.1.1",
        "172.16.0.1",
        "169.254.169.254",
        "::1",
        "fd00:ec2::254",
        "0.0.0.0",
    ],
)
def test_private_and_metadata_addresses_are_refused(host: str) -> None:
    with pytest.raises(NeverLeft, match="not on the public internet"):
        public_address(host, 443)


def test_a_public_address_is_connected_to_as_it_was_checked() -> None:
    assert public_address("1.1.1.1", 443) == "1.1.1.1"


def test_a_base_url_replaces_the_host_keeps_the_path_and_lifts_the_guard() -> None:
    request = post("https://api.example.com/v2/x?y=1", public_only=True).at("http://127.0.0.1:9/vendor/")

    assert (request.url, request.public_only) == ("http://127.0.0.1:9/vendor/v2/x?y=1", False)
    assert post("https://api.example.com/v2").at("").url == "https://api.example.com/v2"
