"""From the conditions of the strategy to evaluators and the aggregates they share.

The same events, filter and property are remembered once, at the largest count and the longest
look-back any rule asks for; so the compiler is asked for `specs` after everything is compiled,
and an evaluator holds on to a spec by its key.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from hashlib import blake2b
from typing import Any

from hub.aggregates import BOUND, Keep, Spec
from hub.comparing import Test, compile_test, compile_tests, matcher
from hub.evaluators import FOREVER, All, Any_, Did, Evaluator, Not, Span
from hub.features import Count, Feature, Fifth, OfCart, OfOrders, SinceLast
from hub.predictions import PredictedIs, Scorer
from hub.standing import CartHas, ConsentsTo, IdentifiedBy, InSegment, LifetimeIs, QuietFor, TraitIs
from hub.strategy import conditions as written
from hub.strategy import event_conditions as asked
from hub.strategy.comparisons import Comparison
from hub.strategy.conditions import Condition
from hub.strategy.event_conditions import Aggregate, Filtered
from hub.strategy.lifetime import total_of
from hub.strategy.scoring_models import (
    OF_ORDERS,
    CountOf,
    DaysSince,
    Quintile,
    ScoringModel,
    predicted_by,
)
from hub.timed_filters import Timed, end_of
from hub.totals import Total


class Compiler:
    def __init__(self, models: Iterable[ScoringModel] = ()) -> None:
        self._specs: dict[str, Spec] = {}
        self.scorers = {model.trait: self._scorer(model) for model in models}
        """Trait, without its prefix -> what foretells it."""

    @property
    def specs(self) -> tuple[Spec, ...]:
        return tuple(self._specs.values())

    def compile(self, condition: Condition, *, floored: bool = False) -> Evaluator:
        """`floored`: it will be evaluated with a floor, so what is remembered must reach back to any."""
        match condition:
            case written.All(conditions=parts):
                return All(tuple(self.compile(part, floored=floored) for part in parts))
            case written.Any_(conditions=parts):
                return Any_(tuple(self.compile(part, floored=floored) for part in parts))
            case written.Not(condition=part):
                return Not(self.compile(part, floored=floored))
            case asked.Did():
                return self._did(condition, condition.lower, condition.upper)
            case asked.DidNot():
                return Not(self._did(condition, 1, None))
            case Aggregate():
                return self._total(condition, floored=floored)
            case written.Trait() if scorer := self.scorers.get(predicted_by(condition.name)):
                return PredictedIs(scorer, compile_test(condition.test))
            case _:
                return _standing(condition)

    def property_of(self, did: asked.Did, name: str) -> Spec:
        """Remember a property of the events that a `did` counts."""
        return self._spec(did, did.events, property=name, count=_GOALS_REMEMBERED)

    def _did(self, did: asked.Did | asked.DidNot, low: int, high: int | None) -> Evaluator:
        needed = low if high is None else high + 1
        # Beside those that pass now there may be some that will only pass later.
        spec = self._spec(did, did.events, count=needed + BOUND if _timed_tests(did) else needed)
        inner = Did(spec, self._span(did), low, FOREVER if high is None else high)
        return _timed(inner, spec, did)

    def _total(self, condition: Aggregate, *, floored: bool) -> Evaluator:
        keep, count = _kept(condition, floored=floored)
        daily = count == BOUND and condition.kind in _DAILY and not _timed_tests(condition)
        spec = self._spec(
            condition, condition.of, property=condition.property, keep=keep, count=count, daily=daily
        )
        inner = Total(condition.kind, spec, self._span(condition), compile_test(condition.test))
        return _timed(inner, spec, condition)

    def _scorer(self, model: ScoringModel) -> Scorer:
        return Scorer(model, tuple(self._feature(name, model) for name in model.coefficients))

    def _feature(self, name: str, model: ScoringModel) -> Feature:
        match model.features.get(name):
            case DaysSince(events=events):
                return SinceLast(self._share(_spec_of(events, count=1)))
            case CountOf(events=events, within=within, up_to=up_to):
                spec = self._share(_spec_of(events, count=up_to, horizon=within))
                return Count(spec, Span(within), up_to)
            case Quintile(of=of, cut_offs=cut_offs):
                return Fifth(OfOrders(of), cut_offs)
        return OfOrders(name) if name in OF_ORDERS else OfCart(name)  # type: ignore[arg-type]  # one of the two

    def _span(self, filtered: Filtered) -> Span:
        since = self._share(_spec_of((filtered.since.last,), count=1)).key if filtered.since else ""
        return Span(filtered.within, since)

    def _spec(self, filtered: Filtered, events: tuple[str, ...], *, count: int, **kept: Any) -> Spec:
        tests = compile_tests(filtered.where)
        timed = tuple(path for path, test in tests if test.windows)
        spec = _spec_of(
            events,
            where=_written(filtered.where),
            after=filtered.after,
            before=filtered.before,
            horizon=filtered.within,
            count=max(BOUND, count) if timed else count,
            **kept,
        )
        always = matcher(tuple(one for one in tests if not one[1].windows))
        ends = end_of(_timed_tests(filtered)) if timed else None
        return self._share(replace(spec, matches=always, timed=timed, ends=ends))

    def _share(self, spec: Spec) -> Spec:
        known = self._specs.get(spec.key)
        self._specs[spec.key] = _wider(known, spec) if known else spec
        return spec


_GOALS_REMEMBERED = 3
"""A goal is noticed at its first event; a few more are kept for those that arrive out of order."""


def _kept(condition: Aggregate, *, floored: bool) -> tuple[Keep, int]:
    """What the answer needs of all matching events: one where it is known which, else all up to a bound."""
    whole = condition.within is None and condition.since is None and not floored
    if condition.kind == "last":
        return "recent", 1
    if whole and condition.kind in _ONE and not _timed_tests(condition):
        return _ONE[condition.kind], 1
    return "recent", BOUND


_DAILY = frozenset({"sum", "average", "minimum", "maximum"})
"""What can be made of days as well as of values."""
_ONE: dict[str, Keep] = {"first": "oldest", "minimum": "least", "maximum": "greatest"}


def _written(where: Mapping[str, Comparison]) -> dict[str, Any]:
    return {
        path: test.model_dump(mode="json", by_alias=True, exclude_none=True) for path, test in where.items()
    }


def _timed(inner: Evaluator, spec: Spec, filtered: Filtered) -> Evaluator:
    tests = _timed_tests(filtered)
    return Timed(inner, spec, tests) if tests else inner


def _timed_tests(filtered: Filtered) -> tuple[Test, ...]:
    return tuple(test for _, test in compile_tests(filtered.where) if test.windows)


def _spec_of(
    events: tuple[str, ...],
    *,
    where: object = None,
    property: str = "",  # noqa: A002 - the language's word
    keep: Keep = "recent",
    **rest: Any,
) -> Spec:
    names = tuple(sorted(events))
    identity = json.dumps(
        [names, where or {}, property, keep, rest.get("after"), rest.get("before")], sort_keys=True
    )
    key = blake2b(identity.encode(), digest_size=5).hexdigest()
    return Spec(key=key, events=names, matches=None, property=property, keep=keep, **rest)


def _wider(one: Spec, other: Spec) -> Spec:
    horizon = None if one.horizon is None or other.horizon is None else max(one.horizon, other.horizon)
    return replace(one, count=max(one.count, other.count), horizon=horizon, daily=one.daily or other.daily)


def _standing(condition: Condition) -> Evaluator:
    match condition:
        case written.Trait() if total := total_of(condition.name):
            return LifetimeIs(total, compile_test(condition.test))
        case written.Trait():
            return TraitIs(condition.name, compile_test(condition.test))
        case written.Cart():
            return _cart(condition)
        case asked.QuietFor():
            return QuietFor(condition.duration)
        case written.InSegment():
            return InSegment(condition.segment)
        case written.IdentifiedBy():
            return IdentifiedBy(condition.identifier)
        case written.ConsentsTo():
            return ConsentsTo(condition.purpose)
    raise TypeError(f"no evaluator for {condition!r}")


def _cart(condition: written.Cart) -> CartHas:
    totals = {"items": condition.items, "value": condition.value}
    asked = compile_tests({name: test for name, test in totals.items() if test is not None})
    contains = compile_tests(condition.contains)
    return CartHas(
        asked,
        contains,
        timed=any(test.windows for _, test in (*asked, *contains)),
        when_empty=not contains and all(test.passes(0, 0) for _, test in asked),
    )
