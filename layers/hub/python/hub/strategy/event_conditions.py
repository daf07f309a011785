"""Conditions on what a customer did: counts, sums and the like over her events, and her quiet."""

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from hub.strategy.comparisons import TEXT_WORDS, Comparison, Tested
from hub.strategy.durations import PositiveDuration, TimeField
from hub.strategy.model import EventName, Mistake, Model, PropertyPath, first_twice, in_words

MOST_COUNTED = 1_000
"""A count keeps this many events at most in the profile, which must stay small."""

WINDOW_WORDS = ("within", "since", "after", "before")
COUNT_WORDS = ("at_least", "at_most", "exactly")

Count = Annotated[int, Field(strict=True, ge=0, le=MOST_COUNTED)]


def _as_tuple(value: Any) -> Any:
    if isinstance(value, int | float):
        raise Mistake(f"'{str(value).lower()}' is no event", "put its name in quotes")
    return (value,) if isinstance(value, str) else value


def _check_events(value: tuple[str, ...]) -> tuple[str, ...]:
    twice = first_twice(value)
    if twice is not None:
        raise Mistake(f"'{twice}' is named twice", "name each event once")
    return value


_SomeEvents = Annotated[tuple[EventName, ...], Field(min_length=1, json_schema_extra={"uniqueItems": True})]
Events = Annotated[
    tuple[EventName, ...],
    Field(min_length=1),
    BeforeValidator(_as_tuple, json_schema_input_type=EventName | _SomeEvents),
]


class Since(Model):
    """From the last time an event happened."""

    last: EventName
    """Only events later than the last one of this name count; before it ever happened, none."""


class Filtered(Model):
    """Which events count: by their properties, and by when they happened."""

    where: dict[PropertyPath, Comparison] = {}
    """Only events whose properties pass these tests, e.g. {category: Tea, price: {more_than: 10}}."""
    within: PositiveDuration | None = None
    """Only events of the last 30m, 7d, …"""
    since: Since | None = None
    """Only events later than the last other event: {last: Order Completed}."""
    after: TimeField | None = None
    """Only events after this time."""
    before: TimeField | None = None
    """Only events before this time."""

    @model_validator(mode="after")
    def _one_window(self) -> Self:
        given = [word for word in WINDOW_WORDS if getattr(self, word) is not None]
        if len(given) > 1:
            raise Mistake(
                f"{in_words(given)} stand together",
                "keep one of within, since, after and before",
                key=given[1],
            )
        return self


class Did(Filtered):
    """She did it: at least once, unless a count says otherwise."""

    kind: ClassVar[Literal["did"]] = "did"
    events: Events = Field(alias="did")
    """The event, or a list of events any of which counts."""
    at_least: Annotated[int, Field(strict=True, ge=1, le=MOST_COUNTED)] | None = None
    """This many times or more."""
    at_most: Count | None = None
    """This many times or fewer, never included."""
    exactly: Count | None = None
    """Exactly this many times."""

    @property
    def lower(self) -> int:
        """It takes this many events."""
        if self.exactly is not None:
            return self.exactly
        return 0 if self.at_most is not None else (self.at_least or 1)

    @property
    def upper(self) -> int | None:
        """More events than this make it false; None: there is no such number."""
        return self.exactly if self.exactly is not None else self.at_most

    @model_validator(mode="after")
    def _one_count(self) -> Self:
        _check_events(self.events)
        given = [word for word in COUNT_WORDS if getattr(self, word) is not None]
        if self.at_least and self.at_most is not None and self.at_least > self.at_most:
            raise Mistake(
                f"nothing happens at least {self.at_least} and at most {self.at_most} times",
                "keep one",
                key="at_most",
            )
        if len(given) > 1:
            advice = "keep one of at_least, at_most and exactly; for both, put two conditions under all"
            raise Mistake(f"{in_words(given)} stand together", advice, key=given[1])
        return self


class DidNot(Filtered):
    """She did not do it, not once."""

    kind: ClassVar[Literal["did_not"]] = "did_not"
    events: Events = Field(alias="did_not")
    """The event, or a list of events none of which may have happened."""

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        _check_events(self.events)
        return self


class Aggregate(Filtered, Tested):
    """One number or value made of a property of many events, and its test beside it."""

    kind: ClassVar[Literal["sum", "average", "minimum", "maximum", "first", "last"]]
    property: PropertyPath
    of: Events
    """The event, or the list of events, that carry the property."""

    @model_validator(mode="after")
    def _each_event_once(self) -> Self:
        _check_events(self.of)
        return self


class Number(Aggregate):
    """An aggregate that is always a number, and tested as one."""

    @model_validator(mode="after")
    def _tested_as_number(self) -> Self:
        word = next((word for word in TEXT_WORDS if getattr(self, word) is not None), None)
        if word:
            raise Mistake(
                f"{self.kind} gives a number, '{word}' is for others", "use more_than, at_most, …", key=word
            )
        return self


class Sum(Number):
    """The sum of a property: {sum: revenue, of: Order Completed, within: 90d, more_than: 500}."""

    kind: ClassVar[Literal["sum"]] = "sum"
    property: PropertyPath = Field(alias="sum")
    """The property to add up."""


class Average(Number):
    """The average of a property."""

    kind: ClassVar[Literal["average"]] = "average"
    property: PropertyPath = Field(alias="average")
    """The property to average."""


class Minimum(Aggregate):
    """The smallest value of a property."""

    kind: ClassVar[Literal["minimum"]] = "minimum"
    property: PropertyPath = Field(alias="minimum")
    """The property to take the smallest of."""


class Maximum(Aggregate):
    """The largest value of a property."""

    kind: ClassVar[Literal["maximum"]] = "maximum"
    property: PropertyPath = Field(alias="maximum")
    """The property to take the largest of."""


class First(Aggregate):
    """The value of a property in the earliest event that has it."""

    kind: ClassVar[Literal["first"]] = "first"
    property: PropertyPath = Field(alias="first")
    """The property to look at."""


class Last(Aggregate):
    """The value of a property in the latest event that has it."""

    kind: ClassVar[Literal["last"]] = "last"
    property: PropertyPath = Field(alias="last")
    """The property to look at."""


class QuietFor(Model):
    """Nothing came from her for this long: no event of her own."""

    kind: ClassVar[Literal["quiet_for"]] = "quiet_for"
    duration: PositiveDuration = Field(alias="quiet_for")
    """How long, e.g. 30m."""
