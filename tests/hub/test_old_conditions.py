"""What a step of an older strategy asks is answered only where all of it is remembered still."""

from typing import Any

import pytest

from hub.old_conditions import evaluator_of
from hub.rules import Rules
from hub.strategy.conditions import read_condition
from tests.builders import RISK, Written, a_model, rules_of

VIEWED = {"did": "Product Viewed", "at_least": 2, "within": "7d"}
IN_RED = {"cart": {"contains": {"colour": "red"}}}
RULES = rules_of(
    segments={"viewer": VIEWED, "red": IN_RED, "gone_quiet": {"quiet_for": "2h"}},
    models=[a_model({"frequency": 1})],
)


def is_answered(condition: Written, rules: Rules = RULES) -> bool:
    return evaluator_of(read_condition(condition), rules) is not None


@pytest.mark.parametrize(
    "condition",
    [
        VIEWED,
        {**VIEWED, "at_least": 1},
        {**VIEWED, "within": "1d"},
        {"did_not": "Product Viewed", "within": "7d"},
        {"in_segment": "viewer"},
        {"cart": {"items": {"at_least": 3}}},
        {"cart": {"contains": {"colour": "blue"}}},
        RISK,
        {"all": [VIEWED, {"not": IN_RED}]},
    ],
    ids=str,
)
def test_what_is_remembered_is_answered(condition: dict[str, Any]) -> None:
    assert is_answered(condition)


@pytest.mark.parametrize(
    "condition",
    [
        {"did": "Tea Liked"},
        {"did_not": "Tea Liked"},
        {**VIEWED, "at_least": 3},
        {**VIEWED, "within": "8d"},
        {"did": "Product Viewed"},
        {**VIEWED, "where": {"category": "Tea"}},
        {"in_segment": "tea_fan"},
        {"cart": {"contains": {"size": "XL"}}},
        {**RISK, "trait": "predicted.other"},
        {"any": [VIEWED, {"not": {"did": "Tea Liked"}}]},
    ],
    ids=str,
)
def test_what_nobody_remembers_is_not(condition: dict[str, Any]) -> None:
    assert not is_answered(condition)
