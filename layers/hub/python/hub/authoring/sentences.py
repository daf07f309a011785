"""pydantic's errors as problems: at their place in the file, in a marketer's words."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from hub.authoring.problems import Path, Problem, did_you_mean, listed
from hub.authoring.written import Written
from hub.strategy.conditions import KINDS, WORDS
from hub.strategy.model import Mistake

_BY_TAG = {WORDS[kind.kind]: kind for kind in KINDS}

Said = tuple[str, str]
"""A message and an advice."""


def problems_of(error: ValidationError, written: Written, model: type[BaseModel]) -> Iterator[Problem]:
    """One problem a place, where a union had several opinions of it."""
    told: set[tuple[Path, str]] = set()
    for detail in error.errors():
        if _is_echo(detail):
            continue
        path = _path(detail, written.data)
        name = str(detail["loc"][-1]) if detail["type"] == "missing" else ""
        if (path, name) in told:
            continue
        told.add((path, name))
        yield written.problem(path, *_say(detail, model))


def first_mistake(error: ValidationError, data: Any, model: type[BaseModel]) -> Mistake:
    """The first of them, of what stands in no file."""
    problem = next(problems_of(error, Written("", data), model))
    return Mistake(problem.message, problem.advice, key=problem.where)


def empty_values(written: Written) -> Iterator[Problem]:
    """Keys with nothing behind them: a model would take them for left out, a person meant to go on."""
    for path in _empty(written.data, ()):
        yield written.problem(path, *_no_value(path))


def _no_value(path: Path) -> Said:
    if isinstance(path[-1], str):
        return f"'{path[-1]}' has no value", "write one, or delete the line"
    name = ".".join(str(step) for step in path[:-1])
    return f"{name}[{path[-1]}] has no value", 'quote it where the word is meant ("null"), or delete it'


def _empty(value: Any, path: Path) -> Iterator[Path]:
    # An action may have no params, and what stands in them is the connector's matter.
    if path[-3:-2] in (("do",), ("choose",)) or path[-2:-1] == ("enum",):
        return
    if value is None and path:
        yield path
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in inside:
        yield from _empty(inner, (*path, step))


def _is_echo(detail: ErrorDetails) -> bool:
    """pydantic calls a list of one wrong element empty as well."""
    return detail["type"] == "too_short" and bool(detail["input"])


def _path(detail: ErrorDetails, data: Any) -> Path:
    """pydantic's location without what stands in no file: tags of unions, fields of the models' own."""
    path: list[str | int] = []
    for step in (*detail["loc"], _key(detail)):
        match data, step:
            case dict(), str() if step in data:
                data = data[step]
            case list(), int():
                data = data[step]
            case _:
                continue
        path.append(step)
    return tuple(path)


def _key(detail: ErrorDetails) -> str:
    mistake = detail.get("ctx", {}).get("error")
    return mistake.key if isinstance(mistake, Mistake) else ""


def _say(detail: ErrorDetails, model: type[BaseModel]) -> Said:
    mistake = detail.get("ctx", {}).get("error")
    if isinstance(mistake, Mistake):
        return mistake.message, mistake.advice
    if detail["type"] == "extra_forbidden":
        return _unknown_key(detail, model)
    if detail["type"] == "missing":
        return f"'{detail['loc'][-1]}' is missing", f"add the line '{detail['loc'][-1]}: …'"
    if detail["type"] == "no_condition":
        return _no_condition(detail["input"])
    say = _SENTENCES.get(detail["type"])
    return say(detail["input"], detail.get("ctx", {})) if say else (detail["msg"], "")


def _unknown_key(detail: ErrorDetails, model: type[BaseModel]) -> Said:
    key = str(detail["loc"][-1])
    if key in WORDS and any(step in _BY_TAG for step in detail["loc"]):
        return (
            f"'{key}' is a condition of its own",
            "put both conditions under all (each must hold) or any (one must)",
        )
    known = _keys(_model_at(model, detail["loc"][:-1])) + (
        ["value"] if "condition" in detail["loc"][-3:-2] else []
    )
    return f"unknown key '{key}'", did_you_mean(key, known, otherwise=f"known here: {listed(known, most=20)}")


def _no_condition(value: Any) -> Said:
    keys = list(value) if isinstance(value, dict) else []
    begins = f"begin with one of {listed(WORDS, most=20)}"
    if not keys:
        return "the condition is empty", begins
    return f"no condition has '{keys[0]}'", did_you_mean(keys[0], WORDS, otherwise=begins)


def _model_at(model: type[BaseModel] | None, location: tuple[str | int, ...]) -> type[BaseModel] | None:
    """The model whose keys stand at pydantic's location; None inside what has no fixed keys."""
    for step in location:
        if step in _BY_TAG:
            model = _BY_TAG[str(step)]
        elif isinstance(step, str) and model is not None:
            field = _fields(model).get(step)
            model = _model_in(field) if field is not None else model
    return model


