"""What is wrong with an event's properties, held against the shape that the tracking plan gives them."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from hub.clock import parse_instant
from hub.strategy.tracking_plan import Shape


@dataclass(frozen=True)
class Violation:
    """`path` is dotted, "" for the whole; the sentence names rules, never the value (it may be personal)."""

    path: str
    message: str
    missing: bool = False
    """Something required is not there: worse than a wrong form."""


def violations(value: Any, shape: Shape, path: str = "") -> Iterator[Violation]:
    """Every way in which the value breaks the shape; a wrong type hides the rest."""
    if shape.type is not None and not _is_of_type(value, shape.type):
        yield Violation(path, f"is {_type_of(value)}, not {_in_words(shape.type)}")
        return
    if shape.enum is not None and value not in shape.enum:
        yield Violation(path, "is none of the values listed")
    match value:
        case str():
            yield from _of_text(value, shape, path)
        case bool():
            return
        case int() | float():
            yield from _of_number(value, shape, path)
        case Mapping():
            yield from _of_object(value, shape, path)
        case list() | tuple():
            yield from _of_array(value, shape, path)


def _of_text(value: str, shape: Shape, path: str) -> Iterator[Violation]:
    if shape.minLength is not None and len(value) < shape.minLength:
        yield Violation(path, f"is shorter than {shape.minLength}")
    if shape.maxLength is not None and len(value) > shape.maxLength:
        yield Violation(path, f"is longer than {shape.maxLength}")
    if shape.pattern is not None and not re.search(shape.pattern, value):
        yield Violation(path, f"does not match {shape.pattern}")
    if shape.format is not None and not _has_format(value, _FORMATS[shape.format]):
        yield Violation(path, f"is no {shape.format}")


def _of_number(value: float, shape: Shape, path: str) -> Iterator[Violation]:
    if shape.minimum is not None and value < shape.minimum:
        yield Violation(path, f"is less than {shape.minimum:g}")
    if shape.maximum is not None and value > shape.maximum:
        yield Violation(path, f"is more than {shape.maximum:g}")


def _of_object(value: Mapping[str, Any], shape: Shape, path: str) -> Iterator[Violation]:
    for name in shape.required:
        if value.get(name) is None:
            yield Violation(_below(path, name), "is missing", missing=True)
    for name, inner in value.items():
        if name in shape.properties:
            # A null is how clients say "nothing": only `required` minds it.
            yield from () if inner is None else violations(inner, shape.properties[name], _below(path, name))
        elif not shape.additionalProperties:
            yield Violation(_below(path, name), "is not in the plan")


def _of_array(value: list[Any] | tuple[Any, ...], shape: Shape, path: str) -> Iterator[Violation]:
    if shape.minItems is not None and len(value) < shape.minItems:
        yield Violation(path, f"has fewer than {shape.minItems} elements")
    if shape.maxItems is not None and len(value) > shape.maxItems:
        yield Violation(path, f"has more than {shape.maxItems} elements")
    if shape.items is not None:
        for index, inner in enumerate(value):
            yield from violations(inner, shape.items, _below(path, str(index)))


def _is_of_type(value: Any, kinds: str | tuple[str, ...]) -> bool:
    allowed = (kinds,) if isinstance(kinds, str) else kinds
    found = _type_of(value)
    return found in allowed or (found == "integer" and "number" in allowed)


def _type_of(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "integer" if value.is_integer() else "number"
        case str():
            return "string"
        case Mapping():
            return "object"
        case _:
            return "array"


def _has_format(value: str, read: Callable[[str], object]) -> bool:
    try:
        return bool(read(value))
    except ValueError:
        return False


_FORMATS: dict[str, Callable[[str], object]] = {
    "email": re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+").fullmatch,
    "date": date.fromisoformat,
    "date-time": lambda text: parse_instant(text) is not None,
    "uri": lambda text: urlsplit(text).scheme,
}


def _in_words(kinds: str | tuple[str, ...]) -> str:
    return kinds if isinstance(kinds, str) else " or ".join(kinds)


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
