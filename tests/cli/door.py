"""The hub's real front door over HTTP, on loopback, with what it took in kept in a list."""

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any

from hub.clock import Clock, real_now
from hub.events import Event
from hub.ingestion.doors import Reception, receive
from hub.ingestion.requests import Request
from hub.skew import MAX_SKEW

WRITE_KEY = "wk_test"


class Door(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, clock: Clock) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.clock = clock
        self.events: list[Event] = []
        self.batches: list[dict[str, Any]] = []
        self.planned: list[tuple[int, dict[str, str]]] = []
        """(status, headers) of the next answers; status 0 hangs up."""
        self.refuses: Callable[[dict[str, Any]], bool] = lambda _batch: False
        """Which batches get a 401, in whatever order they come."""
        self.shown: dict[str, Any] = {}
        """What GET /v1/decisions answers: slot -> content."""
        self.forms: list[tuple[str, str]] = []
        """(path, body) of what was posted to /hooks/."""
        self.lock = Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def take(self, request: Request) -> tuple[int, dict[str, str], Any]:
        with self.lock:
            self.batches.append(json.loads(base64.b64decode(request.body)))
            if self.refuses(self.batches[-1]):
                return 401, {}, {"success": False, "code": "planned", "message": "as the test asked"}
            if self.planned:
                status, headers = self.planned.pop(0)
                return status, headers, {"success": False, "code": "planned", "message": "as the test asked"}
            now = self.clock.now()
            skew = MAX_SKEW + abs(now - real_now())
            received = receive(request, Reception(sources={WRITE_KEY: "shop"}, now=now, max_skew=skew))
            self.events.extend(received.events)
        return received.answer.status, {}, received.answer.body


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: Door

    def do_GET(self) -> None:
        self._send(200, {}, {"success": True, "slots": self.server.shown})

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path.startswith("/hooks/"):
            self.server.forms.append((self.path, raw.decode()))
            self._send(200, {}, {"success": True})
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = base64.b64encode(raw).decode()
        request = Request(method="POST", path=self.path, headers=headers, body=body, is_base64=True)
        status, extra, answer = self.server.take(request)
        if status == 0:
            self.close_connection = True
            return
        self._send(status, extra, answer)

    def _send(self, status: int, extra: dict[str, str], answer: Any) -> None:
        payload = json.dumps(answer).encode()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(payload)), **extra}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(payload)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's own name
        """Silence."""


@contextmanager
def open_door(clock: Clock | None = None) -> Iterator[Door]:
    door = Door(clock or Clock())
    Thread(target=door.serve_forever, args=(0.01,), daemon=True).start()
    yield door
    door.shutdown()
    door.server_close()
