"""Shapes made into quick checks: nearly every event is as planned, and that is seen in a microsecond.

A quick check may doubt what is in order (3.0 as a whole number), but never passes what is not; what it
doubts is held against the shape word by word (`hub.strategy.violations`).
"""

from collections.abc import Callable
from types import NoneType
from typing import Any

from hub.strategy.tracking_plan import Shape
from hub.strategy.violations import violations

Fits = Callable[[Any], bool]

_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "number": (int, float),
    "integer": (int,),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
    "null": (NoneType,),
}
_OUTER = {"type", "properties", "required", "additionalProperties", "items", "description", "on_violation"}
"""What of a shape is checked quickly; the other words are rare, and left to `violations`."""


def fitting(shape: Shape) -> Fits | None:
    """Whether a value surely fits; None where every value does."""
    return _both(_types(shape), _rest(shape))


def _both(types: frozenset[type] | None, rest: Fits | None) -> Fits | None:
    if types is None:
        return rest
    if rest is None:
        return lambda value: type(value) in types
    return lambda value: type(value) in types and rest(value)


def _types(shape: Shape) -> frozenset[type] | None:
    if shape.type is None:
        return None
    named = (shape.type,) if isinstance(shape.type, str) else shape.type
    return frozenset(kind for name in named for kind in _TYPES[name])


def _rest(shape: Shape) -> Fits | None:
    if not shape.model_fields_set <= _OUTER:
        return lambda value: next(violations(value, shape), None) is None
    inside: dict[type, Fits | None] = {dict: _object(shape), list: _array(shape)}
    checks = {kind: check for kind, check in inside.items() if check is not None}
    if not checks:
        return None

    def fits(value: Any) -> bool:
        check = checks.get(type(value))
        return check is None or check(value)

    return fits


def _object(shape: Shape) -> Fits | None:
    asked = {name: (_types(inner), _rest(inner)) for name, inner in shape.properties.items()}
    # Of most properties nothing but the type is asked: a look at it is all.
    types = {name: kinds | {NoneType} for name, (kinds, rest) in asked.items() if kinds and rest is None}
    checks = {name: check for name, both in asked.items() if both[1] and (check := _both(*both))}
    if not (types or checks or shape.required or not shape.additionalProperties):
        return None
    required, named = shape.required, None if shape.additionalProperties else shape.properties.keys()

    def fits(value: dict[str, Any]) -> bool:
        for name, inner in value.items():
            if name in types:
                if type(inner) not in types[name]:
                    return False
            elif name in checks and inner is not None and not checks[name](inner):
                return False
        return _has_all(value, required) and (named is None or value.keys() <= named)

    return fits


def _has_all(value: dict[str, Any], required: tuple[str, ...]) -> bool:
    return not required or all(value.get(name) is not None for name in required)


def _array(shape: Shape) -> Fits | None:
    check = fitting(shape.items) if shape.items is not None else None
    return None if check is None else lambda value: all(map(check, value))
