"""`Transport` for vendors that are AWS services: boto3 with its own retries off, for those may send twice."""

import json
from collections.abc import Callable
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
    SSLError,
)

from hub.connector_kit.http import CONNECT_TIMEOUT
from hub.connector_kit.requests import Answer, AwsRequest, LostAnswer, NeverLeft

_NEVER_LEFT = (ConnectTimeoutError, EndpointConnectionError, SSLError, NoCredentialsError)
Clients = Callable[[str, str, str, float], Any]


def make_client(service: str, region: str, endpoint_url: str, read_timeout: float) -> Any:
    config = Config(
        connect_timeout=CONNECT_TIMEOUT, read_timeout=read_timeout, retries={"total_max_attempts": 1}
    )
    return boto3.client(service, region_name=region or None, endpoint_url=endpoint_url or None, config=config)


class AwsSender:
    """Errors become answers in one shape: {"code": …, "message": …} with the HTTP status."""

    def __init__(self, read_timeout: float, clients: Clients = make_client) -> None:
        self._read_timeout = read_timeout
        self._make = clients
        self._clients: dict[tuple[str, str, str], Any] = {}

    def forget_connections(self) -> None:
        """To be called when a batch begins: a connection may have died while the Lambda was frozen, and an
        answer lost on it could not be told from one lost after the request had arrived."""
        for client in self._clients.values():
            client.close()

    def __call__(self, request: AwsRequest) -> Answer:
        call = self._call(request)
        try:
            answer = call(**request.params)
        except ClientError as error:
            return _refusal(error)
        except ParamValidationError as error:
            # Found by boto3 itself, before anything left; the text would repeat the values.
            return Answer.of(400, {"code": "BadRequestException", "message": type(error).__name__})
        except _NEVER_LEFT as error:
            raise NeverLeft(type(error).__name__) from None
        except BotoCoreError as error:
            raise LostAnswer(type(error).__name__) from None
        return _success(answer)

    def _call(self, request: AwsRequest) -> Any:
        try:
            return getattr(self._client(request), request.operation)
        except Exception as error:  # noqa: BLE001 - without a client nothing can have left
            raise NeverLeft(type(error).__name__) from None

    def _client(self, request: AwsRequest) -> Any:
        key = (request.service, request.region, request.endpoint_url)
        if key not in self._clients:
            self._clients[key] = self._make(*key, self._read_timeout)
        return self._clients[key]


def _success(answer: dict[str, Any]) -> Answer:
    status = answer.pop("ResponseMetadata", {}).get("HTTPStatusCode", 200)
    return Answer(status=status, body=json.dumps(answer, default=str).encode())


def _refusal(error: ClientError) -> Answer:
    told = error.response["Error"]
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
    return Answer.of(status, {"code": told.get("Code", ""), "message": told.get("Message", "")})
