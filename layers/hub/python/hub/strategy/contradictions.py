"""Conditions that can never hold, however the customer behaves.

A condition is taken apart into claims that must all be true at once; where one of several may do, each is
tried. What is called impossible here is impossible: where nothing is known, a condition can hold.
"""

from itertools import permutations, product

from hub.strategy.claims import Claim, World
from hub.strategy.conditions import All, Any_, Condition, Not, parts
from hub.strategy.counted_claims import too_few, too_late, too_loud, too_quiet
from hub.strategy.valued_claims import no_value

_MOST_TRIED = 500
"""Ways looked at before a condition counts as possible: no person writes so many."""

Claims = tuple[Claim, ...]


def contradiction(condition: Condition, world: World | None = None) -> str:
    """Why it can never hold, as a sentence; "" where nothing speaks against it."""
    return _Search(world or World()).why((Claim(condition),))


class _Search:
    def __init__(self, world: World) -> None:
        self._world = world
        self._left = _MOST_TRIED

    def why(self, waiting: Claims, known: Claims = ()) -> str:
        """ "" as soon as one way is found in which all of them may be true; `known` may be."""
        self._left -= 1
        several, leaves = _unfolded(waiting)
        found = self._clash(tuple(leaf for leaf in leaves if leaf not in known), known)
        if found or not several or self._left < 0:
            return found
        first, *others = several
        for part in parts(first.condition):
            found = self.why((Claim(part, first.holds), *others), (*known, *leaves))
            if not found:
                return ""
        return found

    def _clash(self, new: Claims, known: Claims) -> str:
        pairs = (*permutations(new, 2), *product(new, known), *product(known, new))
        return (
            next(filter(None, map(too_late, new)), "")
            or next(filter(None, (self._between(*two) for two in pairs)), "")
            or (no_value((*known, *new), self._world) if new else "")
        )

    def _between(self, one: Claim, other: Claim) -> str:
        if one.holds and not other.holds and one.is_about_the_same(other):
            return f"{one.words} holds and does not hold"
        told = too_few(one, other) or too_loud(one, other)
        return told or (too_quiet(one, other) if self._world.only_own else "")


def _unfolded(waiting: Claims) -> tuple[Claims, Claims]:
    """Those of which one part must be true, and the leaves of all others; each once."""
    several: list[Claim] = []
    leaves: list[Claim] = []
    left = list(waiting)
    while left:
        match left.pop(0):
            case Claim(condition=Not(condition=inner), holds=holds):
                left.append(Claim(inner, not holds))
            case Claim(condition=All() as whole, holds=True) | Claim(condition=Any_() as whole, holds=False):
                left += [Claim(part, isinstance(whole, All)) for part in parts(whole)]
            case Claim(condition=All() | Any_()) as claim:
                several += [claim] if claim not in several else []
            case claim:
                leaves += [claim] if claim not in leaves else []
    return tuple(several), tuple(leaves)
