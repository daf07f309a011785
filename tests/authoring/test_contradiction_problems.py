"""Rules that would be deployed in good order and then never let anybody in."""

import pytest

from tests.authoring.building import segment, told
from tests.authoring.test_models import MODEL

_QUIET = "name: vip\nwhen:\n  all:\n    - {did: A, within: 10m}\n    - quiet_for: 30m\n"
_TOLD = (
    "segments/vip.yaml:3: this can never be true: 'A' within 10m ends a quiet of 30m — "
    "correct one of the two, or put them under any"
)


def _in_segment(tmp_path, when, **files):
    return told(tmp_path, {"segments/vip.yaml": f"name: vip\nwhen:\n{when}", **files})


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (None, [_TOLD]),
        ("sources: {web: {party: first}, centre: {party: zero}}\n", [_TOLD]),
        ("sources: {web: {party: first}, market: {party: third}}\n", []),
        ("sources: {scores: {party: predicted}}\n", []),
    ],
)
def test_an_event_ends_a_quiet_where_every_source_tells_what_she_does(tmp_path, policy, expected):
    files = {"segments/vip.yaml": _QUIET} | ({"policy.yaml": policy} if policy else {})

    assert told(tmp_path, files) == expected


def test_what_is_told_of_the_policy_hides_no_contradiction(tmp_path):
    files = {"segments/vip.yaml": _QUIET, "policy.yaml": "holdout: 120%\n"}

    assert _TOLD in told(tmp_path, files)


@pytest.mark.parametrize(
    ("when", "line", "message"),
    [
        ("  trait: age\n  more_than: 60\n  less_than: 18\n", 2, "no value is more than 60 and less than 18"),
        (
            "  trait: age\n  more_than: '60'\n  less_than: '18'\n",
            2,
            "no value is more than 60 and less than 18",
        ),
        (
            "  did: A\n  where:\n    price: {at_least: 5, less_than: 5}\n",
            5,
            "no value is less than 5 and at least 5",
        ),
        ("  did_not: A\n  where:\n    sku: {is: a, in: [b, c]}\n", 5, "no value is a and in b or c"),
        ("  did: A\n  since: {last: A}\n", 3, "this can never be true: no 'A' is later than the last 'A'"),
        (
            "  any:\n    - did: B\n    - all: [{trait: country, is: CZ}, {trait: country, is: SK}]\n",
            5,
            "this can never be true: 'trait country is CZ' and 'trait country is SK' exclude each other",
        ),
    ],
)
def test_what_never_holds_is_told_once_at_its_line(tmp_path, when, line, message):
    [problem] = _in_segment(tmp_path, when)

    assert problem.startswith(f"segments/vip.yaml:{line}: {message} — correct")


def test_a_probability_is_never_more_than_one(tmp_path):
    asked = segment(when="{trait: predicted.churn_risk, more_than: 1.5}")
    [problem] = told(tmp_path, {"segments/vip.yaml": asked, "models/churn.json": MODEL})
    linear = MODEL.replace("logistic", "linear")

    assert "2: this can never be true: no value makes 'trait predicted.churn_risk more than 1.5'" in problem
    assert told(tmp_path, {"segments/vip.yaml": asked, "models/churn.json": linear}) == []


@pytest.mark.parametrize(
    ("when", "message"),
    [
        ("sum: price, of: A, more_than: lots", "'sum' is a number, and 'lots' is none"),
        ("maximum: price, of: A, in: [5, much]", "'maximum' is a number, and 'much' is none"),
        ("minimum: leaves, of: A, within_next: 7d", "'minimum' is a number, 'within_next' is for others"),
        ("minimum: price, of: A, starts_with: '4'", "'minimum' is a number, 'starts_with' is for others"),
        ("trait: lifetime.orders, within_last: 7d", "'lifetime.orders' is a number, 'within_last'"),
        ("trait: lifetime.net, is: high", "'lifetime.net' is a number, and 'high' is none"),
        ("trait: lifetime.last_order_at, more_than: 5", "is a time, and '5' is none"),
        ("trait: predicted.churn_risk, more_than: high", "is a number, and 'high' is none"),
        ("trait: predicted.churn_risk, within_last: 7d", "'within_last' is for others"),
        ("cart: {value: {more_than: much}}", "'cart value' is a number, and 'much' is none"),
        ("trait: predicted, more_than: 0.5", "no model foretells 'predicted'"),
    ],
)  # fmt: skip
def test_a_number_is_compared_with_numbers_and_a_time_with_times(tmp_path, when, message):
    asked = {"segments/vip.yaml": f"name: vip\nwhen: {{{when}}}\n", "models/churn.json": MODEL}

    [problem] = told(tmp_path, asked)

    assert problem.startswith("segments/vip.yaml:2: ")
    assert message in problem


@pytest.mark.parametrize(
    "when",
    [
        "minimum: leaves, of: A, within_next: 7d",
        "last: leaves, of: A, within_next: 7d",
        "trait: lifetime.last_order_at, within_last: 7d",
        "trait: lifetime.last_order_at, more_than: 2026-01-01",
        "sum: price, of: A, more_than: '500'",
        "trait: size, is: lots",
    ],
)
def test_a_time_told_in_seconds_is_a_number_where_the_plan_says_so(tmp_path, when):
    plan = {"tracking_plan.yaml": "events: {A: {properties: {leaves: {type: integer}, price: {}}}}\n"}

    assert _in_segment(tmp_path, f"  {{{when}}}\n", **plan) == []
