"""What holds a customer's identifiers together: which of them one event named, and when one first did.

Only the ties are kept that hold all together, the earliest: a minimum spanning forest, so never more than she
has identifiers. The earliest ties of two customers are among those of each, in any order: this is a join.
"""

from collections.abc import Collection, Sequence

from hub.clock import Instant
from hub.identities import Identifier

Tie = tuple[Identifier, Identifier]
"""The lesser first."""
Ties = dict[Tie, Instant]


def tied(ties: Ties, found: Sequence[Identifier], at: Instant) -> Ties:
    """With what an event that names these says, the best first; the very same where it says nothing new."""
    best, *others = found
    told = [(min(best, other), max(best, other)) for other in others]
    new = {tie: at for tie in told if at < ties.get(tie, at + 1)}
    return _earliest({**ties, **new}) if new else ties


def join(left: Ties, right: Ties) -> Ties:
    if not left or not right:
        return left or right
    first = {tie: min(left.get(tie, at), at) for tie, at in right.items()}
    return _earliest({**left, **first})


def among(ties: Ties, identifiers: Collection[Identifier]) -> Ties:
    return {tie: at for tie, at in ties.items() if tie[0] in identifiers and tie[1] in identifiers}


def came_by(ties: Ties, hers: Collection[Identifier], others: Collection[Identifier]) -> set[Identifier]:
    """Identifiers of neither that are hers by what they came by; of several ties the earliest says it."""
    is_hers = {**dict.fromkeys(others, False), **dict.fromkeys(hers, True)}
    in_order = sorted(ties, key=lambda tie: (ties[tie], tie))
    while new := next((tie for tie in in_order if (tie[0] in is_hers) != (tie[1] in is_hers)), None):
        known, other = new if new[0] in is_hers else (new[1], new[0])
        is_hers[other] = is_hers[known]
    return {one for one in is_hers if is_hers[one]}.difference(hers)


def _earliest(ties: Ties) -> Ties:
    """Without those that others before them make needless (Kruskal)."""
    roots: dict[Identifier, Identifier] = {}
    kept: Ties = {}
    for at, one, other in sorted((at, *tie) for tie, at in ties.items()):
        first, second = _root(roots, one), _root(roots, other)
        if first != second:
            roots[first] = second
            kept[one, other] = at
    return kept


def _root(roots: dict[Identifier, Identifier], one: Identifier) -> Identifier:
    while one in roots:
        one = roots[one]
    return one
