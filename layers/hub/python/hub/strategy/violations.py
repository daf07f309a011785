"""What is wrong with an event's properties, held against the shape that the tracking plan gives them."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from hub.clock import parse_instant
from hub.strategy.patterns import finder
from hub.strategy.tracking_plan import OnViolation, Shape

UNPLANNED = "is not in the plan"


@dataclass(frozen=True, slots=True)
class Violation:
    """`path` is dotted, "" for the whole; the sentence names rules, never the value (it may be personal)."""

    path: str
    message: str
    quarantines: bool = False
    """The event is set aside for it; else it is only counted."""
    place: str = field(default="", compare=False)
    """The path as the plan has it: `*` for any element, and for a name that a client made up."""


class Spot(NamedTuple):
    """Where one is in a value."""

    path: str = ""
    place: str = ""

    def below(self, name: str, *, known_as: str = "") -> "Spot":
        return Spot(_joined(self.path, name), _joined(self.place, known_as or name))

    def broken(self, message: str, *, quarantines: bool) -> Violation:
        return Violation(self.path, message, quarantines, self.place)


HERE = Spot()


def violations(
    value: Any, shape: Shape, spot: Spot = HERE, *, outer: OnViolation | None = None
) -> Iterator[Violation]:
    """Every way in which the value breaks the shape; a wrong type hides the rest.

    `outer`: what the shape around it says is to become of the event; the innermost that says it is heard.
    """
    said = shape.on_violation or outer
    for message in _of_itself(value, shape):
        yield spot.broken(message, quarantines=said == "quarantine")
    if _is_of_type(value, shape.type):
        yield from _inside(value, shape, spot, said)


def _of_itself(value: Any, shape: Shape) -> Iterator[str]:
    if not _is_of_type(value, shape.type):
        yield f"is {_type_of(value)}, not {_in_words(shape.type or ())}"
        return
    if shape.enum is not None and value not in shape.enum:
        yield "is none of the values listed"
    match value:
        case str():
            yield from _of_text(value, shape)
        case bool():
            return
        case int() | float():
            yield from _of_number(value, shape)
        case list() | tuple():
            yield from _of_array(value, shape)


def _of_text(value: str, shape: Shape) -> Iterator[str]:
    if shape.minLength is not None and len(value) < shape.minLength:
        yield f"is shorter than {shape.minLength}"
    if shape.maxLength is not None and len(value) > shape.maxLength:
        yield f"is longer than {shape.maxLength}"
    if shape.pattern is not None and not finder(shape.pattern)(value):
        yield f"does not match {shape.pattern}"
    if shape.format is not None and not _has_format(value, _FORMATS[shape.format]):
        yield f"is no {shape.format}"


def _of_number(value: float, shape: Shape) -> Iterator[str]:
    if shape.minimum is not None and value < shape.minimum:
        yield f"is less than {shape.minimum:g}"
    if shape.maximum is not None and value > shape.maximum:
        yield f"is more than {shape.maximum:g}"


def _of_array(value: list[Any] | tuple[Any, ...], shape: Shape) -> Iterator[str]:
    if shape.minItems is not None and len(value) < shape.minItems:
        yield f"has fewer than {shape.minItems} elements"
    if shape.maxItems is not None and len(value) > shape.maxItems:
        yield f"has more than {shape.maxItems} elements"


def _inside(value: Any, shape: Shape, spot: Spot, said: OnViolation | None) -> Iterator[Violation]:
    if isinstance(value, Mapping):
        yield from _missing(value, shape, spot, said)
        yield from _properties(value, shape, spot, said)
    if isinstance(value, list | tuple) and shape.items is not None:
        for index, inner in enumerate(value):
            yield from violations(inner, shape.items, spot.below(str(index), known_as="*"), outer=said)


def _missing(
    value: Mapping[str, Any], shape: Shape, spot: Spot, said: OnViolation | None
) -> Iterator[Violation]:
    for name in shape.required:
        if value.get(name) is None:
            own = shape.properties[name].on_violation if name in shape.properties else None
            yield spot.below(name).broken("is missing", quarantines=(own or said) != "warn")


def _properties(
    value: Mapping[str, Any], shape: Shape, spot: Spot, said: OnViolation | None
) -> Iterator[Violation]:
    for name, inner in value.items():
        if name in shape.properties:
            # A null is how clients say "nothing": only `required` minds it.
            planned = shape.properties[name]
            yield from () if inner is None else violations(inner, planned, spot.below(name), outer=said)
        elif not shape.additionalProperties:
            made_up = spot.below(name, known_as="*")
            yield made_up.broken(UNPLANNED, quarantines=said == "quarantine")


def _is_of_type(value: Any, kinds: str | tuple[str, ...] | None) -> bool:
    if kinds is None:
        return True
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
    except (ValueError, OverflowError):
        return False


_FORMATS: dict[str, Callable[[str], object]] = {
    "email": re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+").fullmatch,
    "date": date.fromisoformat,
    "date-time": lambda text: parse_instant(text) is not None,
    "uri": lambda text: urlsplit(text).scheme,
}


def _in_words(kinds: str | tuple[str, ...]) -> str:
    return kinds if isinstance(kinds, str) else " or ".join(kinds)


def _joined(above: str, name: str) -> str:
    return f"{above}.{name}" if above else name
