"""The quick check against the slow one, which is the truth."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.strategy.fitting import fitting
from hub.strategy.tracking_plan import Shape
from hub.strategy.violations import violations

_NAMES = st.sampled_from(["a", "b", "c"])
_KINDS = st.sampled_from(["string", "number", "integer", "boolean", "array", "object", "null"])
_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.sampled_from([0.5, 2.0])
    | st.sampled_from(["", "x", "yy"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=3),
    max_leaves=8,
)
_SHAPES = st.recursive(
    st.fixed_dictionaries(
        {},
        optional={
            "type": _KINDS | st.lists(_KINDS, min_size=1, max_size=3),
            "minimum": st.just(0),
            "maxLength": st.just(1),
            "minItems": st.just(1),
            "enum": st.lists(_VALUES, min_size=1, max_size=3),
        },
    ),
    lambda inner: st.fixed_dictionaries(
        {},
        optional={
            "type": _KINDS,
            "properties": st.dictionaries(_NAMES, inner, max_size=3),
            "required": st.lists(_NAMES, max_size=2, unique=True),
            "additionalProperties": st.booleans(),
            "items": inner,
        },
    ),
    max_leaves=6,
)


def _fits(value: Any, shape: Shape) -> bool:
    check = fitting(shape)
    return check is None or check(value)


@given(_SHAPES, _VALUES)
def test_what_passes_quickly_breaks_nothing(written: dict[str, Any], value: Any) -> None:
    shape = Shape.model_validate(written)

    assert not _fits(value, shape) or list(violations(value, shape)) == []


@given(_SHAPES, st.dictionaries(_NAMES, st.integers() | st.text(max_size=2) | st.booleans(), max_size=3))
def test_what_breaks_nothing_passes_quickly_but_for_whole_numbers_with_a_point(
    written: dict[str, Any], value: dict[str, Any]
) -> None:
    shape = Shape.model_validate(written)

    assert _fits(value, shape) == (list(violations(value, shape)) == [])


@pytest.mark.parametrize("shape", [{}, {"description": "anything"}, {"properties": {"a": {}}}, {"items": {}}])
def test_a_shape_that_asks_for_nothing_needs_no_check(shape: dict[str, Any]) -> None:
    assert fitting(Shape.model_validate(shape)) is None
