"""One batch to `/v1/batch`, tried again as the field's SDKs do: 408, 410, 429, 460, 5xx, no answer."""

import base64
import json
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import urllib3

from cli.sending.batching import Batch
from cli.sending.lines import Line
from hub.clock import Clock, format_instant
from hub.errors import HubError

MOST_TRIES = 11
_TRIED_AGAIN = frozenset({408, 410, 429, 460})
_NEVER_AGAIN = frozenset({501, 505, 511})
_STOPS = frozenset({401, 403, 404})
_OK, _SERVER_ERROR = 200, 500
_FIRST_WAIT, _LONGEST_WAIT = 0.5, 60.0
_TIMEOUT = urllib3.Timeout(connect=5.0, read=30.0)


class NotAccepted(HubError):
    """The endpoint takes nothing from us: going on would only lose time."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """A message the endpoint refused for good."""

    line: Line
    code: str
    message: str


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    url: str
    write_key: str
    clock: Clock = field(default_factory=Clock)


class Poster:
    """Usable from many threads at once."""

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        stamped: bool,
        connections: int = 8,
        wait: Callable[[float], object] = time.sleep,
    ) -> None:
        """`stamped`: say when it is sent. `wait` lets seconds pass, and is true when all is to end."""
        self._endpoint = endpoint
        self._stamped = stamped
        self._pool = urllib3.PoolManager(maxsize=connections, retries=False, timeout=_TIMEOUT)
        self._is_stopped = wait
        key = base64.b64encode(f"{endpoint.write_key}:".encode()).decode()
        self._headers = {"Authorization": f"Basic {key}", "Content-Type": "application/json"}

    def post(self, batch: Batch) -> list[Rejection]:
        """The messages refused for good; the hub has all others. NotAccepted when it is hopeless."""
        for attempt in range(MOST_TRIES):
            answer = self._try(batch, attempt)
            if isinstance(answer, urllib3.BaseHTTPResponse) and not _is_passing(answer.status):
                return self._read(answer, batch)
            if attempt + 1 < MOST_TRIES and self._is_stopped(_wait(answer, attempt)):
                raise NotAccepted("stopped while waiting to try again")
        tried = f"{self._endpoint.url} was tried {MOST_TRIES} times: {_words(answer)}"
        raise NotAccepted(f"{tried}. Send again to go on from here.")

    def _try(self, batch: Batch, attempt: int) -> urllib3.BaseHTTPResponse | urllib3.exceptions.HTTPError:
        again = {"X-Retry-Count": str(attempt)} if attempt else {}
        try:
            return self._pool.request(
                "POST",
                f"{self._endpoint.url}/v1/batch",
                body=self._body(batch),
                headers=self._headers | again,
            )
        except urllib3.exceptions.HTTPError as no_answer:
            return no_answer

    def _body(self, batch: Batch) -> bytes:
        """With `sentAt` in hub time, anew at each attempt, or without: then timestamps stand as they are.

        The hub adds `receivedAt - sentAt` to a timestamp: with one clock at both ends that is the way
        alone, but where hub time runs 720 times as fast, a tenth of a second on the way is a minute.
        """
        messages = b'"batch":[' + b",".join(line.payload for line in batch) + b"]}"
        if not self._stamped:
            return b"{" + messages
        return b'{"sentAt":"' + format_instant(self._endpoint.clock.now()).encode() + b'",' + messages

    def _read(self, answer: urllib3.BaseHTTPResponse, batch: Batch) -> list[Rejection]:
        if answer.status in _STOPS:
            raise NotAccepted(
                f"{self._endpoint.url} refused: {_words(answer)}. Check the endpoint and the write key."
            )
        body = _json(answer)
        if answer.status == _OK:
            return _rejections(body, batch)
        code, message = str(body.get("code", answer.status)), str(body.get("message", answer.reason))
        return [Rejection(line, code, message) for line in batch]


def _rejections(body: dict[str, Any], batch: Sequence[Line]) -> list[Rejection]:
    return [
        Rejection(batch[one["index"]], str(one.get("code", "")), str(one.get("message", "")))
        for one in body.get("errors", ())
    ]


def _is_passing(status: int) -> bool:
    return status in _TRIED_AGAIN or (status >= _SERVER_ERROR and status not in _NEVER_AGAIN)


def _wait(answer: object, attempt: int) -> float:
    asked = answer.headers.get("Retry-After", "") if isinstance(answer, urllib3.BaseHTTPResponse) else ""
    if asked.isdecimal() and int(asked) > 0:
        return float(asked)
    # Spread a little, so that batches that failed together do not come back together.
    return min(_LONGEST_WAIT, _FIRST_WAIT * 2.0**attempt) * random.uniform(1.0, 1.1)  # noqa: S311 - not a secret


def _words(answer: object) -> str:
    if not isinstance(answer, urllib3.BaseHTTPResponse):
        return str(answer)
    body = _json(answer)
    return f"{answer.status} {body.get('code', '')} {body.get('message', answer.reason)}".strip()


def _json(answer: urllib3.BaseHTTPResponse) -> dict[str, Any]:
    try:
        body = json.loads(answer.data)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
