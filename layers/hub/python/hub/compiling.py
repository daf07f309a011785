"""From the conditions of the strategy to evaluators and the aggregates they share.

The same events, filter and property are remembered once, at the largest count and the longest
look-back any rule asks for; so the compiler is asked for `specs` after everything is compiled,
and an evaluator holds on to a spec by its key.
"""

import json
from dataclasses import replace
from hashlib import blake2b
from typing import Any

from hub.aggregates import BOUND, Keep, Spec
from hub.comparing import compile_test, compile_where
from hub.evaluators import FOREVER, All, Any_, Did, Evaluator, Not, Span, Total
from hub.standing import CartHas, ConsentsTo, IdentifiedBy, InSegment, QuietFor, TraitIs
from hub.strategy import conditions as written
from hub.strategy.conditions import Condition
from hub.strategy.event_conditions import Aggregate, Filtered


class Compiler:
    def __init__(self) -> None:
        self._specs: dict[str, Spec] = {}

    @property
    def specs(self) -> tuple[Spec, ...]:
        return tuple(self._specs.values())

    def compile(self, condition: Condition) -> Evaluator:
        match condition:
            case written.All(conditions=parts):
                return All(tuple(self.compile(part) for part in parts))
            case written.Any_(conditions=parts):
                return Any_(tuple(self.compile(part) for part in parts))
            case written.Not(condition=part):
                return Not(self.compile(part))
            case written.Did():
                return self._did(condition)
            case written.DidNot():
                return Not(Did(self._spec(condition, condition.events, count=1), self._span(condition)))
            case Aggregate():
                return self._total(condition)
            case _:
                return _standing(condition)

    def property_of(self, did: written.Did, name: str) -> Spec:
        """Remember a property of the events that a `did` counts."""
        return self._spec(did, did.events, property=name, count=_GOALS_REMEMBERED)

    def _did(self, did: written.Did) -> Did:
        high = FOREVER if did.upper is None else did.upper
        count = did.lower if did.upper is None else did.upper + 1
        return Did(self._spec(did, did.events, count=count), self._span(did), did.lower, high)

    def _total(self, condition: Aggregate) -> Total:
        keep, count = _kept(condition)
        spec = self._spec(condition, condition.of, property=condition.property, keep=keep, count=count)
        return Total(condition.kind, spec, self._span(condition), compile_test(condition.test))

    def _span(self, filtered: Filtered) -> Span:
        since = self._share(_spec_of((filtered.since.last,), count=1)).key if filtered.since else ""
        return Span(filtered.within, since)

    def _spec(self, filtered: Filtered, events: tuple[str, ...], **kept: Any) -> Spec:
        where = {
            path: test.model_dump(mode="json", by_alias=True, exclude_none=True)
            for path, test in filtered.where.items()
        }
        spec = _spec_of(
            events, where=where, after=filtered.after, before=filtered.before, horizon=filtered.within, **kept
        )
        return self._share(replace(spec, matches=compile_where(filtered.where)))

    def _share(self, spec: Spec) -> Spec:
        known = self._specs.get(spec.key)
        self._specs[spec.key] = _wider(known, spec) if known else spec
        return spec


_GOALS_REMEMBERED = 3
"""A goal is noticed at its first event; a few more are kept for those that arrive out of order."""


def _kept(condition: Aggregate) -> tuple[Keep, int]:
    """What of all matching events the answer needs: one where it can be known ahead, else all up to a bound."""
    whole = condition.within is None and condition.since is None
    if condition.kind == "last":
        return "recent", 1
    if whole and condition.kind in _ONE:
        return _ONE[condition.kind], 1
    return "recent", BOUND


_ONE: dict[str, Keep] = {"first": "oldest", "minimum": "least", "maximum": "greatest"}


def _spec_of(
    events: tuple[str, ...], *, where: object = None, property: str = "", keep: Keep = "recent", **rest: Any
) -> Spec:  # noqa: A002 - the language's word
    names = tuple(sorted(events))
    identity = json.dumps(
        [names, where or {}, property, keep, rest.get("after"), rest.get("before")], sort_keys=True
    )
    key = blake2b(identity.encode(), digest_size=5).hexdigest()
    return Spec(key=key, events=names, matches=None, property=property, keep=keep, **rest)


def _wider(one: Spec, other: Spec) -> Spec:
    horizon = None if one.horizon is None or other.horizon is None else max(one.horizon, other.horizon)
    return replace(one, count=max(one.count, other.count), horizon=horizon)


def _standing(condition: Condition) -> Evaluator:
    match condition:
        case written.Trait():
            return TraitIs(condition.name, compile_test(condition.test))
        case written.Cart():
            return _cart(condition)
        case written.QuietFor():
            return QuietFor(condition.duration)
        case written.InSegment():
            return InSegment(condition.segment)
        case written.IdentifiedBy():
            return IdentifiedBy(condition.identifier)
        case written.ConsentsTo():
            return ConsentsTo(condition.purpose)
    raise TypeError(f"no evaluator for {condition!r}")


def _cart(condition: written.Cart) -> CartHas:
    return CartHas(
        items=compile_test(condition.items) if condition.items else None,
        value=compile_test(condition.value) if condition.value else None,
        contains=tuple((path, compile_test(test)) for path, test in condition.contains.items()),
    )
