"""Journeys: who enters, what is done when, and what ends it."""

from collections.abc import Iterator
from itertools import pairwise
from string import ascii_uppercase
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BeforeValidator,
    Field,
    JsonValue,
    SerializerFunctionWrapHandler,
    ValidationInfo,
    model_serializer,
    model_validator,
)

from hub.clock import DAY
from hub.deliveries import Verb
from hub.strategy.conditions import Condition
from hub.strategy.durations import DurationField, PositiveDuration, format_duration
from hub.strategy.event_conditions import Did
from hub.strategy.keys import check_key
from hub.strategy.local_times import LocalWindow, read_window
from hub.strategy.model import Mistake, Model, Name, OptionalPath, authored, first_twice
from hub.strategy.shares import Share

# Step Functions ends a Standard execution after one year.
LONGEST = 365 * DAY
_RESTARTS = 3


class Entry(Model):
    """Who enters, and how often."""

    segment: Name
    """Whoever enters this segment enters the journey."""
    key: OptionalPath = ""
    """One run for each value of this, e.g. cart.cart_id; without it, one run at a time."""
    again_after: DurationField | None = None
    """She may enter again this long after she last entered; without it, only with a new key."""
    include_members: Annotated[bool, Field(strict=True)] = False
    """Whoever is in the segment already when the journey is new enters too; else only who enters it later."""

    @model_validator(mode="after")
    def _key_is_known(self) -> Self:
        if self.key:
            check_key(self.key)
        return self


