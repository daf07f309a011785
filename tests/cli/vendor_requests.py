"""Builders of requests to the played vendors, valid unless a test says otherwise."""

import json
from typing import Any

from cli.sandbox.vendors import discover
from cli.sandbox.wire import Request, Response, State
from hub.clock import real_now

EMAIL_HASH = "9004c5b0ea116d2c8e0d4b6528ac0cac005835265bbd742c19c2e807381959f3"
PHONE_HASH = "fab7be8a931d1088a82f6acf9e468aaf6a3accc07d5112ee5d6fca93281e1583"
SIGV4 = (
    "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261121/eu-west-1/ses/aws4_request, "
    f"SignedHeaders=content-type;host;x-amz-date, Signature={'0f' * 32}"
)


def request(method: str, path: str, body: Any = None, **headers: str) -> Request:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    raw = b"" if body is None else json.dumps(body).encode()
    return Request(method=method, path=path, headers=names, raw=raw, received_at=real_now())


def ask(connector: str, asked: Request, state: State | None = None) -> Response:
    return discover()[connector].respond(asked, {} if state is None else state)
