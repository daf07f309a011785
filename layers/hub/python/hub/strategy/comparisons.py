"""The tests a value can be put to: {more_than: 500}, {in: [CZ, SK]}, or a bare value for `is`."""

import re
import sys
from functools import cached_property
from typing import Annotated, Any, ClassVar, Self

from pydantic import (
    AfterValidator,
    Field,
    PlainValidator,
    WithJsonSchema,
    model_validator,
)

from hub.strategy.durations import PositiveDuration
from hub.strategy.model import Mistake, Model
from hub.strategy.patterns import fault_of

# 1_000, 1,000, 500 CZK or 7d would silently be compared as text.
_ALMOST_A_NUMBER = re.compile(r"[-+]?\.?\d")
_LONGEST_SHOWN = 20
_NUMBER_OR_DATE = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$|\d{4}-\d\d(-\d\d|$)")

Scalar = bool | int | float | str


def _read_scalar(value: object) -> Scalar:
    if value is None:
        raise Mistake("no value is given", "write a value, or {exists: false} for one that is missing")
    if isinstance(value, list):
        raise Mistake("a list is not a single value", "write in: [one, two], or not_in for none of them")
    if not isinstance(value, bool | int | float | str):
        raise Mistake(f"{value!r} is not a single value", "write a text, a number, true or false")
    # Not a number, or past what any computer compares with: JSON and the Lambdas know neither.
    if isinstance(value, int | float) and not abs(value) <= sys.float_info.max:
        raise Mistake(f"{_short(value)} is no number", "write a number with a value")
    return value


def _short(value: float) -> str:
    text = str(value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"


def _read_orderable(value: object) -> Scalar:
    if isinstance(value, bool):
        raise Mistake(f"'{str(value).lower()}' has no more or less", "compare with a number, or use is")
    if isinstance(value, str) and _ALMOST_A_NUMBER.match(value) and not _NUMBER_OR_DATE.match(value):
        raise Mistake(f"'{value}' is no number", "write digits and at most one point, e.g. 1000 or 9.90")
    return _read_scalar(value)


def _check_pattern(pattern: str) -> str:
    try:
        fault = fault_of(pattern)
    except re.error as error:
        raise Mistake(
            f"'{pattern}' is no regular expression: {error}", "correct it, or use contains"
        ) from None
    if fault is not None:
        raise Mistake(f"'{pattern}' {fault[0]}", fault[1])
    return pattern


_SCALAR_SCHEMA = {"type": ["string", "number", "boolean"]}
_ORDERABLE_SCHEMA = {"type": ["number", "string"]}
Value = Annotated[Scalar, PlainValidator(_read_scalar), WithJsonSchema(_SCALAR_SCHEMA)]
Orderable = Annotated[int | float | str, PlainValidator(_read_orderable), WithJsonSchema(_ORDERABLE_SCHEMA)]
Part = Annotated[str, Field(min_length=1)]
Pattern = Annotated[
    str, Field(min_length=1, json_schema_extra={"format": "regex"}), AfterValidator(_check_pattern)
]


COMPARING_WORDS = ("is_", "is_not", "in_", "not_in", "more_than", "less_than", "at_least", "at_most")
"""Tests that hold a value against others."""
TIME_WORDS = ("within_last", "within_next", "anniversary_within")
TEXT_WORDS = ("contains", "starts_with", "matches", *TIME_WORDS)
"""Tests that no amount passes."""


class Tests(Model):
    """The words of a test, standing beside their subject; all that are given must hold."""

    __test__: ClassVar[bool] = False  # pytest: the name is the language's, this is no test case

    is_: Value | None = Field(None, alias="is")
    """The value is exactly this; numbers compare as numbers."""
    is_not: Value | None = None
    """There is a value, and it is not this."""
    in_: tuple[Value, ...] | None = Field(None, alias="in", min_length=1)
    """The value is one of these."""
    not_in: tuple[Value, ...] | None = Field(None, min_length=1)
    """There is a value, and it is none of these."""
    contains: Part | None = None
    """The text contains this, or the list has this element."""
    starts_with: Part | None = None
    """The text starts with this."""
    matches: Pattern | None = None
    """This regular expression is found somewhere in the text; ^ and $ tie it to the ends."""
    exists: Annotated[bool, Field(strict=True)] | None = None
    """true: there is a value; false: there is none."""
    more_than: Orderable | None = None
    """The value is more than this."""
    less_than: Orderable | None = None
    """The value is less than this."""
    at_least: Orderable | None = None
    """The value is this or more."""
    at_most: Orderable | None = None
    """The value is this or less."""
    within_last: PositiveDuration | None = None
    """The value is a time at most this long ago."""
    within_next: PositiveDuration | None = None
    """The value is a time at most this far ahead."""
    anniversary_within: PositiveDuration | None = None
    """The value is a date whose next anniversary (a birthday) is at most this far ahead."""

    @model_validator(mode="after")
    def _can_hold(self) -> Self:
        given = _given(self)
        if not given:
            raise Mistake("nothing is tested", "add a test, e.g. is: …, more_than: … or exists: true")
        if self.exists is False and len(given) > 1:
            raise Mistake("a missing value passes no other test", "keep exists: false alone", key="exists")
        if self.within_last is not None and self.within_next is not None:
            raise Mistake("a time is not past and future at once", "keep one of within_last and within_next")
        return self


class Comparison(Tests):
    """A bare value (the same as is), or the tests the value must pass."""

    @model_validator(mode="before")
    @classmethod
    def _bare_value_is(cls, value: Any) -> Any:
        if isinstance(value, list | tuple):
            raise Mistake("a list is no value", f"write {{in: {list(value)}}} for one of several")
        return value if isinstance(value, dict | Tests) else {"is": _read_scalar(value)}


class Tested(Tests):
    """A condition whose test stands beside its subject."""

    @cached_property
    def test(self) -> Comparison:
        return Comparison.model_construct(**{name: getattr(self, name) for name in Tests.model_fields})


def _given(tests: Tests) -> list[str]:
    return [name for name in Tests.model_fields if getattr(tests, name) is not None]
