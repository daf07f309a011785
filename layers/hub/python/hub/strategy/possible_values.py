"""Whether any value at all passes several tests at once.

A test's answer turns only at the numbers and texts that it names. So it is enough to try these and what
lies right beside them, by the very tests that customers are put to; and where none of them passes, none
there is does. Tests of another kind (`contains`, `matches`, …) are left out: without them more passes, so
what is called impossible is impossible.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import ceil, floor, inf, nextafter
from typing import Any

from hub.clock import Instant, format_instant, parse_instant
from hub.comparing import Test, compile_test
from hub.reading import read_number
from hub.strategy.comparisons import Comparison, Tests

NOW: Instant = parse_instant("2026-01-01")
"""Any time will do: of times only the distance to now is asked."""
_EQUAL = frozenset({"is_", "is_not", "in_", "not_in"})
_ORDER = frozenset({"more_than", "less_than", "at_least", "at_most"})
_TIMED = frozenset({"within_last", "within_next"})
_WORDS = tuple(Tests.model_fields)


@dataclass(frozen=True)
class Domain:
    """What a value can be."""

    low: float = -inf
    high: float = inf
    whole: bool = False
    """Numbers are whole numbers."""
    texts: bool = True
    missing: bool = True

    def has(self, number: float) -> bool:
        return self.low <= number <= self.high


ANYTHING = Domain()
NUMBER = Domain(texts=False)
AMOUNT = Domain(texts=False, missing=False)
COUNT = Domain(low=0, texts=False, missing=False, whole=True)


@dataclass(frozen=True, eq=False)
class Asked:
    """A value passes these tests, or does not."""

    tests: Comparison
    passes: bool = True

    @cached_property
    def words(self) -> frozenset[str]:
        return frozenset(word for word in _WORDS if getattr(self.tests, word) is not None)

    @cached_property
    def told(self) -> str:
        """Word for word: to Python, 1 is True."""
        return repr([(word, getattr(self.tests, word)) for word in sorted(self.words)])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Asked) and (self.told, self.passes) == (other.told, other.passes)

    def __hash__(self) -> int:
        return hash((self.told, self.passes))

    @cached_property
    def _test(self) -> Test:
        return compile_test(self.tests)

    def of(self, value: Any) -> bool:
        return self._test.passes(value, NOW) == self.passes


_EXISTS = Asked(Comparison.model_construct(exists=True))


def is_possible(asked: Sequence[Asked], domain: Domain = ANYTHING) -> bool:
    """Some value of the domain, a missing one included, is all that is asked."""
    return _is_possible(tuple(asked), domain)


@lru_cache(maxsize=5_000)
def _is_possible(asked: tuple[Asked, ...], domain: Domain) -> bool:
    """Remembered: a part of a condition is looked at by itself, and again with what stands around it."""
    if domain.missing and _all_of(asked, [None]):
        return True
    single = [one for each in asked for one in _singled(each)]
    if _opposed(single) or not _time_passes(single):
        return False
    return _number_passes(single, domain) or _text_passes(single, domain)


def operands_of(tests: Tests, words: Iterable[str]) -> Iterator[Any]:
    for word in words:
        operand = getattr(tests, word)
        yield from operand if isinstance(operand, tuple) else () if operand is None else (operand,)


def _singled(asked: Asked) -> Iterator[Asked]:
    """All of several tests is each of them; not all of several stays one."""
    if not asked.passes:
        yield asked
        return
    for word in sorted(asked.words):
        yield Asked(Comparison.model_construct(**{word: getattr(asked.tests, word)}))
    if asked.tests.exists is not False:
        yield _EXISTS


def _opposed(single: Sequence[Asked]) -> bool:
    """One and the same test, of whatever kind, is passed and not."""
    refused = [one.told for one in single if not one.passes]
    return bool(refused) and any(one.told in refused for one in single if one.passes)


def _number_passes(single: Sequence[Asked], domain: Domain) -> bool:
    """Words compare a number with a text by how it is written, which is not known: asked apart."""
    compared = [one for one in _only(single, _EQUAL | _ORDER) if not _texts(one, _ORDER)]
    written = [one for one in _only(single, _EQUAL | _ORDER) if _texts(one, _ORDER) and not _numbers_in(one)]
    return _all_of(compared, _numbers(compared, domain)) and _all_of(written, _written(written))


def _text_passes(single: Sequence[Asked], domain: Domain) -> bool:
    """Where every test names numbers, a text such as '5 kg' between them is nothing anybody meant."""
    known = _only(single, _EQUAL | _ORDER)
    means_numbers = any(map(_numbers_in, known)) and not any(_texts(one, _EQUAL | _ORDER) for one in known)
    return domain.texts and not means_numbers and _all_of(known, _written(known))


def _time_passes(single: Sequence[Asked]) -> bool:
    known = _only(single, _TIMED)
    if _all_of(known, ["no time"]):
        return True
    spans = {span for one in known for span in operands_of(one.tests, _TIMED)}
    edges = {NOW, *(NOW - span for span in spans), *(NOW + span for span in spans)}
    near = [edge + beside for edge in edges for beside in (-1, 0, 1)]
    return _all_of(known, map(format_instant, near))


def _only(single: Sequence[Asked], words: frozenset[str]) -> list[Asked]:
    return [one for one in single if one.words <= words | {"exists"}]


def _all_of(asked: Sequence[Asked], candidates: Iterable[Any]) -> bool:
    return any(all(one.of(value) for one in asked) for value in candidates)


def _numbers_in(asked: Asked) -> list[float]:
    read = (read_number(operand) for operand in operands_of(asked.tests, _EQUAL | _ORDER))
    return [number for number in read if number is not None]


def _texts(asked: Asked, words: frozenset[str]) -> list[str]:
    return [_text(one) for one in operands_of(asked.tests, sorted(words)) if read_number(one) is None]


def _numbers(asked: Sequence[Asked], domain: Domain) -> Iterator[float]:
    """Each number that is named, and those right beside it."""
    named = {0.0, domain.low, domain.high, *(number for one in asked for number in _numbers_in(one))} - {
        inf,
        -inf,
    }
    for number in named:
        lower, upper = floor(number), ceil(number)
        beside = (
            (lower - 1, lower, upper, upper + 1)
            if domain.whole
            else (nextafter(number, -inf), number, nextafter(number, inf))
        )
        yield from (float(one) for one in beside if domain.has(one))


def _written(asked: Sequence[Asked]) -> Iterator[str]:
    """Each text that is named, and the first one behind it."""
    operands = (operand for one in asked for operand in operands_of(one.tests, _EQUAL | _ORDER))
    for named in {"", *map(_text, operands)}:
        yield named
        yield f"{named}\0"


def _text(operand: Any) -> str:
    return str(operand).lower() if isinstance(operand, bool) else str(operand)
