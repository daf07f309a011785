"""What docs/strategy.md shows is a whole strategy, and a right one."""

import json
import re
from pathlib import Path

import pytest

from hub.authoring import read_strategy
from hub.authoring.written import read_yaml
from hub.connector_kit import discover
from hub.strategy.conditions import KINDS, read_condition

_TEXT = (Path(__file__).parents[2] / "docs" / "strategy.md").read_text(encoding="utf-8")
_VIP = "name: vip\nwhen: {sum: revenue, of: Order Completed, more_than: 500}\n"


def _blocks():
    """The examples by the name in their first line."""
    found = re.findall(r"```(?:yaml|liquid)\n(?:# )?(\S+)\n(.*?)```", _TEXT, re.DOTALL)
    return dict(found)


def _models():
    """JSON has no comments: a model's file is named by what is in it."""
    found = map(json.loads, re.findall(r"```json\n(.*?)```", _TEXT, re.DOTALL))
    return {f"models/{model['name']}.json": json.dumps(model) for model in found}


def _conditions():
    return read_yaml(_blocks()["conditions"], "docs/strategy.md").data


def test_the_examples_together_are_a_right_strategy(tmp_path):
    listed = "\n".join(f"    {line}" for line in _blocks()["conditions"].splitlines())
    examples = {name: text for name, text in _blocks().items() if name != "conditions"}
    examples |= {"segments/vip.yaml": _VIP, **_models()}
    examples["segments/listed.yaml"] = f"name: listed\nwhen:\n  any:\n{listed}\n"
    for name, text in examples.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")

    strategy = read_strategy(tmp_path, discover())

    assert sorted(strategy.templates) == ["tea_note", "tea_reminder"]
    assert [journey.name for journey in strategy.journeys] == ["tea_recovery"]
    assert [model.trait for model in strategy.models] == ["churn_risk"]
    assert len(strategy.segment_by_name["listed"].when.conditions) == len(_conditions())


def test_every_kind_of_condition_is_shown():
    assert {read_condition(one).kind for one in _conditions()} == {kind.kind for kind in KINDS}


@pytest.mark.parametrize("word", ["is_not", "not_in", "starts_with", "within_next", "anniversary_within"])
def test_every_test_is_explained(word):
    assert f"`{word}`" in _TEXT
