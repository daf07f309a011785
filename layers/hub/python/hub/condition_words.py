"""A condition in a sentence, as `hub segment explain` says it: what it asks for, whoever it is asked of."""

from collections.abc import Iterable, Mapping
from typing import Any

from hub.aggregates import Spec
from hub.clock import format_instant
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
from hub.strategy.durations import format_duration
from hub.strategy.event_conditions import Aggregate, Did, DidNot, Filtered, QuietFor

_DURATIONS = ("within_last", "within_next", "anniversary_within")


def in_words(condition: Condition) -> str:
    match condition:
        case All():
            return "all of"
        case Any_():
            return "any of"
        case Not():
            return "not"
        case Did():
            return _joined("did", _either(condition.events), _filter(condition), _times(condition))
        case DidNot():
            return _joined("did not", _either(condition.events), _filter(condition))
        case Aggregate():
            subject = f"{condition.kind} of {condition.property} over {_either(condition.of)}"
            return _joined(subject, _filter(condition), test_in_words(condition))
        case _:
            return _standing(condition)


def events_in_words(spec: Spec) -> str:
    """What an aggregate remembers: revenue of Order Completed, of the last 90d."""
    subject = f"{spec.property} of {_either(spec.events)}" if spec.property else _either(spec.events)
    reach = f"of the last {format_duration(spec.horizon)}" if spec.horizon is not None else "of all time"
    return f"{subject}, {reach}"


def test_in_words(tests: Tests) -> str:
    """more than 500 and less than 900."""
    given = {
        field.alias or name: getattr(tests, name)
        for name, field in Tests.model_fields.items()
        if getattr(tests, name) is not None
    }
    return " and ".join(_one_test(word, operand) for word, operand in given.items())


def _standing(condition: Condition) -> str:
    match condition:
        case Trait():
            return f"trait {condition.name} {test_in_words(condition)}"
        case Cart():
            return _joined("cart with", _cart(condition))
        case QuietFor():
            return f"quiet for {format_duration(condition.duration)}"
        case InSegment():
            return f"in segment {condition.segment}"
        case IdentifiedBy():
            return f"identified by {condition.identifier}"
        case ConsentsTo():
            return f"consents to {condition.purpose}"
    raise TypeError(f"no words for {condition!r}")


def _cart(cart: Cart) -> str:
    totals = {"items": cart.items, "value": cart.value}
    parts = [f"{name} {test_in_words(test)}" for name, test in totals.items() if test is not None]
    return ", ".join([*parts, *([f"a line where {_where(cart.contains)}"] if cart.contains else [])])


def _filter(filtered: Filtered) -> str:
    where = f"where {_where(filtered.where)}" if filtered.where else ""
    within = f"within {format_duration(filtered.within)}" if filtered.within is not None else ""
    since = f"since the last {filtered.since.last}" if filtered.since else ""
    after = f"after {format_instant(filtered.after)}" if filtered.after is not None else ""
    before = f"before {format_instant(filtered.before)}" if filtered.before is not None else ""
    return _joined(where, within, since, after, before)


def _times(did: Did) -> str:
    if did.exactly is not None:
        return f"exactly {_counted(did.exactly)}"
    if did.at_most is not None:
        return f"at most {_counted(did.at_most)}"
    return f"at least {_counted(did.lower)}"


def _counted(number: int) -> str:
    return "once" if number == 1 else f"{number} times"


def _where(tests: Mapping[str, Tests]) -> str:
    return ", ".join(f"{path} {test_in_words(test)}" for path, test in tests.items())


def _one_test(word: str, operand: Any) -> str:
    if word == "exists":
        return "exists" if operand else "is missing"
    shown = format_duration(operand) if word in _DURATIONS else operand
    return f"{word.replace('_', ' ')} {_either(shown) if isinstance(shown, tuple) else shown}"


def _either(names: Iterable[object]) -> str:
    return " or ".join(map(str, names))


def _joined(*parts: str) -> str:
    return " ".join(part for part in parts if part)
