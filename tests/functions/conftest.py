"""The Lambdas with moto behind them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

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
