"""Models that predict a trait: trained elsewhere, told here as data. The hub only weighs and adds up."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Discriminator, Field, FiniteFloat, Tag, ValidationInfo, field_validator

from hub.strategy.durations import PositiveDuration
from hub.strategy.event_conditions import Events
from hub.strategy.model import Mistake, Model, Name, in_words

PREFIX = "predicted"
OF_ORDERS = ("recency_days", "frequency", "monetary")
OF_CART = ("cart_items", "cart_value")
BUILT_IN = (*OF_ORDERS, *OF_CART)
MOST_COUNTED = 500


class DaysSince(Model):
    """Whole days since she last did it: {days_since: Product Viewed}."""

    kind: ClassVar[str] = "days_since"
    events: Events = Field(alias="days_since")
    """The event, or a list of events any of which counts."""


class CountOf(Model):
    """How often she did it lately: {count: Product Viewed, within: 30d}."""

    kind: ClassVar[str] = "count"
    events: Events = Field(alias="count")
    """The event, or a list of events any of which counts."""
    within: PositiveDuration
    """Only events of the last 30m, 7d, …"""
    up_to: Annotated[int, Field(strict=True, ge=1, le=MOST_COUNTED)] = 100
    """More than this many count as this many: so many are remembered of each customer."""


class Quintile(Model):
    """Her fifth, 1 (lowest numbers) to 5: {quintile_of: monetary, cut_offs: [20, 60, 150, 400]}."""

    kind: ClassVar[str] = "quintile_of"
    of: Literal["recency_days", "frequency", "monetary"] = Field(alias="quintile_of")
    """recency_days, frequency or monetary."""
    cut_offs: tuple[FiniteFloat, FiniteFloat, FiniteFloat, FiniteFloat]
    """The highest number of each fifth but the last, among all customers when the model was trained."""

    @field_validator("cut_offs")
    @classmethod
    def _ascends(cls, cut_offs: tuple[float, ...]) -> tuple[float, ...]:
        if list(cut_offs) != sorted(cut_offs):
            raise Mistake("cut_offs do not ascend", "write the lowest first")
        return cut_offs


_KINDS = (DaysSince, CountOf, Quintile)


def _tag(value: Any) -> str | None:
    if isinstance(value, dict):
        return next((f"<{kind.kind}>" for kind in _KINDS if kind.kind in value), None)
    return f"<{value.kind}>" if isinstance(value, _KINDS) else None


Feature = Annotated[
    Annotated[DaysSince, Tag("<days_since>")]
    | Annotated[CountOf, Tag("<count>")]
    | Annotated[Quintile, Tag("<quintile_of>")],
    Discriminator(
        _tag,
        custom_error_type="no_feature",
        custom_error_message="no known feature: begin it with days_since, count or quintile_of",
    ),
]


class ScoringModel(Model):
    """A number foretold of every customer: an intercept, and what each feature adds to it."""

    schema_: str = Field("", alias="$schema")
    """For editors."""
    name: Name
    """The model's name, the same as the file's."""
    trait: Name
    """What it foretells: churn_risk is asked for as {trait: predicted.churn_risk, more_than: 0.7}."""
    description: str = ""
    """What the number means, in a sentence a colleague understands."""
    trained_on: str = ""
    """On what, when and how well."""
    link: Literal["logistic", "linear"]
    """logistic: the sum becomes a probability between 0 and 1. linear: the sum is the answer."""
    intercept: FiniteFloat
    """The sum begins with this."""
    features: dict[Name, Feature] = {}
    """Features besides recency_days, frequency, monetary, cart_items and cart_value, by names of your own."""
    coefficients: dict[str, FiniteFloat] = Field(min_length=1)
    """Feature -> its weight."""
    missing: dict[str, FiniteFloat] = {}
    """Feature -> its value for who never did it; without one, such a customer has no prediction."""

    @field_validator("features")
    @classmethod
    def _own_names(cls, features: dict[str, Feature]) -> dict[str, Feature]:
        for name in features:
            if name in BUILT_IN:
                raise Mistake(f"'{name}' is a feature of the hub's own", "give yours another name", key=name)
        return features

    @field_validator("coefficients", "missing")
    @classmethod
    def _known(cls, told: dict[str, float], info: ValidationInfo) -> dict[str, float]:
        known = {*BUILT_IN, *info.data.get("features", {})}
        for name in told:
            if name not in known and "features" in info.data:
                advice = f"known: {in_words(BUILT_IN)}; others stand under features"
                raise Mistake(f"unknown feature '{name}'", advice, key=name)
        return told

    @field_validator("coefficients")
    @classmethod
    def _complete(cls, told: dict[str, float], info: ValidationInfo) -> dict[str, float]:
        for name in info.data.get("features", {}):
            if name not in told:
                raise Mistake(f"feature '{name}' has no weight", "give it one here, or take it out")
        return told

    @property
    def events(self) -> frozenset[str]:
        """What its own features look at."""
        return frozenset(event for one in self.features.values() for event in getattr(one, "events", ()))

    @property
    def asks_of_orders(self) -> bool:
        return any(
            name in OF_ORDERS or isinstance(self.features.get(name), Quintile) for name in self.coefficients
        )

    @property
    def asks_of_cart(self) -> bool:
        return any(name in OF_CART for name in self.coefficients)


def predicted_by(trait: str) -> str:
    """Which prediction a trait's name asks for, "" if it is an ordinary trait."""
    prefix, _, name = trait.partition(".")
    return name if prefix == PREFIX else ""
