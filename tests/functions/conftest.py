"""The Lambdas with moto behind them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from backfill_segments import handler
from tests.functions.filled import LOOKER, Filled, strategy_of
from tests.functions.lambdas import Lambdas, forget
from tests.moto_stack import MotoStack
from tests.shoppers import NOON, strategy


@pytest.fixture
def lambdas(stack: MotoStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lambdas]:
    """All but the door and the connectors, with the strategy of tests/shoppers.py, at noon."""
    made = Lambdas(stack, tmp_path, monkeypatch, start=NOON)
    made.follow(strategy())
    yield made
    made.machines.stop()
    forget()


@pytest.fixture
def filled(lambdas: Lambdas, monkeypatch: pytest.MonkeyPatch) -> Filled:
    def invoke(*called: Any) -> bytes:
        return json.dumps(handler(json.loads(called[3]), None)).encode()

    monkeypatch.setattr("moto.awslambda_simple.models.LambdaSimpleBackend.invoke", invoke)
    lambdas.follow(strategy_of(LOOKER))
    return Filled(lambdas)
