"""The language of segments: every condition, told apart by the word it begins with."""

from collections.abc import Callable, Iterator
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag, TypeAdapter, model_validator

from hub.strategy.comparisons import Comparison, Tested
from hub.strategy.event_conditions import (
    Average,
    Did,
    DidNot,
    First,
    Last,
    Maximum,
    Minimum,
    QuietFor,
    Sum,
)
from hub.strategy.lifetime import check_total
from hub.strategy.model import Mistake, Model, Name, PropertyPath
from hub.strategy.scoring_models import predicted_by


class All(Model):
    """Every one of these conditions holds."""

    kind: ClassVar[Literal["all"]] = "all"
    conditions: tuple["Condition", ...] = Field(alias="all", min_length=1)
    """The conditions that must hold."""


class Any_(Model):  # noqa: N801  # `Any` is typing's word
    """At least one of these conditions holds."""

    kind: ClassVar[Literal["any"]] = "any"
    conditions: tuple["Condition", ...] = Field(alias="any", min_length=1)
    """The conditions one of which must hold."""


class Not(Model):
    """The condition does not hold."""

    kind: ClassVar[Literal["not"]] = "not"
    condition: "Condition" = Field(alias="not")
    """The condition that must not hold."""


class Trait(Tested):
    """A fact about her: {trait: country, in: [CZ, SK]}, {trait: lifetime.net, more_than: 500}."""

    kind: ClassVar[Literal["trait"]] = "trait"
    name: Annotated[PropertyPath, AfterValidator(check_total)] = Field(alias="trait")
    """The trait, e.g. country, address.city; lifetime.net of her orders; predicted.NAME of a model."""


_POINTLESS: tuple[tuple[str, str, Callable[[float], bool]], ...] = (
    ("every", "at_least", lambda items: items <= 0),
    ("every", "more_than", lambda items: items < 0),
    ("no", "is", lambda items: items < 0),
    ("no", "at_most", lambda items: items < 0),
    ("no", "less_than", lambda items: items <= 0),
)


class ItemsComparison(Comparison):
    """How many items: a number, or tests such as {at_least: 1} and {exactly: 0}."""

    @model_validator(mode="before")
    @classmethod
    def _exactly_is(cls, value: Any) -> Any:
        if not isinstance(value, dict) or "exactly" not in value:
            return value
        if "is" in value:
            raise Mistake("'is' and 'exactly' stand together", "keep one of them", key="exactly")
        return {"is" if word == "exactly" else word: test for word, test in value.items()}

    @model_validator(mode="after")
    def _tells_carts_apart(self) -> Self:
        """Nothing is less than nothing: an exit that every cart fulfils would end each run at once."""
        for which, word, pointless in _POINTLESS:
            said = getattr(self, "is_" if word == "is" else word)
            if isinstance(said, int | float) and pointless(said):
                advice = "write at_least: 1, or exactly: 0 for an empty cart"
                asked = f"{word} {said}".removeprefix("is ").replace("_", " ")
                raise Mistake(f"{which} cart has {asked} items", advice, key=word)
        return self


class CartContent(Model):
    """What is in the cart now; all that is given must hold."""

    items: ItemsComparison | None = None
    """How many items, quantities added up."""
    value: Comparison | None = None
    """What they cost together."""
    contains: dict[PropertyPath, Comparison] = {}
    """One line of the cart passes these tests, e.g. {category: Tea}."""

    @model_validator(mode="after")
    def _tests_something(self) -> Self:
        if self.items is None and self.value is None and not self.contains:
            raise Mistake("nothing is tested", "add items, value or contains, e.g. items: {at_least: 1}")
        return self


class Cart(Model):
    """Her cart as it is now: {cart: {items: {at_least: 1}, value: {more_than: 50}}}."""

    kind: ClassVar[Literal["cart"]] = "cart"
    cart: CartContent
    """What must be in the cart."""

    @property
    def items(self) -> Comparison | None:
        return self.cart.items

    @property
    def value(self) -> Comparison | None:
        return self.cart.value

    @property
    def contains(self) -> dict[str, Comparison]:
        return self.cart.contains


