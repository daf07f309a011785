"""Regular expressions that surely come to an end, since what clients send is held against them.

Python's search tries every way in which a pattern can part a text. A repeated group that can part one in
several ways doubles the work with each letter: it is refused. Each open repeat (`*`, `+`, `{2,90}`) still
multiplies the work by the length of the text: the more there are, the shorter a text is looked at.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from math import log
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

Letters = frozenset[str]
Step = tuple[Any, Any]
"""What a pattern asks for at one place, as Python's parser has it: (code, argument)."""

REACH = (1_000_000, 1_000_000, 5_000, 500, 150, 80)
"""Letters of a text that a pattern is held against, by its open repeats: some 20 million tries each."""
MOST_OPEN = len(REACH) - 1
_WIDE = 16
"""A repeat of up to so many times is no open one."""
_AS_OPEN = 30
"""So many ways in which small repeats can part a text count as an open one."""
_OTHERS = frozenset("ж٣\u2003→")
"""A letter, a figure, a blank and a sign that stand for all there are past Latin-1."""
_ALL: Letters = frozenset(map(chr, range(256))) | _OTHERS
_REPEATS = (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT)
_STARTS = (codes.AT_BEGINNING, codes.AT_BEGINNING_STRING)
_CATEGORIES = {
    codes.CATEGORY_DIGIT: r"\d",
    codes.CATEGORY_NOT_DIGIT: r"\D",
    codes.CATEGORY_SPACE: r"\s",
    codes.CATEGORY_NOT_SPACE: r"\S",
    codes.CATEGORY_WORD: r"\w",
    codes.CATEGORY_NOT_WORD: r"\W",
}


@lru_cache(maxsize=1_000)
def finder(pattern: str) -> Callable[[str], bool]:
    """Whether it is found in a text; in one that is longer than its reach it never is."""
    expression, most = re.compile(pattern), REACH[_open(_parsed(pattern))]
    return lambda text: len(text) <= most and expression.search(text) is not None


def fault_of(pattern: str) -> tuple[str, str] | None:
    """What is wrong with a pattern, and what to do; re.error if it is no regular expression."""
    steps = _parsed(pattern)
    if any(_is_ambiguous(body) for body in _repeated(steps)):
        return (
            "repeats a group that can part a text in many ways, and may never end",
            "begin or end the group with a sign that it has nowhere else, e.g. ^[a-z]+(-[a-z]+)*$",
        )
    if _open(steps) > MOST_OPEN:
        advice = f"keep {MOST_OPEN} at most, ^ at the beginning saves one"
        return f"has {_open(steps)} open repeats", advice
    return None


def _parsed(pattern: str) -> list[Step]:
    return list(_parser.parse(pattern))


def _repeated(steps: Iterable[Step]) -> Iterator[list[Step]]:
    """The bodies of all groups that are repeated."""
    for code, told in steps:
        if code in _REPEATS and told[1] > 1:
            yield list(told[2])
        for inner in _inside(code, told):
            yield from _repeated(inner)


def _inside(code: Any, told: Any) -> list[list[Step]]:
    """The patterns that a step is made of; none where it is one letter."""
    if code in _REPEATS:
        return [list(told[2])]
    if code is codes.BRANCH:
        return [list(branch) for branch in told[1]]
    if code in (codes.ASSERT, codes.ASSERT_NOT):
        return [list(told[1])]
    if code is codes.GROUPREF_EXISTS:
        return [list(part) for part in told[1:] if part is not None]
    if code is codes.ATOMIC_GROUP:
        return [list(told)]
    return [list(told[-1])] if code is codes.SUBPATTERN else []


def _is_ambiguous(body: list[Step]) -> bool:
    """Whether it is unclear where one round of a repeated group ends and the next begins."""
    steps = list(_flat(body))
    if not any(map(_varies, steps)):
        return False
    if len(steps) == 1 and steps[0][0] is codes.BRANCH and _is_told_by_its_first_letter(steps[0][1][1]):
        return False
    return not any(_parts(steps, place) for place in {0, len(steps) - 1})


def _flat(steps: Iterable[Step]) -> Iterator[Step]:
    """Groups that are only brackets, opened."""
    for code, told in steps:
        if code is codes.SUBPATTERN:
            yield from _flat(told[-1])
        else:
            yield code, told


def _varies(step: Step) -> bool:
    """Whether it can take one text in several ways: more of it or less, or one branch or another."""
    code, told = step
    if code in _REPEATS:
        return bool(told[0] != told[1]) or any(map(_varies, _flat(told[2])))
    return code in (codes.BRANCH, codes.GROUPREF, codes.GROUPREF_EXISTS, codes.ATOMIC_GROUP)


def _is_told_by_its_first_letter(branches: Iterable[Iterable[Step]]) -> bool:
    seen: set[str] = set()
    for branch in branches:
        steps = list(_flat(branch))
        if not steps or any(map(_varies, steps)) or seen & (first := _letters(steps[0])):
            return False
        seen |= first
    return True


def _parts(steps: list[Step], place: int) -> bool:
    """Whether this step must be there, and takes no letter that another step may take."""
    if _varies(steps[place]) or not (own := _letters(steps[place])):
        return False
    return not any(own & _letters(other) for at, other in enumerate(steps) if at != place)


def _letters(step: Step) -> Letters:
    """All that it may take."""
    code, told = step
    if code is codes.LITERAL:
        return _kind(told)
    if code is codes.NOT_LITERAL:
        return _ALL - {chr(told)}
    if code is codes.IN:
        return _of_set(told)
    if code in (codes.AT, codes.ASSERT, codes.ASSERT_NOT):
        return frozenset()
    inside = _inside(code, told)
    return frozenset().union(*(_letters(one) for part in inside for one in part)) if inside else _ALL


def _of_set(told: list[Step]) -> Letters:
    taken: Letters = frozenset().union(*map(_member, told))
    return _ALL - taken if told[0][0] is codes.NEGATE else taken


def _member(step: Step) -> Letters:
    code, told = step
    if code is codes.LITERAL:
        return _kind(told)
    if code is codes.RANGE:
        within = frozenset(one for one in _ALL if told[0] <= ord(one) <= told[1])
        return _either_case(within | (_OTHERS if told[1] > ord("ÿ") else frozenset()))
    return (
        frozenset(one for one in _ALL if re.match(_CATEGORIES[told], one))
        if told in _CATEGORIES
        else frozenset()
    )


def _kind(letter: int) -> Letters:
    """Itself, in both cases; or what stands for its like."""
    return _either_case(frozenset(chr(letter))) if letter <= ord("ÿ") else _OTHERS


def _either_case(letters: Letters) -> Letters:
    return letters | {other for one in letters for other in (one.lower(), one.upper()) if other in _ALL}


def _open(steps: list[Step]) -> int:
    """Open repeats one after the other; to look for the beginning is one too."""
    tied = bool(steps) and steps[0][0] is codes.AT and steps[0][1] in _STARTS
    return round(_degree(steps)) + (not tied)


def _degree(steps: Iterable[Step]) -> float:
    return sum(map(_degree_of, steps))


def _degree_of(step: Step) -> float:
    """Small repeats one after the other try each other's ways: together they are as good as an open one."""
    code, told = step
    inside = max(map(_degree, _inside(code, told)), default=0.0)
    if code not in _REPEATS:
        return inside
    ways = told[1] - told[0] + 1
    return inside + log(ways, _AS_OPEN) if told[1] <= _WIDE or ways == 1 else max(inside, 1.0)
