"""JSON Schemas of the strategy's files, so that editors complete, explain and check them while one writes.

They are made from the models, and say as much of them as JSON Schema can; `hub check --schemas` writes them.
"""

import ast
import inspect
import json
from collections.abc import Iterator
from itertools import combinations, pairwise
from pathlib import Path
from textwrap import dedent
from typing import Any

from pydantic import BaseModel

from hub.authoring.cases import Beat, Cases
from hub.strategy.comparisons import Tested, Tests
from hub.strategy.conditions import KINDS, Any_
from hub.strategy.event_conditions import COUNT_WORDS, WINDOW_WORDS, Filtered
from hub.strategy.journeys import Journey
from hub.strategy.model import Model
from hub.strategy.policy import Policy
from hub.strategy.scoring_models import ScoringModel
from hub.strategy.segments import Segment
from hub.strategy.tracking_plan import TrackingPlan

Schema = dict[str, Any]

FILES: dict[str, type[Model]] = {
    "segment": Segment,
    "journey": Journey,
    "policy": Policy,
    "tracking_plan": TrackingPlan,
    "model": ScoringModel,
    "cases": Cases,
}
_SCALAR = {"type": ["string", "number", "boolean"]}
_ADDRESS = r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$"
_SOMETHING_IN_THE_CART = [
    {"required": ["items"]},
    {"required": ["value"]},
    {"required": ["contains"], "properties": {"contains": {"minProperties": 1}}},
]
_CONDITION = {"$ref": "#/$defs/Condition"}


def write_schemas(directory: Path | str) -> list[Path]:
    """Write <directory>/schemas/*.schema.json; the paths written."""
    folder = Path(directory) / "schemas"
    folder.mkdir(parents=True, exist_ok=True)
    return [_write(folder / f"{name}.schema.json", schema_of(model)) for name, model in FILES.items()]


def schema_of(model: type[Model]) -> Schema:
    schema = model.model_json_schema(by_alias=True)
    _explain(schema, model)
    definitions = schema.setdefault("$defs", {})
    for name, inner in _models().items():
        if name in definitions:
            _explain(definitions[name], inner)
    _speak_the_language(definitions)
    head = {"$schema": "http://json-schema.org/draft-07/schema#", "title": model.__name__}
    return {**head, **_without_strays(_tidy(schema))}


