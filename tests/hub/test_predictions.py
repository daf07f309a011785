"""Predicted traits: a model's features of one customer, weighed and added up with its evidence."""

from math import exp
from typing import Any

import pytest

from hub.clock import DAY, HOUR, Instant
from hub.compiling import Compiler
from hub.documents import document
from hub.evaluators import explain
from hub.events import Event
from hub.explaining import with_reasons
from hub.profile_codec import decode, encode
from hub.rules import Rules
from hub.strategy.strategy import Strategy
from tests.builders import NOW, RISK, a_line, a_model, a_profile, an_event, an_identify, an_order, rules_of

VIEW = "Product Viewed"


def score(model: dict[str, Any], *events: Event, at: Instant = NOW) -> float | None:
    rules = rules_of(segments={}, models=[model])
    return rules.predicted(a_profile(*events, rules=rules, until=at), at).get("risk")


def of(feature: str, *events: Event, at: Instant = NOW, **told: Any) -> float | None:
    """The value of one feature."""
    return score(a_model({feature: 1}, features={feature: told} if told else {}), *events, at=at)


# ---- features


def test_recency_is_the_whole_days_since_the_last_order() -> None:
    bought = [an_order(NOW), an_order(NOW + HOUR)]

    found = [of("recency_days", *bought, at=NOW + HOUR + away) for away in (0, DAY - 1, DAY, 40 * DAY)]

    assert found == [0, 0, 1, 40]


def test_frequency_and_monetary_are_her_orders_and_what_they_came_to() -> None:
    bought = [
        an_order(NOW, 80, order_id="o-1"),
        an_order(NOW + 1, 30, order_id="o-2"),
        an_event("Order Refunded", NOW + 2, properties={"order_id": "o-2", "revenue": 10}),
    ]

    assert (of("frequency", *bought, at=NOW + 2), of("monetary", *bought, at=NOW + 2)) == (2, 100)


def test_the_cart_counts_as_it_is() -> None:
    lines = [a_line(NOW, quantity=2), a_line(NOW + 1, "cup", price=5)]

    assert (of("cart_items", *lines, at=NOW + 1), of("cart_value", *lines, at=NOW + 1)) == (3, 25)
    assert of("cart_value", *lines, an_order(NOW + 2), at=NOW + 2) == 0


def test_days_since_any_event_are_whole_days_too() -> None:
    seen = [an_event(VIEW, NOW), an_event("page", NOW + HOUR)]

    assert of("d", *seen, at=NOW + 3 * DAY, days_since=VIEW) == 3
    assert of("d", *seen, at=NOW + 3 * DAY, days_since=[VIEW, "page"]) == 2


def test_a_count_is_that_of_its_window_and_stops_at_its_bound() -> None:
    views = [an_event(at=NOW + hours * HOUR) for hours in range(5)]

    assert of("c", *views, at=NOW + 4 * HOUR, count=VIEW, within="2h") == 2
    assert of("c", *views, at=NOW + 6 * HOUR, count=VIEW, within="2h") == 0
    assert of("c", *views, at=NOW + 4 * HOUR, count=VIEW, within="7d", up_to=3) == 3


def test_a_bound_holds_also_where_another_rule_remembers_more() -> None:
    model = a_model({"c": 1}, features={"c": {"count": VIEW, "within": "7d", "up_to": 3}})
    rules = rules_of(segments={"fan": {"did": VIEW, "at_least": 9, "within": "30d"}}, models=[model])
    views = [an_event(at=NOW + hours * HOUR) for hours in range(9)]

    assert rules.predicted(a_profile(*views, rules=rules), NOW + 8 * HOUR) == {"risk": 3}


@pytest.mark.parametrize(("spent", "fifth"), [(0, 1), (20, 1), (20.01, 2), (60, 2), (400, 4), (401, 5)])
def test_a_fifth_goes_up_to_its_cut_off_included(spent: float, fifth: int) -> None:
    cut_offs = [20, 60, 150, 400]

    assert of("q", an_order(NOW, spent), quintile_of="monetary", cut_offs=cut_offs) == fifth


def test_who_never_did_it_has_no_prediction_unless_the_model_says_what_that_is_worth() -> None:
    model = a_model({"recency_days": 2, "frequency": 1})

    assert score(model, an_event()) is None
    assert score({**model, "missing": {"recency_days": 365}}, an_event()) == 730


# ---- the sum


def test_a_logistic_link_makes_the_sum_a_probability() -> None:
    model = a_model({"frequency": -0.5, "monetary": 0.01}, intercept=0.2, link="logistic")

    assert score(model, an_order(NOW, 70)) == round(1 / (1 + exp(-(0.2 - 0.5 + 0.7))), 6)


