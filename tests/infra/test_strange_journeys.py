"""Whatever journey `hub check` lets pass has a machine in good States Language that keeps each step."""

import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from statelint.linter import Linter

from hub.authoring import StrategyProblems, read_strategy
from hub.strategy.durations import parse_duration
from hub.strategy.journeys import Journey, Step
from infra.journey_machines import machine
from tests.moto_machines import FUNCTION

NAMES = st.from_regex("[a-z][a-z0-9_]{0,39}", fullmatch=True)
# Words that the States Language knows, beside any others.
WORDS = st.sampled_from([
    "$", "$.", "$$", "$.profile_id", "a.$b", "$.x.$y", "States.Format('{}', $.a)", "who.$", ".$",
    "Parameters", "Type", "Next", "{% $states.input %}", "\\", "{}", "é\u2028", '"quoted"', "a\nb",
]) | st.text("abc $.{}'\"", max_size=12)  # fmt: skip
VALUES = st.recursive(
    st.booleans() | st.integers(-(10**9), 10**9) | WORDS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(WORDS, inner, max_size=2),
    max_leaves=4,
)
ACTIONS = st.builds(
    lambda connector, action, params: {f"{connector}.{action}": params},
    NAMES,
    NAMES,
    st.dictionaries(WORDS.filter(str.strip), VALUES, max_size=2),
)
GROUPS = st.lists(ACTIONS, min_size=1, max_size=2, unique_by=repr)
PATHS = st.sampled_from(["price", "price.$", "$.price", "products.0.sku", "$"])
CONDITIONS = st.sampled_from(
    [
        {"did": "Order Completed", "within": "7d"},
        {"not": {"in_segment": "vip"}},
        {"any": [{"cart": {"items": {"exactly": 0}}}, {"trait": "country", "in": ["CZ", "$.x"]}]},
    ]
) | st.builds(lambda path, word: {"did": "Tea", "where": {path: {"is_not": word}}}, PATHS, WORDS)
AFTERS = st.sampled_from(
    ["0s", "PT0.001S", "PT0.5S", "1s", "59m", "PT1H30M", "4h", "P1DT1S", "P2W", "300d", "364d"]
)


@st.composite
def steps(draw: st.DrawFn, after: str) -> dict[str, Any]:
    more = {
        "only_if": CONDITIONS,
        "expires_after": st.sampled_from(["PT0.001S", "12h", "300d"]),
        "between": st.sampled_from(["09:00-20:00", "23:59-00:00"]),
    }
    step = {"after": after, **draw(st.fixed_dictionaries({}, optional=more))}
    match draw(st.integers(0, 2)):
        case 0:
            return {**step, "do": draw(GROUPS)}
        case 1:
            return {**step, "choose": draw(st.lists(ACTIONS, min_size=2, max_size=3, unique_by=repr))}
        case _:
            variants = [
                {"weight": draw(st.sampled_from([0.001, 1, 1e9])), "do": draw(GROUPS)} for _ in range(2)
            ]
            return {**step, "do": draw(GROUPS), "variants": variants}


@st.composite
def journeys(draw: st.DrawFn) -> dict[str, Any]:
    afters = draw(st.lists(AFTERS, min_size=1, max_size=5, unique_by=parse_duration))
    optional = {
        "description": WORDS.filter(bool),
        "exit": CONDITIONS,
        "holdout": st.sampled_from(["0%", "100%"]),
        "version": st.integers() | WORDS.filter(bool),
    }
    return {
        "name": draw(NAMES),
        "entry": {"segment": "vip"},
        "goal": draw(CONDITIONS),
        "ends_after": "365d",
        "steps": [draw(steps(after)) for after in sorted(afters, key=parse_duration)],
        **draw(st.fixed_dictionaries({}, optional=optional)),
    }


def checked(written: dict[str, Any]) -> Iterator[Journey]:
    """The journey, if `hub check` has nothing against it (JSON is YAML)."""
    with TemporaryDirectory() as name:
        directory = Path(name)
        for folder, file, text in (
            ("segments", "vip", json.dumps({"name": "vip", "when": {"did": "Product Added"}})),
            ("journeys", written["name"], json.dumps(written)),
        ):
            (directory / folder).mkdir()
            (directory / folder / f"{file}.yaml").write_text(text)
        try:
            yield from read_strategy(directory).journeys
        except StrategyProblems:
            return


def a_journey(key: str) -> dict[str, Any]:
    return {
        "name": "strange",
        "entry": {"segment": "vip"},
        "goal": {"did": "Order Completed"},
        "ends_after": "1d",
        "steps": [{"after": "0s", "do": [{"webhook.post": {"data": [{key: "$.profile_id"}]}}]}],
    }


@given(journeys())
@example(a_journey("who.$"))
@example(a_journey("$.who"))
@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_a_journey_that_may_be_written_can_be_deployed(written: dict[str, Any]) -> None:
    for journey in checked(written):
        definition = machine(journey, FUNCTION, speed=1)
        text = json.dumps(definition, allow_nan=False)

        assert Linter.validate(definition) == []
        assert all(len(state) <= 80 for state in definition["States"])
        assert tuple(kept(json.loads(text))) == journey.steps


def kept(definition: dict[str, Any]) -> Iterator[Step]:
    """The steps as run_journey_step reads them."""
    for state in definition["States"].values():
        if "definition" in state.get("Parameters", {}).get("Payload", {}):
            yield Step.model_validate(state["Parameters"]["Payload"]["definition"])


def test_most_strange_journeys_may_be_written() -> None:
    assert [one.name for one in checked(a_journey("$.who"))] == ["strange"]
    assert list(checked(a_journey("who.$"))) == []
