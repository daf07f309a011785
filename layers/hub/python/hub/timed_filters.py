"""`where` with a test against the time, e.g. {departure: {within_next: 7d}}: asked again as time passes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from hub.aggregates import Entry, Spec
from hub.clock import Instant
from hub.comparing import Test
from hub.evaluators import Answer, Evaluator, earliest
from hub.evidence import Evidence
from hub.profiles import Profile


def end_of(tests: Sequence[Test]) -> Callable[[Sequence[Any]], float]:
    """Of the properties that these tests are about: from when on they do not all pass any more.

    Remembered: past the bound every event asks it of all that are kept.
    """

    @lru_cache(maxsize=2_048, typed=True)
    def ends(*values: Any) -> float:
        return min(test.ends(value) for test, value in zip(tests, values, strict=True))

    def told(values: Sequence[Any]) -> float:
        try:
            return ends(*values)
        except TypeError:  # a list or an object has no hash
            return ends.__wrapped__(*values)

    return told


@dataclass(frozen=True, slots=True)
class Timed:
    """Another evaluator, which sees only the events whose properties pass now."""

    inner: Evaluator
    spec: Spec
    tests: tuple[Test, ...]
    """One for each of the spec's timed properties."""

    def evaluate(self, profile: Profile, now: Instant, floor: Instant) -> Answer:
        holds, change = self.inner.evaluate(self._sifted(profile, now), now, floor)
        flips = (
            test.next_change(value, now)
            for _, _, values in self._entries(profile)
            for test, value in zip(self.tests, values[1:], strict=True)
        )
        return holds, earliest(change, *flips)

    def evidence(self, profile: Profile, now: Instant, floor: Instant) -> Evidence:
        told = self.inner.evidence(self._sifted(profile, now), now, floor)
        return told | {"approximate": True} if self._lacks_some(profile, now) else told

    def _sifted(self, profile: Profile, now: Instant) -> Profile:
        passing = [
            (at, mark, values[0])
            for at, mark, values in self._entries(profile)
            if all(test.passes(value, now) for test, value in zip(self.tests, values[1:], strict=True))
        ]
        return replace(profile, aggregates={**profile.aggregates, self.spec.key: passing})

    def _lacks_some(self, profile: Profile, now: Instant) -> bool:
        """Whether one that had to go might pass now: who goes first would end before all who stay."""
        entries, ends = self._entries(profile), end_of(self.tests)
        return len(entries) >= self.spec.count and all(ends(values[1:]) > now for _, _, values in entries)

    def _entries(self, profile: Profile) -> list[Entry]:
        return profile.aggregates.get(self.spec.key, [])
