"""The values that a condition tests, each with where it is written and what it can be."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from hub.authoring.problems import Path
from hub.strategy.comparisons import Comparison
from hub.strategy.conditions import Cart, Condition, Trait
from hub.strategy.event_conditions import Aggregate, Filtered
from hub.strategy.lifetime import total_of
from hub.strategy.scoring_models import predicted_by


@dataclass(frozen=True)
class TestedValue:
    """`place` is inside the condition; `subject` is what a person calls the value."""

    __test__ = False  # pytest: the name is the language's, this is no test case

    place: Path
    subject: str
    test: Comparison
    kind: Literal["number", "time", "any"] = "any"


def tested_values(condition: Condition) -> Iterator[TestedValue]:
    match condition:
        case Trait(name=name):
            yield TestedValue((), name, condition.test, _kind_of_trait(name))
        case Aggregate(kind=kind):
            yield TestedValue((), kind, condition.test, "any" if kind in ("first", "last") else "number")
        case Cart():
            yield from _of_cart(condition)
    if isinstance(condition, Filtered):
        yield from (TestedValue(("where", name), name, test) for name, test in condition.where.items())


def _kind_of_trait(name: str) -> Literal["number", "time", "any"]:
    if total := total_of(name):
        return "time" if total.endswith("_at") else "number"
    return "number" if predicted_by(name) else "any"


def _of_cart(cart: Cart) -> Iterator[TestedValue]:
    for part in ("items", "value"):
        if (test := getattr(cart, part)) is not None:
            yield TestedValue(("cart", part), f"cart {part}", test, "number")
    for name, test in cart.contains.items():
        yield TestedValue(("cart", "contains", name), name, test)
