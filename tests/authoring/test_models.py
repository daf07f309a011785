"""Scoring models as people write them: what is wrong with one is told with its line."""

import json

import pytest

from hub.authoring import StrategyProblems, read_scoring_models, read_strategy
from tests.authoring.building import segment, told

MODEL = """{
  "name": "churn",
  "trait": "churn_risk",
  "link": "logistic",
  "intercept": -1.2,
  "features": {
    "views": {"count": "Product Viewed", "within": "30d"},
    "fifth": {"quintile_of": "monetary", "cut_offs": [20, 60, 150, 400]}
  },
  "coefficients": {
    "recency_days": 3e-2,
    "views": -0.1,
    "fifth": 0.2
  },
  "missing": {"recency_days": 365}
}
"""
ASKS = "{trait: predicted.churn_risk, more_than: 0.7}"


def problems(directory, *changes, **files):
    text = MODEL
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return told(directory, {"models/churn.json": text, "segments/vip.yaml": segment(when=ASKS), **files})


def test_a_model_stands_and_is_asked_for_by_the_name_of_its_trait(tmp_path):
    assert problems(tmp_path) == []

    [model] = read_strategy(tmp_path).models
    assert (model.name, model.trait, model.missing) == ("churn", "churn_risk", {"recency_days": 365})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            ('"views": -0.1', '"vievs": -0.1'),
            (
                "models/churn.json:12: unknown feature 'vievs' — known: 'recency_days', 'frequency', "
                "'monetary', 'cart_items' and 'cart_value'; others stand under features"
            ),
        ),
        (
            ('"missing": {"recency_days"', '"missing": {"recency"'),
            (
                "models/churn.json:15: unknown feature 'recency' — known: 'recency_days', 'frequency', "
                "'monetary', 'cart_items' and 'cart_value'; others stand under features"
            ),
        ),
        (
            ('    "views": -0.1,\n', ""),
            "models/churn.json:10: feature 'views' has no weight — give it one here, or take it out",
        ),
        (
            ('"count": "Product Viewed"', '"counts": "Product Viewed"'),
            "models/churn.json:7: no known feature: begin it with days_since, count or quintile_of",
        ),
        (('"within": "30d"', '"within": "30"'), None),
        (('"views": {', '"frequency": {'), None),
        (
            ("[20, 60, 150, 400]", "[20, 60, 400, 150]"),
            "models/churn.json:8: cut_offs do not ascend — write the lowest first",
        ),
        (('"link": "logistic"', '"link": "probit"'), None),
        (
            ('"name": "churn"', '"name": "leaving"'),
            (
                "models/churn.json:2: the file is churn.json, the name in it is 'leaving' — "
                "write name: churn, or rename the file to leaving.json"
            ),
        ),
    ],
)
def test_what_is_wrong_is_told_at_its_line(tmp_path, change, said):
    found = problems(tmp_path, change)

    assert found[0].startswith("models/churn.json:") if said is None else found == [said]


@pytest.mark.parametrize(
    "number", ["NaN", '"NaN"', "Infinity", "-Infinity", "1e999", ".inf", "1" + "0" * 400]
)
@pytest.mark.parametrize(("old", "line"), [("-1.2", 5), ("3e-2", 11), ("365", 15), ("400", 8)], ids=str)
def test_a_number_that_no_lambda_could_load_is_refused(tmp_path, number, old, line):
    [problem] = problems(
        tmp_path, (f" {old}" if old != "400" else " 400]", f" {number}" + "]" * (old == "400"))
    )

    assert problem.startswith(f"models/churn.json:{line}: ")
    assert "no number" in problem


def test_what_no_model_foretells_cannot_be_asked_for(tmp_path):
    files = {"segments/vip.yaml": segment(when="{trait: predicted.churn, more_than: 0.7}")}

    assert problems(tmp_path, **files) == [
        "segments/vip.yaml:2: no model foretells 'predicted.churn' — did you mean 'predicted.churn_risk'?"
    ]
    (tmp_path / "models/churn.json").unlink()
    assert told(tmp_path, files) == [
        "segments/vip.yaml:2: no model foretells 'predicted.churn' — add a model under models/"
    ]


def test_one_trait_is_foretold_by_one_model(tmp_path):
    other = MODEL.replace('"name": "churn"', '"name": "leaving"')

    assert problems(tmp_path, **{"models/leaving.json": other}) == [
        (
            "models/leaving.json:3: 'churn_risk' is foretold by models/churn.json already — "
            "give one of them another trait"
        )
    ]


def test_an_event_that_nobody_planned_is_a_slip(tmp_path):
    plan = {"tracking_plan.yaml": "events: {Product Seen: {}}\n"}

    assert problems(tmp_path, **plan) == [
        "models/churn.json:7: unknown event 'Product Viewed' — did you mean 'Product Seen'?"
    ]


def test_models_can_be_read_without_the_rest_of_the_strategy(tmp_path):
    problems(tmp_path, **{"segments/vip.yaml": "name: ["})

    assert [model.trait for model in read_scoring_models(tmp_path)] == ["churn_risk"]
    assert read_scoring_models(tmp_path / "nowhere") == ()


def test_a_model_that_is_wrong_is_not_read(tmp_path):
    problems(tmp_path, ('"intercept": -1.2,\n', ""))

    with pytest.raises(StrategyProblems, match="'intercept' is missing"):
        read_scoring_models(tmp_path)


def test_what_a_program_writes_is_read_as_well(tmp_path):
    dense = json.dumps(json.loads(MODEL), separators=(",", ":"))

    assert told(tmp_path, {"models/churn.json": dense, "segments/vip.yaml": segment(when=ASKS)}) == []
