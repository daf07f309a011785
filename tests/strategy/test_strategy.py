import subprocess
import sys

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.strategy.journeys import Journey
from hub.strategy.policy import Policy
from hub.strategy.segments import Segment
from hub.strategy.strategy import Strategy
from hub.strategy.templates import Template
from hub.strategy.tracking_plan import TrackingPlan
from tests.condition_strategies import conditions

_JOURNEY = {
    "name": "cart_recovery",
    "entry": {"segment": "vip"},
    "goal": {"did": "Order Completed", "value": "revenue"},
    "ends_after": "3d",
    "steps": [
        {
            "after": "0s",
            "do": [{"amazon_ses.send_email": {"template": "reminder", "deep": {"n": [1, 2.5, None]}}}],
        }
    ],
}


def _strategy(when=None):
    policy = {
        "caps": [{"channel": "email", "at_most": 3, "within": "7d"}],
        "quiet_hours": {"from": "21:00", "to": "08:00"},
    }
    plan = {
        "events": {
            "Order Completed": {"type": "object", "properties": {"revenue": {"type": ["number", "string"]}}}
        }
    }
    return Strategy(
        segments=(Segment.model_validate({"name": "vip", "when": when or {"did": "Order Completed"}}),),
        journeys=(Journey.model_validate(_JOURNEY),),
        policy=Policy.model_validate(policy),
        tracking_plan=TrackingPlan.model_validate(plan),
        templates={"reminder": Template(subject="Hallo", html="<p>{{ cart.summary }}</p>")},
    )


def test_a_strategy_reads_back_from_its_own_json():
    strategy = _strategy()

    assert Strategy.model_validate_json(strategy.model_dump_json(by_alias=True)) == strategy
    assert Strategy.model_validate_json(strategy.to_json()) == strategy


@given(conditions(depth=2), st.text(st.characters(codec="utf-8"), max_size=20))
@settings(max_examples=60, deadline=None)
def test_a_strategy_with_any_condition_reads_back_from_its_own_json(condition, text):
    strategy = Strategy(
        segments=(Segment(name="any_one", description=text, when=condition),),
        templates={"any_one": Template(text=text)},
    )

    assert Strategy.model_validate_json(strategy.to_json()) == strategy


def test_segments_and_journeys_are_found_by_name():
    strategy = _strategy()

    assert strategy.segment_by_name["vip"] is strategy.segments[0]
    assert strategy.journey_by_name["cart_recovery"] is strategy.journeys[0]


def test_a_lambda_loads_the_file_from_its_layer(tmp_path):
    (tmp_path / "strategy.json").write_text(_strategy().to_json(), encoding="utf-8")

    assert Strategy.load(tmp_path) == _strategy()


def test_loading_a_strategy_needs_neither_yaml_nor_liquid_nor_boto3():
    listing = (
        "import sys, hub.strategy.strategy; print(sorted({'yaml', 'liquid', 'boto3'} & set(sys.modules)))"
    )

    loaded = subprocess.run(
        [sys.executable, "-c", listing], capture_output=True, text=True, check=True
    ).stdout

    assert loaded.strip() == "[]"
