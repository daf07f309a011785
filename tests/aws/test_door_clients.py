"""The door's lean clients send to the same places, signed for the same scope, as boto3's would."""

from typing import Any

import boto3
import pytest

from hub.aws import door_clients
from hub.aws.door_clients import SERVICES, client

CALLS: dict[str, tuple[str, dict[str, Any]]] = {
    "sqs": ("send_message_batch", {"QueueUrl": "q", "Entries": [{"Id": "0", "MessageBody": "x"}]}),
    "firehose": ("put_record_batch", {"DeliveryStreamName": "a", "Records": [{"Data": b"x"}]}),
}


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize(
    "region", ["us-east-1", "eu-central-1", "cn-north-1", "us-gov-west-1", "eusc-de-east-1", "xx-new-1"]
)
def test_a_lean_client_sends_where_boto3_would_send(
    service: str, region: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A session keeps the credentials it has once found, and the tests before this one found others.
    monkeypatch.setattr(door_clients, "_session", door_clients._session.__wrapped__)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    for name, value in (("DEFAULT_REGION", region), ("ACCESS_KEY_ID", "test"), ("SECRET_ACCESS_KEY", "test")):
        monkeypatch.setenv(f"AWS_{name}", value)
    stock = boto3.session.Session().client(service)

    assert destination(client(service), service) == destination(stock, service)


class Caught(Exception):
    """The request, right before it would leave."""


def destination(made: Any, service: str) -> tuple[str, str]:
    """URL and signing scope of a call."""

    def catch(request: Any, **_: Any) -> None:
        raise Caught(request.url, request.headers["Authorization"])

    made.meta.events.register_first("before-send.*.*", catch)
    operation, arguments = CALLS[service]
    with pytest.raises(Caught) as caught:
        getattr(made, operation)(**arguments)
    url, authorization = caught.value.args
    authorization = authorization.decode() if isinstance(authorization, bytes) else authorization
    scope = authorization.split("Credential=")[1].split(",")[0]
    return url, scope
