"""What editors are told of the files: current, and of one mind with the models."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from jsonschema import Draft7Validator
from pydantic import ValidationError

from hub.authoring import write_schemas
from hub.authoring.schemas import FILES, schema_of
from hub.authoring.written import read_file
from hub.strategy.model import AUTHORED
from tests.condition_strategies import written_conditions

_STRATEGY = Path(__file__).parents[2] / "strategy"
_VALIDATORS = {name: Draft7Validator(schema_of(model)) for name, model in FILES.items()}
_JOURNEY = {
    "name": "welcome",
    "entry": {"segment": "vip"},
    "goal": {"did": "Order Completed", "value": "revenue"},
    "ends_after": "3d",
    "steps": [{"after": "0s", "do": [{"site.show": None}]}],
}
_OUT_OF_DATE = "run: uv run hub check --schemas"
_DO = {"mail.send_email": {"template": "hello"}}


def _segment(when):
    return {"name": "vip", "when": when}


def _step(**step):
    return {**_JOURNEY, "steps": [{"after": "0s", **step}]}


def _case(*story):
    return {"cases": [{"name": "a case", "story": list(story)}]}


def _model_takes(kind, written):
    try:
        FILES[kind].model_validate(written, context=AUTHORED)
    except ValidationError:
        return False
    return True


def _files():
    folders = {"segment": "segments/*.yaml", "journey": "journeys/*.yaml", "cases": "tests/*.yaml"}
    singles = {"policy": "policy.yaml", "tracking_plan": "tracking_plan.yaml"}
    return [
        (kind, path)
        for kind, pattern in {**folders, **singles}.items()
        for path in sorted(_STRATEGY.glob(pattern))
    ]


def test_the_committed_schemas_are_those_of_the_models(tmp_path):
    for path in write_schemas(tmp_path):
        committed = _STRATEGY / "schemas" / path.name
        assert committed.read_text(encoding="utf-8") == path.read_text(encoding="utf-8"), _OUT_OF_DATE


@pytest.mark.parametrize("kind", FILES)
def test_each_schema_is_a_schema(kind):
    Draft7Validator.check_schema(schema_of(FILES[kind]))


@pytest.mark.parametrize(("kind", "path"), _files(), ids=lambda value: getattr(value, "stem", value))
def test_every_file_of_the_strategy_names_its_schema_and_fits_it(kind, path):
    [_, _, named] = path.read_text(encoding="utf-8").splitlines()[0].partition("$schema=")

    assert (path.parent / named).resolve() == _STRATEGY / "schemas" / f"{kind}.schema.json"
    assert list(_VALIDATORS[kind].iter_errors(read_file(path, path.name).data)) == []


@given(written_conditions(depth=1))
@settings(max_examples=100, deadline=None)
def test_every_condition_that_the_model_takes_fits_the_schema(written):
    assert _VALIDATORS["segment"].is_valid(_segment(written))


@pytest.mark.parametrize(
    ("kind", "written"),
    [
        (
            "segment",
            _segment({"did": "A", "where": {"price": 5, "name": {"exists": True}}, "within": "PT30M"}),
        ),
        ("segment", _segment({"did": ["A", "B"], "since": {"last": "C"}, "exactly": 0})),
        ("segment", _segment({"cart": {"items": {"exactly": 0}, "contains": {"sku": "x"}}})),
        ("segment", _segment({"cart": {"items": 3, "contains": {}}})),
        ("segment", _segment({"trait": "x", "exists": False})),
        ("segment", _segment({"trait": "x", "exists": True, "is_not": 5})),
        ("segment", _segment({"quiet_for": "10d"})),
        ("segment", _segment({"quiet_for": "P0DT30M"})),
        ("journey", _JOURNEY),
        ("journey", {**_JOURNEY, "goal": {"any": [{"did": "A"}, {"did": "B"}]}}),
        ("journey", _step(choose=[_DO, {"sms.send_sms": {}}], between="09:00-20:00", expires_after="12h")),
        ("journey", _step(between={"from": "09:00", "to": "20:00"}, do=[_DO], only_if={"in_segment": "vip"})),
        ("journey", _step(variants=[{"weight": 1, "do": [_DO]}, {"do": [_DO]}])),
        ("journey", {**_JOURNEY, "holdout": 0.1, "version": 2}),
        ("policy", {}),
        ("policy", {"holdout": "10%", "quiet_hours": {"from": "21:00", "to": "08:00"}}),
        ("policy", {"caps": [{"at_most": 3, "within": "7d", "media": "paid"}]}),
        ("tracking_plan", {"events": {"A": {"properties": {"p": {"type": ["number", "string"]}}}}}),
        ("cases", _case({"given": [{"track": "A", "properties": {"p": 1}, "ago": "10m"}]})),
        (
            "cases",
            _case({"given": [{"identify": {"email": "a@example.com"}}, {"consents": {"email": True}}]}),
        ),
        ("cases", _case({"expect": ["mail.send_email", {"mail.send_email": {"at": "30m"}}]})),
        ("cases", _case({"expect_nothing": True}, {"expect_nothing": ["mail"]}, {"ended": "running"})),
        ("cases", _case({"vendor_fails": {"connector": "mail", "mode": "timeout", "times": 2}})),
        ("cases", _case({"pause": "welcome"}, {"resume": "welcome"})),
        ("cases", {"start": "2026-11-27", "before": [{"advance": "30m"}], **_case({"everything_off": True})}),
    ],
)
def test_what_the_model_takes_the_schema_takes(kind, written):
    assert _model_takes(kind, written)
    assert _VALIDATORS[kind].is_valid(written)


@pytest.mark.parametrize(
    ("kind", "written"),
    [
        ("segment", {"name": "vip"}),
        ("segment", {"name": "VIP", "when": {"did": "A"}}),
        ("segment", _segment({})),
        ("segment", _segment({"did": "A", "wihtin": "7d"})),
        ("segment", _segment({"did": "A", "did_not": "B"})),
        ("segment", _segment({"did": "A", "within": "7w"})),
        ("segment", _segment({"did": "A", "within": 7})),
        ("segment", _segment({"did": "A", "within": "7d", "after": "2026-01-01"})),
        ("segment", _segment({"did": "A", "at_least": 1, "at_most": 2})),
        ("segment", _segment({"did": "A", "at_least": 0})),
        ("segment", _segment({"did": "A", "where": {"x": {}}})),
        ("segment", _segment({"did": "A", "where": {"x": [1, 2]}})),
        ("segment", _segment({"did": "A", "where": {"x": {"more_then": 2}}})),
        ("segment", _segment({"did": []})),
        ("segment", _segment({"did": ["A", "A"]})),
        ("segment", _segment({"sum": "x", "of": [], "more_than": 5})),
        ("segment", _segment({"sum": "x", "of": "A"})),
        ("segment", _segment({"cart": {}})),
        ("segment", _segment({"cart": {"contains": {}}})),
        ("segment", _segment({"quiet_for": "0d"})),
        ("segment", _segment({"quiet_for": "PT0M0S"})),
        ("segment", _segment({"did": "A", "within": "0s"})),
        ("segment", _segment({"trait": "x"})),
        ("segment", _segment({"trait": "x", "exists": False, "is": 5})),
        ("segment", _segment({"trait": "x", "within_last": "7d", "within_next": "7d"})),
        ("segment", _segment({"did": "A", "where": {"x": {"exists": False, "is_not": 5}}})),
        ("segment", _segment({"all": []})),
        ("segment", _segment([{"did": "A"}])),
        ("segment", _segment({"trait": "x", "in": []})),
        ("segment", _segment({"trait": "x", "exists": "yes"})),
        ("segment", _segment({"sum": "x", "more_than": 5})),
        ("segment", _segment({"cart": {"value": {"exactly": 5}}})),
        ("segment", _segment({"quiet_for": "30m", "within": "7d"})),
        ("journey", {**_JOURNEY, "steps": []}),
        ("journey", {**_JOURNEY, "goal": {"quiet_for": "1d", "value": "revenue"}}),
        ("journey", {**_JOURNEY, "goal": {"did": "A", "vlaue": "revenue"}}),
        ("journey", {**_JOURNEY, "holdout": 10}),
        ("journey", {**_JOURNEY, "ends_after": 3}),
        ("journey", _step(do=["mail.send_email"])),
        ("journey", _step(do=[{"send_email": {}}])),
        ("journey", _step(do=[{"a.b": {}, "c.d": {}}])),
        ("journey", _step(do=[{"connector": "mail", "action": "send_email"}])),
        ("journey", _step(do=[_DO], only={"did": "A"})),
        ("policy", {"hold_out": "10%"}),
        ("policy", {"quiet_hours": {"from": 21, "to": "08:00"}}),
        ("policy", {"sources": {"web": {"party": "fourth"}}}),
        ("policy", {"caps": {"at_most": 3, "within": "7d"}}),
        ("tracking_plan", {"events": {"A": {"type": "text"}}}),
        ("tracking_plan", {"events": {"A": {"typ": "object"}}}),
        ("cases", {"cases": []}),
        ("cases", _case()),
        ("cases", _case({})),
        ("cases", _case({"advance": "1h", "everything_off": True})),
        ("cases", _case({"advance": 3600})),
        ("cases", _case({"given": []})),
        ("cases", _case({"given": [{"track": ""}]})),
        ("cases", _case({"expect": [{"mail.send_email": {}, "sms.send_sms": {}}]})),
        ("cases", _case({"expect": [{"mail.send_email": "hello"}]})),
        ("cases", _case({"expect_nothing": False})),
        ("cases", _case({"ended": "won"})),
        ("cases", _case({"reported": {"mail.send_email": "lost"}})),
        ("cases", _case({"vendor_fails": {"connector": "mail", "status": 200}})),
    ],
)
def test_what_the_model_refuses_the_schema_refuses(kind, written):
    assert not _model_takes(kind, written)
    assert not _VALIDATORS[kind].is_valid(written)


def _silent(kind):
    schema = schema_of(FILES[kind])
    parts = {**schema["$defs"], kind: schema}.items()
    keys = ((name, key, value) for name, part in parts for key, value in part.get("properties", {}).items())
    return [f"{name}.{key}" for name, key, value in keys if "description" not in value]


@pytest.mark.parametrize("kind", FILES)
def test_every_key_a_person_writes_has_words_for_the_editor_to_show(kind):
    assert _silent(kind) == []


def test_no_definition_stands_unused():
    for model in FILES.values():
        schema = schema_of(model)
        text = json.dumps(schema)
        assert [name for name in schema["$defs"] if f'"#/$defs/{name}"' not in text] == []
