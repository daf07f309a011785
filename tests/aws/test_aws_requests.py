"""Calls of AWS services as vendors: what certainly did not leave, and what may have."""

from typing import Any

import pytest
from botocore.exceptions import NoRegionError, ReadTimeoutError

from hub.aws.aws_requests import AwsSender
from hub.connector_kit import AwsRequest
from hub.connector_kit.requests import LostAnswer, NeverLeft

MAIL = AwsRequest(service="sesv2", operation="send_email", params={})


def test_a_client_that_cannot_be_made_means_that_nothing_left() -> None:
    def make(*_: object) -> Any:
        raise NoRegionError

    with pytest.raises(NeverLeft, match="NoRegionError"):
        AwsSender(1.0, make)(MAIL)


def test_an_operation_that_does_not_exist_means_that_nothing_left() -> None:
    with pytest.raises(NeverLeft, match="AttributeError"):
        AwsSender(1.0, lambda *_: object())(MAIL)


def test_silence_is_a_lost_answer() -> None:
    class Silent:
        def send_email(self) -> None:
            raise ReadTimeoutError(endpoint_url="https://email.test")

    with pytest.raises(LostAnswer):
        AwsSender(1.0, lambda *_: Silent())(MAIL)
