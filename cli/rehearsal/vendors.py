"""The vendors of `cli.sandbox`, asked in process: each request is held against the vendor's own rules."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from cli.sandbox.failures import Plan
from cli.sandbox.records import Record
from cli.sandbox.stage import Stage
from cli.sandbox.vendors import discover
from cli.sandbox.wire import Request, split_target
from cli.strategies import audiences_of
from hub.authoring.sentences import first_mistake
from hub.clock import Instant
from hub.connector_kit import Answer, AwsRequest, Connector, HttpRequest
from hub.connector_kit.outcomes import Auth, Retry
from hub.connector_kit.requests import LostAnswer
from hub.connector_kit.requests import Request as Asked
from hub.strategy.model import Mistake
from hub.strategy.strategy import Strategy

BASE = "http://sandbox"
_SERVER_ERROR = 500
_SIGNED = (
    "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261121/eu-central-1/ses/aws4_request, "
    f"SignedHeaders=host;x-amz-date, Signature={'0' * 64}"
)
_AWS_PATHS = {("sesv2", "send_email"): ("POST", "/v2/email/outbound-emails")}
"""What boto3 makes of the calls that connectors make."""


def base_url(slug: str) -> str:
    return f"{BASE}/{slug}"


class PlayedVendors:
    """A `Transport` for every connector whose base_url is `base_url(slug)`."""

    def __init__(self, now: Callable[[], Instant]) -> None:
        self._now = now
        self._stage = Stage(discover(), now)
        self._down: dict[str, dict[str, Any]] = {}
        """Connector -> how every answer of its vendor fails."""

    def __call__(self, asked: Asked) -> Answer:
        connector, sent = _of_aws(asked) if isinstance(asked, AwsRequest) else _of_http(asked)
        request = replace(sent, received_at=self._now())
        if connector in self._down and not request.path.endswith("/token"):
            self.fail(connector, **self._down[connector])
        answer = self._stage.play(connector, request)
        if answer.response is None or answer.wait:
            raise LostAnswer("timeout")
        body = b"" if answer.response.body is None else json.dumps(answer.response.body).encode()
        headers = {name.lower(): value for name, value in answer.response.headers.items()}
        return Answer(status=answer.response.status, headers=headers, body=body)

    def fail(self, connector: str, **plan: Any) -> None:
        """As POST /__fail: e.g. status=500, times=3."""
        self._stage.fail(_plan(connector, plan))

    def go_down(self, connector: str, **plan: Any) -> None:
        """Every answer fails this way, until it recovers."""
        _plan(connector, plan)
        self._down[connector] = plan

    def is_down(self, connector: str) -> Auth | Retry | None:
        """What makes whoever asks now come again."""
        plan = self._down.get(connector, {})
        if plan.get("mode") == "auth":
            return Auth("its vendor does not know us")
        waits = plan.get("mode") == "throttle" or plan.get("status", 0) >= _SERVER_ERROR
        return Retry("its vendor is down") if waits else None

    def recover(self, connector: str) -> None:
        self._down.pop(connector, None)
        self._stage.relent(connector)

    def asked(self, connector: str = "") -> list[Record]:
        """Every request, tokens apart, in order."""
        return [one for one in self._stage.records(connector) if not one["path"].endswith("/token")]


def _plan(connector: str, plan: dict[str, Any]) -> Plan:
    try:
        return Plan(connector=connector, **plan)
    except ValidationError as error:
        mistake = first_mistake(error, plan, Plan)
        raise Mistake(f"{mistake.key}: {mistake.message}", mistake.advice) from None


def _of_http(asked: HttpRequest) -> tuple[str, Request]:
    connector, path, query = split_target(asked.full_url.removeprefix(BASE))
    raw = asked.to_bytes() or b""
    told = Request(method=asked.method, path=path, query=query, headers=asked.full_headers, raw=raw)
    return connector, told


def _of_aws(asked: AwsRequest) -> tuple[str, Request]:
    method, path = _AWS_PATHS[asked.service, asked.operation]
    raw, headers = json.dumps(dict(asked.params)).encode(), {"Authorization": _SIGNED}
    return asked.endpoint_url.removeprefix(f"{BASE}/"), Request(
        method=method, path=path, headers=headers, raw=raw
    )


def secret_of(connector: Connector, strategy: Strategy) -> dict[str, object]:
    """Credentials that open nothing but the played vendor, made to fit the strategy's audiences."""
    audiences = audiences_of(strategy, connector.slug)
    made: Mapping[str, object] = connector.credentials.rehearsal(audiences).model_dump(mode="json")
    return {**made, "base_url": base_url(connector.slug)}