class InSegment(Model):
    """She is in another segment now."""

    kind: ClassVar[Literal["in_segment"]] = "in_segment"
    segment: Name = Field(alias="in_segment")
    """The name of the other segment."""


class IdentifiedBy(Model):
    """We know an identifier of this type of her: {identified_by: email}."""

    kind: ClassVar[Literal["identified_by"]] = "identified_by"
    identifier: Name = Field(alias="identified_by")
    """user_id, email, phone, anonymous_id, or another type policy.yaml names."""


class ConsentsTo(Model):
    """She consented to this purpose, and has not withdrawn it."""

    kind: ClassVar[Literal["consents_to"]] = "consents_to"
    purpose: Name = Field(alias="consents_to")
    """The purpose, as policy.yaml calls it."""


KINDS = (
    All, Any_, Not, Did, DidNot, Sum, Average, Minimum, Maximum, First, Last,
    Trait, Cart, QuietFor, InSegment, IdentifiedBy, ConsentsTo,
)  # fmt: skip
WORDS: dict[str, str] = {kind.kind: f"<{kind.kind}>" for kind in KINDS}
"""The word a condition begins with -> its tag, which also stands in the locations of pydantic's errors."""


def _tag(value: Any) -> str | None:
    if isinstance(value, dict):
        return next((WORDS[key] for key in value if key in WORDS), None)
    return WORDS.get(getattr(value, "kind", ""))


def _check_is_condition(value: Any) -> Any:
    if isinstance(value, dict | Model):
        return value
    if isinstance(value, list):
        raise Mistake("a list is no condition", "put it under all (each must hold) or any (one must)")
    raise Mistake(f"'{value}' is no condition", "write one, e.g. did: Product Added")


Condition = Annotated[
    Annotated[All, Tag("<all>")]
    | Annotated[Any_, Tag("<any>")]
    | Annotated[Not, Tag("<not>")]
    | Annotated[Did, Tag("<did>")]
    | Annotated[DidNot, Tag("<did_not>")]
    | Annotated[Sum, Tag("<sum>")]
    | Annotated[Average, Tag("<average>")]
    | Annotated[Minimum, Tag("<minimum>")]
    | Annotated[Maximum, Tag("<maximum>")]
    | Annotated[First, Tag("<first>")]
    | Annotated[Last, Tag("<last>")]
    | Annotated[Trait, Tag("<trait>")]
    | Annotated[Cart, Tag("<cart>")]
    | Annotated[QuietFor, Tag("<quiet_for>")]
    | Annotated[InSegment, Tag("<in_segment>")]
    | Annotated[IdentifiedBy, Tag("<identified_by>")]
    | Annotated[ConsentsTo, Tag("<consents_to>")],
    Discriminator(_tag, custom_error_type="no_condition", custom_error_message="no known condition"),
    BeforeValidator(_check_is_condition),
]

for _kind in (All, Any_, Not):
    _kind.model_rebuild()


def read_condition(data: object) -> Condition:
    """A condition from what YAML or JSON gives, or pydantic's ValidationError."""
    return TypeAdapter[Condition](Condition).validate_python(data)


def parts(condition: Condition) -> tuple[Condition, ...]:
    """The conditions directly inside this one."""
    match condition:
        case All(conditions=inner) | Any_(conditions=inner):
            return inner
        case Not(condition=inner):
            return (inner,)
        case _:
            return ()


def walk(
    condition: Condition, path: tuple[str | int, ...] = ()
) -> Iterator[tuple[tuple[str | int, ...], Condition]]:
    """The condition and every one inside it, each with its path in the written text: ("all", 1, "not")."""
    yield path, condition
    for index, part in enumerate(parts(condition)):
        step = (condition.kind,) if isinstance(condition, Not) else (condition.kind, index)
        yield from walk(part, path + step)


def predictions_in(condition: Condition) -> frozenset[str]:
    """The traits that it asks the strategy's models to foretell, without their prefix."""
    asked = (predicted_by(part.name) for _, part in walk(condition) if isinstance(part, Trait))
    return frozenset(name for name in asked if name)


def conjuncts(condition: Condition) -> tuple[Condition, ...]:
    """What all must hold for it to hold."""
    if isinstance(condition, All):
        return tuple(inner for part in condition.conditions for inner in conjuncts(part))
    return (condition,)