class Goal(Model):
    """What the journey is for; reaching it always ends it. Only what happens after the entry counts."""

    condition: Condition
    value: OptionalPath = ""
    """The property of the goal's event that says what it is worth, e.g. revenue."""

    @model_validator(mode="before")
    @classmethod
    def _side_by_side(cls, data: Any) -> Any:
        if not isinstance(data, dict) or isinstance(data.get("condition"), Model):
            return data
        condition = {word: part for word, part in data.items() if word != "value"}
        return {"condition": condition, **({"value": data["value"]} if "value" in data else {})}

    @model_validator(mode="after")
    def _value_of_an_event(self) -> Self:
        if self.value and not isinstance(self.condition, Did):
            raise Mistake("only a did has a value", "leave value out, or make the goal a did", key="value")
        return self

    @model_serializer(mode="wrap")
    def _flat(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        nested = handler(self)
        return {**nested.pop("condition"), **nested}


class ActionFacts(Model):
    """What the connector's declaration says of an action; put in when the strategy is compiled."""

    verb: Verb
    channel: Name
    paid: bool = False
    target: str = ""
    """What a level stands on; empty for what is sent."""
    needs: tuple[tuple[str, ...], ...] = ()
    """What it must find of a customer, each at one of several places of her document: her address."""


class Do(Model):
    """One action of one connector: {webhook.post: {type: cart_left}}."""

    connector: Name
    action: Name
    params: dict[str, JsonValue] = {}
    facts: ActionFacts | None = None

    @model_validator(mode="before")
    @classmethod
    def _address_and_params(cls, data: Any, info: ValidationInfo) -> Any:
        if not isinstance(data, dict):
            raise Mistake(f"'{data}' is no action", "write connector.action: {…}, with its colon")
        if "connector" in data and not authored(info):
            return data
        if len(data) != 1:
            raise Mistake("not one action", "give each action a line and a dash of its own")
        [(address, params)] = data.items()
        connector, dot, action = str(address).partition(".")
        if not dot:
            raise Mistake(f"'{address}' is no action", "write connector.action, e.g. webhook.post")
        return {"connector": connector, "action": action, "params": {} if params is None else params}

    @model_serializer(mode="plain")
    def _flat(self) -> dict[str, Any]:
        if self.facts is None:
            return {self.address: self.params}
        facts = self.facts.model_dump(exclude_defaults=True)
        return {"connector": self.connector, "action": self.action, "params": self.params, "facts": facts}

    @property
    def address(self) -> str:
        return f"{self.connector}.{self.action}"


class Variant(Model):
    """One of several ways to do a step; customers are split by weight."""

    name: Name | None = None
    """What reports call it; without it A, B, C, in the order written."""
    weight: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 1
    """Its share, in proportion to the other weights."""
    do: Annotated[tuple[Do, ...], Field(min_length=1)]
    """The actions of this variant."""


class Step(Model):
    """What is done at one moment of the journey."""

    after: DurationField
    """How long after the entry, e.g. 0s, 4h."""
    do: tuple[Do, ...] = ()
    """The actions, all of them."""
    only_if: Condition | None = None
    """Only if this condition holds at that moment."""
    choose: tuple[Do, ...] = ()
    """One of these actions, the one that works best for this customer."""
    variants: tuple[Variant, ...] = ()
    """One of these variants, by weight; a customer keeps hers."""
    expires_after: PositiveDuration | None = None
    """Worthless if it could not be done this long after its time, e.g. 12h."""
    between: (
        Annotated[LocalWindow, BeforeValidator(read_window, json_schema_input_type=str | LocalWindow)] | None
    ) = None
    """Only at these times of day where the customer is, e.g. 09:00-20:00; else it waits."""

    @property
    def variant_names(self) -> tuple[str, ...]:
        return tuple(one.name or ascii_uppercase[place] for place, one in enumerate(self.variants))

    @property
    def actions(self) -> Iterator[Do]:
        """Every action the step may take."""
        yield from self.do
        yield from self.choose
        for variant in self.variants:
            yield from variant.do

    @model_validator(mode="after")
    def _does_something(self) -> Self:
        if not (self.do or self.choose or self.variants):
            raise Mistake("the step does nothing", "add do: with at least one action")
        if len(self.choose) == 1:
            raise Mistake(
                "there is nothing to choose from", "give choose two actions, or use do", key="choose"
            )
        _check_variants(self.variants)
        for group in (self.do, self.choose, *(variant.do for variant in self.variants)):
            _check_no_twins(group)
        return self


class Journey(Model):
    """An entry segment, a goal, and steps in order."""

    name: Name
    """The journey's name, the same as the file's."""
    description: str = ""
    """What it is for, in a sentence a colleague understands."""
    entry: Entry
    """Who enters, and how often."""
    goal: Goal
    """What ends it well; any condition, with `value` beside a did."""
    exit: Condition | None = None
    """What else ends it; any condition."""
    ends_after: PositiveDuration
    """It ends this long after the entry, whatever happened."""
    restart_when: Literal["cart_changes"] | None = None
    """cart_changes: when her cart (that of the key, else any) is another than at the entry, the run ends, all
    off, and she may enter again at once."""
    restarts_at_most: Annotated[int, Field(strict=True, ge=1, le=100)] = _RESTARTS
    """So many times for one key; after that the run goes on whatever becomes of the cart."""
    holdout: Share = 0
    """This share of those who enter is left alone, to measure what the journey changes."""
    version: Annotated[int, Field(strict=True)] | str = 1
    """Another version draws another hold-out and other variants."""
    steps: Annotated[tuple[Step, ...], Field(min_length=1)]
    """What is done, in order of `after`."""

    @model_validator(mode="after")
    def _in_time(self) -> Self:
        for earlier, later in pairwise(self.steps):
            if later.after <= earlier.after:
                times = f"{format_duration(later.after)} stands behind {format_duration(earlier.after)}"
                raise Mistake(
                    f"steps are not in order: {times}", "order the steps by after, each later", key="steps"
                )
        last = format_duration(self.steps[-1].after)
        if self.ends_after <= self.steps[-1].after:
            raise Mistake(
                f"it ends before its last step at {last}",
                f"let ends_after be more than {last}",
                key="ends_after",
            )
        if self.restarts_at_most != _RESTARTS and self.restart_when is None:
            raise Mistake("nothing restarts it", "say restart_when: cart_changes too", key="restarts_at_most")
        if self.ends_after > LONGEST:
            raise Mistake("it lasts longer than a year", "let ends_after be 365d at most", key="ends_after")
        return self


def _check_variants(variants: tuple[Variant, ...]) -> None:
    if len(variants) == 1:
        raise Mistake("one variant is no test", "give variants a second one, or use do", key="variants")
    if len(variants) > len(ascii_uppercase):
        raise Mistake(f"{len(variants)} variants are too many", "give at most 26", key="variants")
    names = [one.name for one in variants if one.name]
    if (twice := first_twice(names)) is not None:
        raise Mistake(f"two variants are called '{twice}'", "give each a name of its own", key="variants")


def _check_no_twins(group: tuple[Do, ...]) -> None:
    for index, do in enumerate(group):
        if do in group[:index]:
            raise Mistake(f"'{do.address}' stands there twice with the same words", "keep one of the two")