def _fields(model: type[BaseModel]) -> dict[str, Any]:
    return {field.alias or name: field.annotation for name, field in model.model_fields.items()}


def _keys(model: type[BaseModel] | None) -> list[str]:
    return list(_fields(model)) if model else []


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The first model an annotation speaks of: Step in tuple[Step, ...] | None."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_model_in, get_args(annotation))), None)


def _no_text(value: Any, _: Mapping[str, Any]) -> Said:
    if value is None:
        return "nothing is written here", "write a text"
    return f"{_yaml(value)} is no text", "put it in quotes" if isinstance(
        value, int | float
    ) else "write a text"


def _yaml(value: Any) -> str:
    if isinstance(value, bool):
        return f"'{str(value).lower()}'"
    if isinstance(value, dict | list):
        return "a list" if isinstance(value, list) else "a group of keys"
    return "nothing" if value is None else f"'{value}'"


def _one_of(value: Any, context: Mapping[str, Any]) -> Said:
    expected = str(context["expected"]).replace("True", "true").replace("False", "false")
    return f"{_yaml(value)} is not known here", did_you_mean(
        str(value), _quoted(expected), otherwise=f"write {expected}"
    )


def _quoted(expected: str) -> list[str]:
    return expected.replace("'", "").replace(" or ", ", ").split(", ")


_SENTENCES: dict[str, Callable[[Any, Mapping[str, Any]], Said]] = {
    "string_type": _no_text,
    "recursion_depth_exceeded": lambda _value, _context: (
        "conditions stand too deep inside each other",
        "write fewer all, any and not around them, or make a segment of a part and ask in_segment",
    ),
    "string_too_short": lambda _value, _context: ("the text is empty", "write something"),
    "string_pattern_mismatch": lambda value, context: (
        f"{_yaml(value)} has the wrong form",
        f"it must match {context['pattern']}",
    ),
    "tuple_type": lambda value, _context: (
        f"{_yaml(value)} is no list",
        "write [one, two], or a line with a dash for each",
    ),
    "too_short": lambda _value, _context: ("the list is empty", "put something in, or leave the key out"),
    "int_type": lambda value, _context: (
        f"{_yaml(value)} is no whole number",
        "write a whole number, without quotes",
    ),
    "float_type": lambda value, _context: (f"{_yaml(value)} is no number", "write a number, without quotes"),
    "float_parsing": lambda value, _context: (f"{_yaml(value)} is no number", "write a number"),
    "bool_type": lambda value, _context: (f"{_yaml(value)} is neither true nor false", "write true or false"),
    "greater_than": lambda value, context: (f"{value} is too little", f"write more than {context['gt']:g}"),
    "greater_than_equal": lambda value, context: (
        f"{value} is too little",
        f"write {context['ge']:g} or more",
    ),
    "less_than": lambda value, context: (f"{value} is too much", f"write less than {context['lt']:g}"),
    "less_than_equal": lambda value, context: (f"{value} is too much", f"write {context['le']:g} or less"),
    "finite_number": lambda value, _context: (f"{value} is no number", "write a number with a value"),
    "literal_error": _one_of,
    "enum": _one_of,
    "model_type": lambda value, _context: (
        f"{_yaml(value)} stands where keys belong",
        "write key: value, a line for each",
    ),
    "model_attributes_type": lambda value, _context: (
        f"{_yaml(value)} stands where keys belong",
        "write key: value, a line for each",
    ),
    "dict_type": lambda value, _context: (
        f"{_yaml(value)} stands where keys belong",
        "write key: value, a line for each",
    ),
}
