"""Three strategies that people could have written in a hurry, and all that is told of them, word for word."""

from pathlib import Path

import pytest

from hub.authoring import StrategyProblems, read_strategy
from tests.authoring.building import CONNECTORS

_HERE = Path(__file__).parent


@pytest.mark.parametrize("name", ["broken_names", "broken_words", "broken_forms"])
def test_everything_wrong_is_told_in_one_go(name):
    with pytest.raises(StrategyProblems) as found:
        read_strategy(_HERE / name, CONNECTORS)

    told = [
        f"{one.file}:{one.line}:{one.column}: {one.message} — {one.advice}" for one in found.value.problems
    ]
    assert told == (_HERE / name / "expected.txt").read_text(encoding="utf-8").splitlines()
