"""Events as AWS hands them to a Lambda, with everything that AWS puts around what matters."""

import json
from base64 import b64encode
from collections.abc import Iterator, Mapping
from typing import Any

import boto3

Event = dict[str, Any]


def sqs_event(*bodies: object, queue: str = "hub-local-events", receives: int = 1) -> Event:
    """A batch of messages m-0, m-1, …; a body that is no text is sent as JSON.

    `receives`: how often they were received, this time included.
    """
    event = {"Records": [_sqs_record(place, body, queue) for place, body in enumerate(bodies)]}
    for record in event["Records"]:
        record["attributes"]["ApproximateReceiveCount"] = str(receives)
    return event


def failed_of(answer: Mapping[str, Any]) -> list[str]:
    """The ids that must come again."""
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def decisions_event(**query: str) -> Event:
    """GET /v1/decisions, payload format 2.0: without a query, there is no queryStringParameters either."""
    event = {
        "version": "2.0",
        "routeKey": "GET /v1/decisions",
        "rawPath": "/v1/decisions",
        "rawQueryString": "&".join(f"{name}={value}" for name, value in query.items()),
        "headers": {"accept": "*/*", "host": "abc.execute-api.eu-central-1.amazonaws.com"},
        "requestContext": {
            "accountId": "123456789012",
            "http": {"method": "GET", "path": "/v1/decisions", "sourceIp": "192.0.2.1"},
            "requestId": "JKJaXmPLvHcESHA=",
            "stage": "$default",
        },
        "isBase64Encoded": False,
    }
    return event | ({"queryStringParameters": query} if query else {})


class Stream:
    """The table's stream in moto, read from where it was last read to, as Lambda's event source does."""

    def __init__(self, table: str) -> None:
        self._client: Any = boto3.client("dynamodbstreams")
        [stream] = self._client.list_streams(TableName=table)["Streams"]
        described = self._client.describe_stream(StreamArn=stream["StreamArn"])["StreamDescription"]
        [shard] = described["Shards"]
        self._arn = stream["StreamArn"]
        self._place = self._client.get_shard_iterator(
            StreamArn=self._arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]

    def batch(self) -> Event:
        """What was written since last asked; binary values as the base64 text that JSON makes of them."""
        answer = self._client.get_records(ShardIterator=self._place)
        self._place = answer["NextShardIterator"]
        return {"Records": [{**self._around(), **_as_json(record)} for record in answer["Records"]]}

    def _around(self) -> Event:
        return {"eventSourceARN": self._arn, "eventSource": "aws:dynamodb", "awsRegion": "eu-central-1"}


def _as_json(record: Mapping[str, Any]) -> Event:
    told = dict(_plain(record["dynamodb"]))
    return {"eventID": record["eventID"], "eventName": record["eventName"], "dynamodb": told}


def _plain(part: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in part.items():
        if isinstance(value, bytes):
            yield name, b64encode(value).decode()
        elif isinstance(value, Mapping):
            yield name, dict(_plain(value))
        elif isinstance(value, str | int | float | bool | list):
            yield name, value


def _sqs_record(place: int, body: object, queue: str) -> Event:
    return {
        "messageId": f"m-{place}",
        "receiptHandle": f"AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a{place}",
        "body": body if isinstance(body, str) else json.dumps(body),
        "attributes": {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": "1795262400000",
            "SenderId": "AIDAIENQZJOLO23YVJ4VO",
            "ApproximateFirstReceiveTimestamp": "1795262400001",
        },
        "messageAttributes": {},
        "md5OfBody": "e4e68fb7bd0e697a0ae8f1bb342846b3",
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:eu-central-1:123456789012:{queue}",
        "awsRegion": "eu-central-1",
    }
