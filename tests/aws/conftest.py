"""Machines in moto that do not outlive their test."""

from collections.abc import Callable, Iterator

import pytest

from tests.moto_machines import MotoMachines, Work
from tests.moto_stack import MotoStack

MakeMachines = Callable[[Work], MotoMachines]


@pytest.fixture
def machines_doing(stack: MotoStack, monkeypatch: pytest.MonkeyPatch) -> Iterator[MakeMachines]:  # noqa: ARG001
    made: list[MotoMachines] = []

    def make(work: Work) -> MotoMachines:
        made.append(MotoMachines(monkeypatch, work))
        return made[-1]

    yield make
    for one in made:
        one.stop()


@pytest.fixture
def moto_machines(machines_doing: MakeMachines) -> MotoMachines:
    return machines_doing(lambda _: None)
