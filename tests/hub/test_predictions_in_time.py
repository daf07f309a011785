"""Predictions move as time passes: held against a score worked out anew from all raw events."""

from collections.abc import Sequence
from math import exp
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.clock import DAY, HOUR, MINUTE, Instant
from hub.evaluators import NO_FLOOR
from hub.events import Event
from hub.predictions import MOST_STEPS
from hub.strategy.durations import format_duration
from tests.backtesting import Told
from tests.builders import NOW, RISK, a_line, a_model, a_profile, an_event, an_identify, an_order, rules_of
from tests.oracle_values import passes

thoroughly = settings(max_examples=max(300, settings().max_examples))
ORDER, REFUND, VIEW = "Order Completed", "Order Refunded", "Product Viewed"
AFTERWARDS = 9 * DAY
LOOKS_FAR = (MOST_STEPS // 3 - 1) * DAY
"""A model of three features that move each day looks ahead at least this far."""


# ---- as time passes


def test_a_score_that_grows_by_the_day_turns_at_the_hour_of_the_order() -> None:
    rules = rules_of(segments={"x": RISK}, models=[a_model({"recency_days": 0.1})])

    told = Told(rules, [an_order(NOW), an_order(NOW + 9 * DAY)], NOW + 20 * DAY)

    assert told.stays == [
        ("x", NOW + 6 * DAY, NOW + 9 * DAY),
        ("x", NOW + 15 * DAY, None),
    ]


def test_what_is_far_off_is_looked_for_again_and_found_on_its_day() -> None:
    days = 3 * MOST_STEPS + 7
    rules = rules_of(segments={"x": RISK}, models=[a_model({"recency_days": 0.5 / days})])

    told = Told(rules, [an_order(NOW)], NOW + 400 * DAY)

    assert told.stays == [("x", NOW + (days + 1) * DAY, None)]


def test_a_customer_is_not_looked_at_every_day() -> None:
    rules = rules_of(segments={"x": RISK}, models=[a_model({"recency_days": 1e-6})])
    profile = a_profile(an_order(NOW), rules=rules)

    holds, change = rules.segments[0].evaluator.evaluate(profile, NOW, NO_FLOOR)

    assert (holds, change) == (False, NOW + MOST_STEPS * DAY)


def test_a_score_without_time_in_it_never_changes_by_itself() -> None:
    rules = rules_of(segments={"x": RISK}, models=[a_model({"monetary": 1})])
    profile = a_profile(an_order(NOW), rules=rules)

    assert rules.segments[0].evaluator.evaluate(profile, NOW, NO_FLOOR) == (True, None)


@pytest.mark.parametrize(
    ("coefficients", "event"),
    [
        ({"frequency": 1}, an_order(NOW)),
        ({"cart_items": 1}, a_line(NOW)),
        ({"seen": 1}, an_event("Seen", NOW)),
    ],
)
def test_an_event_that_moves_a_feature_is_felt_at_once(coefficients: dict[str, float], event: Event) -> None:
    features = {"seen": {"count": "Seen", "within": "1d"}} if "seen" in coefficients else {}
    rules = rules_of(segments={"x": RISK}, models=[a_model(coefficients, features=features)])

    assert Told(rules, [an_identify(NOW - 1), event], NOW).stays == [("x", NOW, None)]


# ---- against brute force

gaps = st.sampled_from([0, 1, MINUTE, 5 * HOUR, DAY - 1, DAY, DAY + 1, 3 * DAY])
weights = st.sampled_from([-2, -0.5, -0.1, 0, 0.1, 0.25, 1, 3])
cut_offs = st.tuples(*[st.integers(0, 6)] * 4).map(sorted)
some_features: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "views": st.fixed_dictionaries(
        {
            "count": st.just(VIEW),
            "within": st.sampled_from([HOUR, DAY, 4 * DAY]).map(format_duration),
            "up_to": st.integers(1, 3),
        }
    ),
    "since_view": st.just({"days_since": VIEW}),
    "fifth": st.fixed_dictionaries(
        {"quintile_of": st.sampled_from(["recency_days", "frequency", "monetary"]), "cut_offs": cut_offs}
    ),
}
tests_of_scores = st.one_of(
    *(st.fixed_dictionaries({word: st.integers(-5, 5)}) for word in ("more_than", "at_most")),
    st.integers(-5, 5).map(lambda low: {"at_least": low, "less_than": low + 2}),
    st.fixed_dictionaries({"exists": st.booleans()}),
)


