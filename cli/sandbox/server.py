"""The sandbox as an HTTP server: a thread a connection, bound to loopback and nothing else."""

import json
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event
from typing import Any

from pydantic import ValidationError

from cli.sandbox.failures import Plan
from cli.sandbox.stage import Stage
from cli.sandbox.vendors import discover
from cli.sandbox.wire import Request, Response, split_target
from hub.clock import Clock, real_now

LOOPBACK = "127.0.0.1"


class Server(ThreadingHTTPServer):
    """Closing it also lets go of the requests it holds unanswered."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, port: int, clock: Clock) -> None:
        super().__init__((LOOPBACK, port), _Handler)
        self.stage = Stage(discover(), clock.now)
        self.closing = Event()

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.server_address[1]}"

    def server_close(self) -> None:
        self.closing.set()
        super().server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "sandbox"
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body leave in one piece
    server: Server

    def _handle(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        name, path, query = split_target(self.path)
        headers = dict(self.headers.items())
        request = Request(
            method=self.command, path=path, query=query, headers=headers, raw=raw, received_at=real_now()
        )
        if name.startswith("__"):
            self._send(_control(self.server.stage, name, request))
        else:
            self._play(name, request)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _handle  # noqa: N815 - http.server asks for these names

    def _play(self, connector: str, request: Request) -> None:
        answer = self.server.stage.play(connector, request)
        if answer.wait:
            self.server.closing.wait(answer.wait)
        if answer.response is None:
            self.close_connection = True
        else:
            self._send(answer.response)

    def _send(self, response: Response) -> None:
        payload = b"" if response.body is None else json.dumps(response.body).encode()
        self.send_response(response.status)
        for name, value in _heads(response, payload).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(payload)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's own name
        """Silence: what came in is asked for at /__requests."""


def _heads(response: Response, payload: bytes) -> Mapping[str, str]:
    return {"Content-Type": "application/json", "Content-Length": str(len(payload)), **response.headers}


def _control(stage: Stage, name: str, request: Request) -> Response:
    match (request.method, name):
        case ("GET", "__requests"):
            return Response(body=stage.records(request.query.get("connector", "")))
        case ("DELETE", "__requests"):
            stage.forget()
            return Response(body={"forgotten": True})
        case ("POST", "__fail"):
            return _fail(stage, request)
    return Response(status=404, body={"error": "controls are GET and DELETE /__requests and POST /__fail"})


def _fail(stage: Stage, request: Request) -> Response:
    try:
        plan = Plan.model_validate_json(request.raw)
    except ValidationError as problems:
        return Response(status=400, body={"error": _sentences(problems)})
    stage.fail(plan)
    return Response(body=plan.model_dump(exclude_none=True))


def _sentences(problems: ValidationError) -> str:
    return "; ".join(
        f"{'.'.join(map(str, problem['loc'])) or 'body'}: {problem['msg']}" for problem in problems.errors()
    )
