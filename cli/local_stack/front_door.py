"""The API at the root of a plain http://127.0.0.1:PORT; in the emulator it has a path of its own."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import urllib3
from urllib3.exceptions import HTTPError

from cli.local_stack.bodies import BadBodyError, read_body
from cli.local_stack.deployment import client
from cli.local_stack.errors import LocalStackError
from cli.local_stack.places import LOOPBACK, STAGE
from hub.deployed import named

_DOOR_FUNCTION = named(STAGE, "ingest_events")
_PER_HOP = frozenset(
    {"connection", "keep-alive", "proxy-authenticate", "te", "trailer", "transfer-encoding", "upgrade"}
)
_PATIENCE = 35.0
"""Seconds; API Gateway itself waits 30."""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: list[tuple[str, str]]
    body: bytes


@dataclass(frozen=True)
class Api:
    """The HTTP API inside the emulator."""

    aws: str
    api_id: str

    @cached_property
    def _pool(self) -> urllib3.PoolManager:
        return urllib3.PoolManager(maxsize=64, retries=False, timeout=_PATIENCE)

    @cached_property
    def _lambda(self) -> Any:
        return client("lambda", self.aws)

    def answer(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Answer:
        """`target`: path and query, as they came."""
        if method == "OPTIONS":
            return self._answer_options(target, headers)
        url = f"{self.aws}/_aws/execute-api/{self.api_id}/$default{target}"
        found = self._pool.request(
            method, url, headers=headers, body=body, redirect=False, decode_content=False
        )
        kept = [(name, value) for name, value in found.headers.items() if name.lower() not in _PER_HOP]
        return Answer(found.status, kept, found.data)

    def _answer_options(self, target: str, headers: dict[str, str]) -> Answer:
        """Straight from the Lambda: the emulator refuses OPTIONS of an API without a CORS configuration.

        API Gateway does not: there, OPTIONS takes the $default route like everything else.
        """
        event = options_event(target, headers)
        result = self._lambda.invoke(FunctionName=_DOOR_FUNCTION, Payload=json.dumps(event))
        said = json.loads(result["Payload"].read())
        body = str(said.get("body", "")).encode()
        return Answer(int(said["statusCode"]), list(said.get("headers", {}).items()), body)


def binary_as_binary(headers: dict[str, str]) -> dict[str, str]:
    """The emulator reads a body of a textual type as text, zipped or not; what is zipped is no text."""
    if not any(name.lower() == "content-encoding" for name in headers):
        return headers
    kept = {name: value for name, value in headers.items() if name.lower() != "content-type"}
    return {**kept, "Content-Type": "application/octet-stream"}


def options_event(target: str, headers: dict[str, str]) -> dict[str, Any]:
    """An HTTP API's event, payload format 2.0."""
    address = urlsplit(target)
    http = {"method": "OPTIONS", "path": address.path, "sourceIp": LOOPBACK, "protocol": "HTTP/1.1"}
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": address.path,
        "rawQueryString": address.query,
        "headers": {name.lower(): value for name, value in headers.items()},
        "requestContext": {"http": http, "stage": "$default", "routeKey": "$default"},
        "isBase64Encoded": False,
    }


class FrontDoor(ThreadingHTTPServer):
    daemon_threads = True
    # SDKs come in bursts; the default of 5 refuses connections.
    request_queue_size = 256

    api: Api

    def __init__(self, port: int) -> None:
        """Take the port, but refuse connections until `open`."""
        super().__init__((LOOPBACK, port), _Handler, bind_and_activate=False)
        try:
            self.server_bind()
        except OSError as error:
            self.server_close()
            reason = os.strerror(error.errno or 0)
            raise LocalStackError(
                f"port {port} cannot be used ({reason}): give another with --port"
            ) from error

    def open(self, api: Api) -> None:
        self.api = api
        self.server_activate()
        Thread(target=self.serve_forever, daemon=True).start()

    def close(self) -> None:
        if hasattr(self, "api"):
            self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # The answer goes out as one packet, not as headers and then a body that waits for an ACK.
    wbufsize = -1
    disable_nagle_algorithm = True
    server: FrontDoor

    def _forward(self) -> None:
        try:
            body = read_body(dict(self.headers), self.rfile)
            headers = {name: value for name, value in self.headers.items() if name.lower() not in _PER_HOP}
            answer = self.server.api.answer(self.command, self.path, binary_as_binary(headers), body)
        except BadBodyError as error:
            self.close_connection = True
            answer = _trouble(400, "invalid_request", str(error))
        except HTTPError as error:
            answer = _trouble(502, "emulator_unreachable", f"The emulator did not answer: {error}")
        self._send(answer)

    def _send(self, answer: Answer) -> None:
        self.send_response_only(answer.status)
        for name, value in answer.headers:
            if name.lower() != "content-length":
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    def __getattr__(self, name: str) -> Callable[[], None]:
        """The base class looks for do_GET, do_POST and so on: all are the same to us."""
        if name.startswith("do_"):
            return self._forward
        raise AttributeError(name)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """The emulator's log tells enough."""


def _trouble(status: int, code: str, message: str) -> Answer:
    body = json.dumps({"success": False, "code": code, "message": message}).encode()
    return Answer(status, [("Content-Type", "application/json"), ("Access-Control-Allow-Origin", "*")], body)
