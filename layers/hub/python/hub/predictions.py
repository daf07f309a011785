"""Predicted traits: a model's features weighed and added up, with what each of them adds as evidence."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from itertools import islice
from math import exp, fsum
from typing import Any

from hub import orders
from hub.clock import Instant
from hub.comparing import Test
from hub.evaluators import Answer, earliest
from hub.evidence import Evidence
from hub.features import Feature
from hub.profiles import Profile
from hub.strategy.scoring_models import PREFIX, ScoringModel

MOST_STEPS = 60
"""Changes of a score looked at ahead: two months of days. What is further off is looked for again then."""
_DIGITS = 6
_NOTHING = orders.totals(orders.Orders())


@dataclass(frozen=True, slots=True)
class Scorer:
    model: ScoringModel
    features: tuple[Feature, ...]
    """In the order of the model's coefficients."""

    def score(self, profile: Profile, now: Instant) -> float | None:
        """None where she never did what a feature looks at, and the model does not say what that is worth."""
        return next(self.course(profile, now))[1]

    def course(self, profile: Profile, now: Instant) -> Iterator[tuple[Instant, float | None]]:
        """(since when, score): now, then at every later instant at which a feature moves by itself."""
        courses = self._courses(profile, now)
        values = [next(course)[1] for course in courses]
        yield now, self._score(values)
        coming = [(*step, place) for place, course in enumerate(courses) if (step := next(course, None))]
        heapify(steps := [(at, place, value) for at, value, place in coming])
        while steps:
            at = steps[0][0]
            while steps and steps[0][0] == at:
                _, place, values[place] = heappop(steps)
                if (step := next(courses[place], None)) is not None:
                    heappush(steps, (step[0], place, step[1]))
            yield at, self._score(values)

    def evidence(self, profile: Profile, now: Instant) -> Evidence:
        values = [next(course)[1] for course in self._courses(profile, now)]
        return {
            "trait": f"{PREFIX}.{self.model.trait}",
            "value": self._score(values),
            "model": self.model.name,
            "link": self.model.link,
            "intercept": self.model.intercept,
            "features": self._weighed(values),
        }

    def _courses(self, profile: Profile, now: Instant) -> list[Any]:
        bought = orders.totals(profile.orders, now) if self.model.asks_of_orders else _NOTHING
        return [feature.course(profile, now, bought) for feature in self.features]

    def _weighed(self, values: Sequence[float | None]) -> dict[str, Evidence]:
        told = {}
        for (name, weight), value in zip(self.model.coefficients.items(), values, strict=True):
            counted = self.model.missing.get(name) if value is None else value
            adds = None if counted is None else round(weight * counted, _DIGITS)
            told[name] = {"value": value, "weight": weight, "adds": adds}
        return told

    def _score(self, values: Sequence[float | None]) -> float | None:
        parts = [self.model.intercept]
        for (name, weight), value in zip(self.model.coefficients.items(), values, strict=True):
            counted = self.model.missing.get(name) if value is None else value
            if counted is None:
                return None
            parts.append(weight * counted)
        total = fsum(parts)
        return round(_logistic(total) if self.model.link == "logistic" else total, _DIGITS)


@dataclass(frozen=True, slots=True)
class PredictedIs:
    scorer: Scorer
    test: Test

    def evaluate(self, profile: Profile, now: Instant, floor: Instant) -> Answer:  # noqa: ARG002 - a score has no floor
        course = self.scorer.course(profile, now)
        score = next(course)[1]
        holds = self.test.passes(score, now)
        by_test = self.test.next_change(score, now)
        return holds, earliest(
            by_test, self._turn(course, holds=holds), orders.next_after(profile.orders, now)
        )

    def evidence(self, profile: Profile, now: Instant, floor: Instant) -> Evidence:  # noqa: ARG002
        return self.scorer.evidence(profile, now)

    def _turn(self, course: Iterator[tuple[Instant, float | None]], *, holds: bool) -> Instant | None:
        """When the score passes the test and did not before, or the other way round; or how far we looked."""
        at = None
        for at, score in islice(course, MOST_STEPS):
            if self.test.passes(score, at) != holds:
                return at
        return at if next(course, None) is not None else None


def _logistic(total: float) -> float:
    if total >= 0:
        return 1 / (1 + exp(-total))
    return exp(total) / (1 + exp(total))


def scores(scorers: Iterable[Scorer], profile: Profile, now: Instant) -> dict[str, float]:
    """Trait -> what is foretold of her, of all that can be."""
    found = ((one.model.trait, one.score(profile, now)) for one in scorers)
    return {trait: score for trait, score in found if score is not None}