@st.composite
def models(draw: st.DrawFn) -> dict[str, Any]:
    names = ["recency_days", "frequency", "monetary", *some_features]
    chosen = draw(st.lists(st.sampled_from(names), min_size=1, max_size=4, unique=True))
    features = {name: draw(some_features[name]) for name in chosen if name in some_features}
    missing = {name: 2 for name in chosen if draw(st.booleans())}
    return a_model(
        {name: draw(weights) for name in chosen},
        features=features,
        missing=missing,
        intercept=draw(weights),
        link=draw(st.sampled_from(["linear", "linear", "logistic"])),
    )


@st.composite
def lives(draw: st.DrawFn) -> list[Event]:
    at, events = NOW, []
    for place in range(draw(st.integers(1, 8))):
        at += draw(gaps)
        name = draw(st.sampled_from([ORDER, ORDER, VIEW, VIEW, REFUND]))
        revenue = draw(st.integers(1, 4))
        events.append(an_event(name, at, message_id=f"m{place}", properties={"revenue": revenue}))
    return events


def score(model: dict[str, Any], events: Sequence[Event], at: Instant) -> float | None:
    total = float(model["intercept"])
    for name, weight in model["coefficients"].items():
        value = worth(model["features"].get(name, {}), name, events, at)
        value = model["missing"].get(name) if value is None else value
        if value is None:
            return None
        total += weight * value
    return round(1 / (1 + exp(-total)) if model["link"] == "logistic" else total, 6)


def worth(told: dict[str, Any], name: str, events: Sequence[Event], at: Instant) -> Any:
    """A feature's value, told from the events up to then."""
    done = [event for event in events if event.at <= at]
    times = {kind: [event.at for event in done if event.name == kind] for kind in (ORDER, VIEW)}
    if "quintile_of" in told:
        value = worth({}, told["quintile_of"], events, at)
        return None if value is None else 1 + len([cut for cut in told["cut_offs"] if value > cut])
    if "count" in told:
        spans = {"1h": HOUR, "1d": DAY, "4d": 4 * DAY}
        return min(told["up_to"], len([one for one in times[VIEW] if at - spans[told["within"]] < one]))
    if name == "frequency":
        return len(times[ORDER])
    if name == "monetary":
        sign = {ORDER: 1, REFUND: -1, VIEW: 0}
        return sum(sign[event.name] * event.properties["revenue"] for event in done)
    marks = times[VIEW if "days_since" in told else ORDER]
    return (at - max(marks)) // DAY if marks else None


def moments(events: Sequence[Event], until: Instant) -> list[Instant]:
    """Every instant at which any feature of any of these models can move, and those beside it."""
    spans = [0, HOUR, *(days * DAY for days in range(1, 60))]
    near = {event.at + span + step for event in events for span in spans for step in (-1, 0, 1)}
    return sorted({at for at in near if NOW <= events[0].at <= at <= until} | {until})


@thoroughly
@given(models(), tests_of_scores, lives())
def test_stays_are_those_of_a_score_worked_out_anew_at_every_instant(
    model: dict[str, Any], test: dict[str, Any], life: list[Event]
) -> None:
    until = life[-1].at + AFTERWARDS
    rules = rules_of(segments={"x": {"trait": "predicted.risk", **test}}, models=[model])

    told = Told(rules, life, until)

    expected: list[tuple[str, Instant, Instant | None]] = []
    for at in moments(life, until):
        inside = bool(expected) and expected[-1][2] is None
        if inside != passes(test, score(model, life, at), at):
            expected.append(("x", at, None)) if not inside else expected.append((*expected.pop()[:2], at))
    assert told.stays == expected


@thoroughly
@given(models(), tests_of_scores, lives(), st.data())
def test_the_next_change_of_a_prediction_is_its_first_and_its_score_is_exact(
    model: dict[str, Any], test: dict[str, Any], life: list[Event], data: st.DataObject
) -> None:
    rules = rules_of(segments={"x": {"trait": "predicted.risk", **test}}, models=[model])
    now = data.draw(st.sampled_from(moments(life, life[-1].at + AFTERWARDS)))
    done = [event for event in life if event.at <= now]
    profile = a_profile(*done, rules=rules, until=now)

    holds, change = rules.segments[0].evaluator.evaluate(profile, now, NO_FLOOR)

    later = [at for at in moments(done, now + 50 * DAY) if at > now]
    first = next((at for at in later if passes(test, score(model, done, at), at) != holds), None)
    assert rules.predicted(profile, now).get("risk") == score(model, done, now)
    assert holds == passes(test, score(model, done, now), now)
    looked_again = change is not None and change >= now + LOOKS_FAR and (first is None or change < first)
    assert change == first or looked_again or (first is None and change is None)