@pytest.mark.parametrize(("weight", "end"), [(1e6, 1), (-1e6, 0)])
def test_a_sum_beyond_all_bounds_is_as_sure_as_can_be(weight: float, end: float) -> None:
    assert score(a_model({"monetary": weight}, link="logistic"), an_order()) == end


def test_evidence_is_what_each_feature_adds() -> None:
    model = a_model(
        {"recency_days": 0.125, "frequency": -0.25, "seen": 1},
        intercept=0.5,
        features={"seen": {"days_since": VIEW}},
        missing={"seen": 2},
    )
    rules = rules_of(segments={"x": RISK}, models=[model])
    profile = a_profile(an_order(NOW), rules=rules)

    told = explain(rules.segments[0].evaluator, profile, NOW + 4 * DAY)

    assert (told["holds"], told["trait"], told["value"]) == (True, "predicted.risk", 2.75)
    assert (told["model"], told["link"], told["intercept"]) == ("m", "linear", 0.5)
    assert told["features"] == {
        "recency_days": {"value": 4, "weight": 0.125, "adds": 0.5},
        "frequency": {"value": 1, "weight": -0.25, "adds": -0.25},
        "seen": {"value": None, "weight": 1.0, "adds": 2.0},
    }


def test_what_is_missing_is_told_of_a_prediction_as_of_any_trait() -> None:
    rules = rules_of(segments={"x": RISK}, models=[a_model({"monetary": 0.001})])
    profile = a_profile(an_order(NOW, 100), rules=rules)

    evidence = explain(rules.segments[0].evaluator, profile, NOW)

    told = with_reasons(rules.strategy.segments[0].when, evidence)
    assert told["missing"] == "has 0.1, needs more than 0.5 (0.4 and more missing)"


# ---- beside the others


def test_a_prediction_is_no_stated_trait_and_a_stated_one_of_a_model_elsewhere_still_counts() -> None:
    segments = {"ours": RISK, "theirs": {"trait": "risk", "more_than": 0.5}}
    rules = rules_of(
        segments=segments,
        models=[a_model({"monetary": 0})],
        policy={"sources": {"scoring": {"party": "predicted"}}},
    )

    profile = a_profile(
        an_order(NOW), an_identify(NOW + 1, source="scoring", traits={"risk": 0.9}), rules=rules
    )

    assert profile.memberships == {"theirs": NOW + 1}


def test_templates_see_what_is_foretold() -> None:
    rules = rules_of(segments={}, models=[a_model({"monetary": 0.5})])
    profile = a_profile(an_order(NOW, 10), rules=rules)

    assert document(profile, rules.predicted(profile, NOW))["profile"]["predicted"] == {"risk": 5.0}
    assert document(profile)["profile"]["predicted"] == {}


def test_another_model_is_another_version_of_whoever_asks_for_it() -> None:
    one, other = (
        rules_of(
            segments={"x": RISK, "y": {"did": VIEW}, "z": {"in_segment": "x"}},
            models=[a_model({"monetary": weight})],
        )
        for weight in (1, 2)
    )

    changed = {name for name in one.versions if one.versions[name] != other.versions[name]}
    assert changed == {"x", "z"}


def test_a_model_travels_to_the_lambdas_as_it_is() -> None:
    model = a_model(
        {"c": 1, "q": 2, "d": 3, "frequency": 4},
        features={
            "c": {"count": [VIEW, "page"], "within": "7d", "up_to": 5},
            "q": {"quintile_of": "recency_days", "cut_offs": [1, 2, 3, 4]},
            "d": {"days_since": VIEW},
        },
        missing={"d": 9, "q": 5},
        link="logistic",
    )
    strategy = rules_of(segments={"x": RISK}, models=[model]).strategy

    again = Strategy.model_validate_json(strategy.to_json())

    assert again == strategy
    assert Compiler(again.models).specs == Compiler(strategy.models).specs


def test_what_a_model_looks_at_is_stored_with_the_profile() -> None:
    model = a_model(
        {"c": 1, "d": 1}, features={"c": {"count": VIEW, "within": "7d"}, "d": {"days_since": "page"}}
    )
    rules: Rules = rules_of(segments={}, models=[model])
    page = an_event(type="page", at=NOW - DAY)
    profile = a_profile(page, an_event(), rules=rules)

    again = decode(encode(profile), profile_id="p_1", version=1)

    assert rules.predicted(again, NOW) == rules.predicted(profile, NOW) == {"risk": 2.0}
