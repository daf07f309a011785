"""The tracking plan: which events and traits we expect, and of what shape (a part of JSON Schema)."""

from typing import Annotated, Literal

from pydantic import Field, FiniteFloat, JsonValue

from hub.strategy.comparisons import Pattern
from hub.strategy.model import EventName, Model

Kind = Literal["string", "number", "integer", "boolean", "array", "object", "null"]
OnViolation = Literal["warn", "quarantine"]


class Shape(Model):
    """What a value looks like: the everyday words of JSON Schema."""

    description: str = ""
    """What it means."""
    type: Kind | tuple[Kind, ...] | None = None
    """string, number, integer, boolean, array, object or null; or a list of them."""
    properties: dict[str, "Shape"] = {}
    """The properties of an object, by name."""
    required: tuple[str, ...] = ()
    """Properties that must be there."""
    additionalProperties: bool = True  # noqa: N815  # JSON Schema's word
    """Whether properties that are not named may be there too."""
    items: "Shape | None" = None
    """What each element of an array looks like."""
    enum: tuple[JsonValue, ...] | None = Field(None, min_length=1)
    """The only values there are."""
    pattern: Pattern | None = None
    """A regular expression that is found in the text."""
    format: Literal["email", "date", "date-time", "uri"] | None = None
    """email, date, date-time or uri."""
    minimum: FiniteFloat | None = None
    """A number is this or more."""
    maximum: FiniteFloat | None = None
    """A number is this or less."""
    minLength: Annotated[int, Field(ge=0)] | None = None  # noqa: N815
    """A text has this many letters or more."""
    maxLength: Annotated[int, Field(ge=0)] | None = None  # noqa: N815
    """A text has this many letters or fewer."""
    minItems: Annotated[int, Field(ge=0)] | None = None  # noqa: N815
    """An array has this many elements or more."""
    maxItems: Annotated[int, Field(ge=0)] | None = None  # noqa: N815
    """An array has this many elements or fewer."""
    on_violation: OnViolation | None = None
    """What becomes of an event that breaks this, or what is inside: warn counts it, quarantine sets it aside.
    Unless said, something required that is missing sets it aside, everything else warns."""


class TrackingPlan(Model):
    """Events by name, and traits: the shape of an event's properties and of what identify says."""

    events: dict[EventName, Shape] = {}
    """Event -> the shape of its properties."""
    traits: Shape | None = None
    """The shape of a customer's traits."""
    unplanned: Literal["allow", "warn", "quarantine"] = "allow"
    """What becomes of a track event that the plan does not name: allow takes it as it is."""