def _write(path: Path, schema: Schema) -> Path:
    text = json.dumps(schema, indent=2, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")
    return path


def _models(base: type[Model] = Model) -> dict[str, type[Model]]:
    """Every model of the strategy, by its name."""
    found = {inner.__name__: inner for inner in base.__subclasses__()}
    return {**found, **{name: one for inner in found.values() for name, one in _models(inner).items()}}


def _explain(schema: Schema, model: type[BaseModel]) -> None:
    """The docstring below each field becomes what the editor shows beside its key."""
    words = {name: text for base in reversed(model.__mro__) for name, text in _docstrings(base)}
    for name, field in model.model_fields.items():
        key = field.alias or name
        if name in words and key in schema.get("properties", {}):
            schema["properties"][key]["description"] = words[name]


def _docstrings(model: type) -> Iterator[tuple[str, str]]:
    if not issubclass(model, Model) or model is Model:
        return
    [tree] = ast.parse(dedent(inspect.getsource(model))).body
    body = tree.body if isinstance(tree, ast.ClassDef) else []
    for field, below in pairwise(body):
        match field, below:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                yield name, " ".join(text.split())


def _speak_the_language(definitions: dict[str, Schema]) -> None:
    """What pydantic cannot know: forms that validators take apart, and words that exclude each other."""
    _exclude_words(definitions)
    if "Did" in definitions:
        _exclude(definitions["Did"], COUNT_WORDS)
        definitions["Condition"] = _any_condition()
    if "CartContent" in definitions:
        definitions["CartContent"]["anyOf"] = _SOMETHING_IN_THE_CART
    if "Comparison" in definitions:
        definitions["Comparison"] = _or_bare(definitions["Comparison"])
        items = definitions["ItemsComparison"]
        items["properties"]["exactly"] = {
            **_SCALAR,
            "description": "Exactly this many; 0: the cart is empty.",
        }
        definitions["ItemsComparison"] = _or_bare(items)
    if "Do" in definitions:
        definitions["Do"] = _action(definitions["Do"]["description"])
        definitions["DidForGoal"] = _with_value(definitions["Did"], definitions["Goal"])
        alternatives = [_CONDITION, {"$ref": "#/$defs/DidForGoal"}]
        definitions["Goal"] = {"description": definitions["Goal"]["description"], "anyOf": alternatives}

    if "Expected" in definitions:
        definitions["Expected"] = _call(definitions["Expected"]["description"])
        definitions[Beat.__name__] |= {"minProperties": 1, "maxProperties": 1}


def _exclude_words(definitions: dict[str, Schema]) -> None:
    for name, model in _models().items():
        if name in definitions and issubclass(model, Filtered):
            _exclude(definitions[name], WINDOW_WORDS)
        if name in definitions and issubclass(model, Tests):
            _test_something(definitions[name], model)


def _call(description: str) -> Schema:
    fields = {
        "type": "object",
        "description": "What some of its fields must be; see docs/testing-journeys.md.",
    }
    named = {"type": "object", "minProperties": 1, "maxProperties": 1, "additionalProperties": fields}
    return {"description": description, "anyOf": [{"type": "string"}, named]}


def _exclude(schema: Schema, words: tuple[str, ...]) -> None:
    pairs = [{"required": list(pair)} for pair in combinations(words, 2)]
    schema.setdefault("not", {"anyOf": []})["anyOf"] += pairs


def _test_something(schema: Schema, model: type[Model]) -> None:
    """At least one test, none beside `exists: false`, and no time that is past and future."""
    words = [field.alias or name for name, field in Tests.model_fields.items()]
    if issubclass(model, Tested):
        schema["anyOf"] = [{"required": [word]} for word in words]
    missing = {"properties": {"exists": {"const": False}}}
    others = [{"required": ["exists", word], **missing} for word in words if word != "exists"]
    schema.setdefault("not", {"anyOf": []})["anyOf"] += [
        {"required": ["within_last", "within_next"]},
        *others,
    ]


def _any_condition() -> Schema:
    refs = [{"$ref": f"#/$defs/{kind.__name__}"} for kind in KINDS]
    return {"description": f"A condition: one of {', '.join(kind.kind for kind in KINDS)}.", "anyOf": refs}


def _or_bare(tests: Schema) -> Schema:
    description = tests.pop("description")
    return {"description": description, "anyOf": [_SCALAR, {**tests, "minProperties": 1}]}


def _action(description: str) -> Schema:
    params = {"type": ["object", "null"], "description": "What the action takes; see docs/connectors.md."}
    return {
        "description": description,
        "type": "object",
        "minProperties": 1,
        "maxProperties": 1,
        "patternProperties": {_ADDRESS: params},
        "additionalProperties": False,
    }


def _with_value(did: Schema, goal: Schema) -> Schema:
    properties = {**did["properties"], "value": goal["properties"]["value"]}
    return {**did, "properties": properties, "required": ["did", "value"]}


def _without_strays(schema: Schema) -> Schema:
    """Without definitions that nothing refers to any more."""
    definitions, waiting, reached = schema["$defs"], _references(schema, within_definitions=False), set[str]()
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting |= _references(definitions[name])
    return {**schema, "$defs": {name: definitions[name] for name in sorted(reached)}}


def _references(schema: Any, *, within_definitions: bool = True) -> set[str]:
    if isinstance(schema, list):
        return set().union(*map(_references, schema))
    if not isinstance(schema, dict):
        return set()
    here = {schema["$ref"].rpartition("/")[2]} if isinstance(schema.get("$ref"), str) else set()
    inside = (one for key, one in schema.items() if within_definitions or key != "$defs")
    return here.union(*map(_references, inside))


def _tidy(schema: Any) -> Any:
    """Without what the models take for left out (null), and without titles that only repeat a key."""
    if isinstance(schema, list):
        return [_tidy(inner) for inner in schema]
    if not isinstance(schema, dict):
        return schema
    if "#/$defs/All" in (ref.get("$ref") for ref in schema.get("oneOf", ())):
        return {**{key: schema[key] for key in ("description",) if key in schema}, **_CONDITION}
    kept = {key: inner for key, inner in schema.items() if not _is_noise(key, inner)}
    return _without_null({_rename(key): _tidy(inner) for key, inner in kept.items()})


def _is_noise(key: str, value: Any) -> bool:
    return (key == "title" and isinstance(value, str)) or (key == "default" and value in (None, "", {}, []))


def _without_null(schema: Schema) -> Schema:
    if {"type": "null"} not in schema.get("anyOf", ()):
        return _renamed_reference(schema)
    [*left] = (one for one in schema["anyOf"] if one != {"type": "null"})
    rest = {key: inner for key, inner in schema.items() if key != "anyOf"}
    return {**left[0], **rest} if len(left) == 1 else {**rest, "anyOf": left}


def _rename(key: str) -> str:
    return "Any" if key == Any_.__name__ else key


def _renamed_reference(schema: Schema) -> Schema:
    reference = schema.get("$ref")
    return {**schema, "$ref": "#/$defs/Any"} if reference == f"#/$defs/{Any_.__name__}" else schema
