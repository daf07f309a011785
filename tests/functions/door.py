"""The ingest Lambda behind a gateway: AWS played by moto, events shaped as the HTTP API shapes them."""

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import boto3
from moto import mock_aws

import ingest_events
from hub.events import Event, from_json
from hub.settings import IngestEventsSettings

REGION = "us-east-1"
WRITE_KEY = "wk-web"
SOURCES = {WRITE_KEY: "web", "wk-server": "server", "jitsu:secret": "jitsu"}


def gateway_event(
    method: str,
    path: str,
    body: bytes = b"",
    headers: dict[str, str] | None = None,
    query: dict[str, str] | None = None,
    ip: str = "203.0.113.7",
) -> dict[str, Any]:
    """As API Gateway's HTTP API sends it: base64 unless Content-Type says text, lower-case header names."""
    sent = {name.lower(): value for name, value in (headers or {}).items()}
    kind = sent.get("content-type", "").split(";")[0].strip().lower()
    is_text = "content-encoding" not in sent and (kind.startswith("text/") or kind == "application/json")
    event = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "&".join(f"{name}={value}" for name, value in (query or {}).items()),
        "headers": {"host": "hub.example.com", "x-forwarded-proto": "https", **sent},
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "a1b2c3",
            "domainName": "hub.example.com",
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": ip,
                "userAgent": sent.get("user-agent", ""),
            },
            "requestId": "r-1",
            "routeKey": "$default",
            "stage": "$default",
            "timeEpoch": 1_795_000_000_000,
        },
        "isBase64Encoded": bool(body) and not is_text,
    }
    if body:
        event["body"] = body.decode("utf-8", "replace") if is_text else base64.b64encode(body).decode()
    if query:
        event["queryStringParameters"] = query
    return event


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def code(self) -> str:
        return self.json["code"]

    @property
    def errors(self) -> list[tuple[int, str]]:
        return [(error["index"], error["code"]) for error in self.json["errors"]]


@dataclass
class Door:
    queue_url: str
    bucket: str = "archive"
    sqs: Any = field(default_factory=lambda: boto3.client("sqs", region_name=REGION))
    firehose: Any = field(default_factory=lambda: boto3.client("firehose", region_name=REGION))
    s3: Any = field(default_factory=lambda: boto3.client("s3", region_name=REGION))

    def knock(self, event: dict[str, Any]) -> Reply:
        result = ingest_events.handler(event, None)
        return Reply(result["statusCode"], result["headers"], result["body"])

    def get(self, path: str, **about: Any) -> Reply:
        return self.knock(gateway_event("GET", path, **about))

    def post(self, path: str, message: object, headers: dict[str, str] | None = None, **about: Any) -> Reply:
        """A JSON value, or bytes as they are, with the web's write key unless `headers` are given."""
        body = message if isinstance(message, bytes) else json.dumps(message).encode()
        sent = {"Content-Type": "application/json", **basic(WRITE_KEY)} if headers is None else headers
        return self.knock(gateway_event("POST", path, body=body, headers=sent, **about))

    def bodies(self) -> list[str]:
        """Takes all messages out of the queue."""
        found: list[str] = []
        while messages := self.sqs.receive_message(QueueUrl=self.queue_url, MaxNumberOfMessages=10).get(
            "Messages"
        ):
            for message in messages:
                found.append(message["Body"])
                self.sqs.delete_message(QueueUrl=self.queue_url, ReceiptHandle=message["ReceiptHandle"])
        return found

    def events(self) -> list[Event]:
        """Takes all events out of the queue."""
        return [from_json(record) for body in self.bodies() for record in json.loads(body)["events"]]

    def lines(self) -> list[str]:
        """The archive, as it stands."""
        keys = [entry["Key"] for entry in self.s3.list_objects_v2(Bucket=self.bucket).get("Contents", ())]
        texts = [self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read().decode() for key in keys]
        return [line for text in texts for line in text.splitlines()]

    def lose_the_queue(self) -> None:
        self.sqs.delete_queue(QueueUrl=self.queue_url)

    def lose_the_archive(self) -> None:
        self.firehose.delete_delivery_stream(DeliveryStreamName="archive")


def basic(user: str) -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(f'{user}:'.encode()).decode()}"}


@contextmanager
def open_door(monkeypatch: Any, **settings: Any) -> Iterator[Door]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    with mock_aws():
        door = _built()
        told = {
            "stage": "test",
            "archive_stream": "archive",
            "write_keys": SOURCES,
            "events_queue_url": door.queue_url,
        }
        for name, value in IngestEventsSettings(**told | settings).to_environment().items():
            monkeypatch.setenv(name, value)
        _forget()
        yield door
    _forget()


def _built() -> Door:
    queue_url = boto3.client("sqs", region_name=REGION).create_queue(QueueName="events")["QueueUrl"]
    door = Door(queue_url)
    door.s3.create_bucket(Bucket=door.bucket)
    destination = {
        "RoleARN": "arn:aws:iam::123456789012:role/archive",
        "BucketARN": f"arn:aws:s3:::{door.bucket}",
    }
    door.firehose.create_delivery_stream(
        DeliveryStreamName="archive", ExtendedS3DestinationConfiguration=destination
    )
    return door


def _forget() -> None:
    """A cold start: the next request builds its clients anew."""
    for built in (ingest_events._settings, ingest_events._archive, ingest_events._queue):
        built.cache_clear()


def track(**fields: Any) -> dict[str, Any]:
    return {"type": "track", "event": "Product Added", "userId": "u-1", "messageId": "m-1"} | fields


def batch(*messages: object, **fields: Any) -> dict[str, Any]:
    return {"batch": list(messages), "sentAt": "2026-11-21T12:00:00.000Z"} | fields


def assert_success(reply: Reply) -> None:
    assert (reply.status, reply.text) == (200, '{"success": true}')


def assert_refused(reply: Reply, status: int, code: str) -> None:
    """Refused so that every SDK and every page can read why."""
    assert (reply.status, reply.code) == (status, code), reply.text
    assert reply.json["success"] is False
    assert reply.json["message"] == reply.json["error"] != ""
    assert reply.headers["Access-Control-Allow-Origin"] == "*"
    assert reply.headers["Access-Control-Expose-Headers"] == "Retry-After"
