"""Why somebody is in a segment, or what she lacks: a rule's evidence beside the words of its condition."""

from typing import Any

from hub.condition_words import in_words, test_in_words
from hub.evidence import Evidence
from hub.reading import read_number
from hub.strategy.comparisons import Tests
from hub.strategy.conditions import (
    All,
    Any_,
    Cart,
    Condition,
    ConsentsTo,
    IdentifiedBy,
    InSegment,
    Not,
    Trait,
)
from hub.strategy.event_conditions import Aggregate, Did, DidNot, QuietFor, Since


def with_reasons(condition: Condition, evidence: Evidence, *, wanted: bool = True) -> Evidence:
    """The evidence, each part with what it `asks`, and what is `missing` where it is not as it should be.

    `wanted`: what the part must come to; below a `not` it is the other way round.
    """
    told = {"holds": evidence["holds"], "asks": in_words(condition), **evidence}
    match condition:
        case All(conditions=parts):
            told["all"] = _each(parts, evidence["all"], wanted=wanted)
        case Any_(conditions=parts):
            told["any"] = _each(parts, evidence["any"], wanted=wanted)
        case Not(condition=part):
            told["not"] = with_reasons(part, evidence["not"], wanted=not wanted)
        case _ if evidence["holds"] != wanted:
            told["missing"] = _missing(condition, evidence, wanted=wanted)
    return told


def _each(parts: tuple[Condition, ...], found: list[Evidence], *, wanted: bool) -> list[Evidence]:
    return [with_reasons(part, one, wanted=wanted) for part, one in zip(parts, found, strict=True)]


def _missing(leaf: Condition, evidence: Evidence, *, wanted: bool) -> str:
    match leaf:
        case Did(since=Since(last=name)) | Aggregate(since=Since(last=name)) if not evidence["since_last"]:
            return f"{name} never happened, and only what comes after it counts"
        case Did():
            return _counted(evidence["counted"], leaf.lower, leaf.upper, wanted=wanted)
        case DidNot():
            return f"has {evidence['not']['counted']}, needs none" if wanted else "has none, needs 1"
        case Aggregate() | Trait():
            return _compared(evidence["value"], leaf, wanted=wanted)
        case Cart():
            return _cart(leaf, evidence["cart"], wanted=wanted)
        case QuietFor():
            return _quiet(evidence, wanted=wanted)
        case _:
            return _known(leaf, evidence, wanted=wanted)


def _known(leaf: Condition, evidence: Evidence, *, wanted: bool) -> str:
    match leaf:
        case InSegment():
            return f"is {'not ' if wanted else ''}in {leaf.segment}"
        case IdentifiedBy():
            return f"{'no' if wanted else 'an'} {leaf.identifier} is known of her"
        case ConsentsTo() if evidence["said_at"]:
            return f"said {'no' if wanted else 'yes'} at {evidence['said_at']}"
        case ConsentsTo():
            return "never said yes"
    raise TypeError(f"nothing is known to be missing of {leaf!r}")


def _quiet(evidence: Evidence, *, wanted: bool) -> str:
    if not wanted:
        return f"quiet since {evidence['quiet_since']}: needs an event of her own"
    return f"holds from {evidence['from']} on" if evidence["quiet_since"] else "never did anything"


def _counted(counted: int, low: int, high: int | None, *, wanted: bool) -> str:
    """`counted` stops at what the rule needs to know: 2 too many may be 20 too many."""
    if not wanted:
        return f"has {counted}, which is as many as it must not be"
    return f"has {counted}, needs {low}" if counted < low else f"has more than {high}"


def _compared(value: Any, tests: Tests, *, wanted: bool) -> str:
    asked = test_in_words(tests)
    if not wanted:
        return f"has {_shown(value)}, must not be {asked}"
    return f"has {_shown(value)}, needs {asked}{_distance(value, tests)}"


def _distance(value: Any, tests: Tests) -> str:
    """How much is lacking, where that is a number."""
    least = tests.more_than if tests.more_than is not None else tests.at_least
    found, needed = read_number(value), read_number(least)
    if found is None or needed is None or found > needed:
        return ""
    return f" ({round(needed - found, 6):g}{' and more' if tests.more_than is not None else ''} missing)"


def _cart(cart: Cart, seen: Evidence, *, wanted: bool) -> str:
    if not wanted:
        return f"has {seen['items']:g} in the cart worth {seen['value']:g}, which is as it must not be"
    totals = {"items": cart.items, "value": cart.value}
    asked = [
        f"{name} {seen[name]:g}, needs {test_in_words(test)}"
        for name, test in totals.items()
        if test is not None
    ]
    return "; ".join([*asked, *(["needs a line as asked for"] if cart.contains else [])])


def _shown(value: Any) -> str:
    return "no value" if value is None else str(value)
