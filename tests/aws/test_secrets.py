"""Credentials are read rarely, at once when asked for afresh, and what is wrong is said in words."""

import json
from typing import Any

import boto3
import pytest
from moto import mock_aws

from hub.aws.secrets import KEPT, SecretsManager
from hub.errors import ConfigurationError
from tests.fakes_delivery import FakeTime

NAME = "hub/test/toy"


@pytest.fixture
def client() -> Any:
    with mock_aws():
        yield boto3.client("secretsmanager")


def put(client: Any, text: str) -> None:
    try:
        client.create_secret(Name=NAME, SecretString=text)
    except client.exceptions.ResourceExistsException:
        client.put_secret_value(SecretId=NAME, SecretString=text)


def test_a_secret_is_kept_for_five_minutes(client: Any) -> None:
    time = FakeTime()
    secrets = SecretsManager(client, time.now)
    put(client, json.dumps({"key": "k1"}))
    secrets.get(NAME)
    put(client, json.dumps({"key": "k2"}))

    time.advance(KEPT)
    before = secrets.get(NAME)
    time.advance(1)
    after = secrets.get(NAME)

    assert (before, after) == ({"key": "k1"}, {"key": "k2"})


def test_asked_for_afresh_it_is_read_at_once_and_for_all_who_come_after(client: Any) -> None:
    secrets = SecretsManager(client, FakeTime().now)
    put(client, json.dumps({"key": "k1"}))
    secrets.get(NAME)
    put(client, json.dumps({"key": "k2"}))

    assert secrets.get(NAME, fresh=True) == {"key": "k2"}
    assert secrets.get(NAME) == {"key": "k2"}


def test_a_secret_that_is_not_there_is_named(client: Any) -> None:
    with pytest.raises(ConfigurationError, match="secret hub/test/toy cannot be read"):
        SecretsManager(client).get(NAME)


@pytest.mark.parametrize("text", ["k1", "[]", "{"])
def test_a_secret_that_is_no_json_object_is_named_and_not_shown(client: Any, text: str) -> None:
    put(client, text)

    with pytest.raises(ConfigurationError, match=r"^secret hub/test/toy is not a JSON object: write"):
        SecretsManager(client).get(NAME)
