"""One poisonous fact among many: found by halving, so that the others are not held up by it."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")


def isolate(
    facts: Sequence[T], work: Callable[[Sequence[T]], None], is_passing: Callable[[Exception], bool]
) -> Iterator[tuple[T, Exception]]:
    """Do the work on all facts, or on ever smaller parts of them; those it failed on, each with its error.

    One bad fact among n costs some 2 log2(n) tries more. An error that passes by itself is nobody's fault:
    it is every fact's of the part, and no part is tried again for it.
    """
    try:
        work(facts)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is told
        if len(facts) == 1 or is_passing(error):
            yield from ((fact, error) for fact in facts)
            return
        middle = len(facts) // 2
        yield from isolate(facts[:middle], work, is_passing)
        yield from isolate(facts[middle:], work, is_passing)
