"""AWS for every test: none that is real; for those who ask, moto's, with the stack's own tables."""

import os
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import boto3
import pytest
from hypothesis import HealthCheck, settings
from moto import mock_aws
from moto.core.config import DefaultConfig

from hub.authoring import read_strategy
from hub.connector_kit import discover
from hub.strategy.strategy import Strategy
from tests.moto_stack import MotoStack, Template

# HYPOTHESIS_PROFILE=nightly looks harder.
# A machine that is busy with other tests says nothing about an example that is slow to draw.
_PATIENT = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("ci", max_examples=100, **_PATIENT)
settings.register_profile("nightly", max_examples=5_000, **_PATIENT)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

MACHINES_RUN: DefaultConfig = {
    "stepfunctions": {"execute_state_machine": True},
    "lambda": {"use_docker": False},
}


@pytest.fixture(autouse=True)
def _nobody_reaches_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    """The CloudFormation template of the whole stack; some seconds, once, and only for those who ask."""
    found: Template = import_module("tests.synthesis").synthesise(tmp_path_factory.mktemp("synthesised"))
    return found


@pytest.fixture
def stack(template: Template) -> Iterator[MotoStack]:
    """The template's tables and queues in moto, empty."""
    with mock_aws(config=MACHINES_RUN):
        yield MotoStack(template)


@pytest.fixture
def dynamodb(stack: MotoStack) -> Any:  # noqa: ARG001 - moto must stand before a client is made
    return boto3.client("dynamodb")


@pytest.fixture
def sqs(stack: MotoStack) -> Any:  # noqa: ARG001
    return boto3.client("sqs")


@pytest.fixture(scope="session")
def strategy_directory() -> Path:
    """The project's own strategy."""
    return Path(__file__).resolve().parent.parent / "strategy"


@pytest.fixture(scope="session")
def own_strategy(strategy_directory: Path) -> Strategy:
    """The project's own strategy, with what its connectors declare."""
    return read_strategy(strategy_directory, discover())
