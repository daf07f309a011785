"""Work on many facts, of which some are bad."""

from collections.abc import Callable, Sequence

from hypothesis import given
from hypothesis import strategies as st

from hub.isolating import isolate


class Spoilt(Exception):
    pass


class Busy(Exception):
    pass


def worker(bad: set[int], tries: list[int]) -> tuple[Callable[[Sequence[int]], None], set[int]]:
    """Does nothing of a part that has anything bad in it; what was done is in the set."""
    done = set[int]()

    def work(facts: Sequence[int]) -> None:
        tries.append(len(facts))
        if bad & set(facts):
            raise Spoilt
        done.update(facts)

    return work, done


def passes(error: Exception) -> bool:
    return isinstance(error, Busy)


@given(st.integers(1, 60), st.data())
def test_everything_is_done_but_what_is_bad(number: int, data: st.DataObject) -> None:
    bad = data.draw(st.sets(st.integers(0, number - 1)))
    work, done = worker(bad, [])

    failed = list(isolate(range(number), work, passes))

    assert [fact for fact, _ in failed] == sorted(bad)
    assert all(isinstance(error, Spoilt) for _, error in failed)
    assert done == set(range(number)) - bad


def test_one_bad_fact_among_a_thousand_costs_twenty_more_tries() -> None:
    tries: list[int] = []
    work, done = worker({777}, tries)

    failed = list(isolate(range(1_000), work, passes))

    assert len(failed) == 1
    assert len(done) == 999
    assert len(tries) <= 1 + 2 * 10


def test_what_passes_by_itself_is_not_tried_again_in_parts() -> None:
    tries: list[int] = []

    def work(facts: Sequence[int]) -> None:
        tries.append(len(facts))
        raise Busy

    failed = list(isolate(range(8), work, passes))

    assert [fact for fact, _ in failed] == list(range(8))
    assert tries == [8]
