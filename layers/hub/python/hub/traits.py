"""Traits: facts about a customer, each value with who said it, when, and in which message.

Conflicting values are settled by (party rank, event time, message), the largest wins; so the order of
arrival cannot matter. Ranks: what the customer declared, what we saw, partners, bought, predicted.
Values that lost stay beside the winner: of each party and value the latest word, the strongest of them.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from hub.clock import Instant
from hub.events import Event
from hub.identities import usable

PARTIES = ("predicted", "third", "second", "first", "zero")
MAX_TRAITS = 300
"""Segment's own limit. Past it the longest names go first: those are made by machines, and unlike
the names heard of longest ago, the shortest 300 are the same 300 in any order of arrival."""
OWN = frozenset({"email_invalid", "email_disposable", "phone_invalid"})
"""The hub's own, derived from the others (`hub.address_flags`): at home here, and none of the 300."""
KEPT_VALUES = 5
"""Of one trait, the winner included."""
_ADDRESSES = frozenset({"email", "phone"})
LONGEST_DISPLACED = 200
"""Characters of JSON; a longer value is kept only while it is the winner."""


@dataclass(frozen=True, slots=True)
class TraitValue:
    value: Any
    party: str
    at: Instant
    message_id: str
    source: str = ""
    displaced: tuple["TraitValue", ...] = ()
    """Other values, or the same from other parties, that lost against this one; strongest first."""

    @property
    def rank(self) -> tuple[int, Instant, str, str]:
        return (PARTIES.index(self.party), self.at, self.message_id, self.source)


Traits = dict[str, TraitValue]


def learn(traits: Traits, said: Mapping[str, Any], event: Event, *, party: str) -> bool:
    """Take in what an event says; True if anything changed. Null forgets nothing but becomes the value.

    An address that is nobody's ("undefined") says nothing: it must not silence her by displacing a good one.
    """
    changed = False
    for name, value in said.items():
        if name in _ADDRESSES and value is not None and not usable(str(value)):
            continue
        changed |= _keep(traits, name, TraitValue(value, party, event.at, event.message_id, event.source))
    _bound(traits)
    return changed


def join(left: Traits, right: Traits) -> Traits:
    joined = dict(left)
    for name, value in right.items():
        _keep(joined, name, value)
    _bound(joined)
    return joined


def values(traits: Traits) -> dict[str, Any]:
    return {name: trait.value for name, trait in traits.items() if trait.value is not None}


def history(trait: TraitValue) -> tuple[TraitValue, ...]:
    """The value and those that it displaced, strongest first."""
    return (trait, *trait.displaced)


def _keep(traits: Traits, name: str, candidate: TraitValue) -> bool:
    standing = traits.get(name)
    kept = candidate if standing is None else _settled(standing, candidate)
    traits[name] = kept
    return kept is not standing


def _settled(standing: TraitValue, candidate: TraitValue) -> TraitValue:
    """The standing value itself if nothing changes."""
    if not standing.displaced and not candidate.displaced and _says_the_same(standing, candidate):
        return max(standing, candidate, key=lambda one: one.rank)
    strongest: dict[tuple[str, str], TraitValue] = {}
    for one in (*_each(standing), *_each(candidate)):
        key = (one.party, _text(one.value))
        if key not in strongest or strongest[key].rank < one.rank:
            strongest[key] = one
    # The text is in it for two values in one message, sent twice: they must be told apart as well.
    ranked = sorted(strongest, key=lambda key: (strongest[key].rank, key), reverse=True)
    winner, *others = [
        strongest[key] for place, key in enumerate(ranked) if place == 0 or len(key[1]) <= LONGEST_DISPLACED
    ]
    settled = replace(winner, displaced=tuple(others[: KEPT_VALUES - 1]))
    return standing if settled == standing else settled


def _says_the_same(one: TraitValue, other: TraitValue) -> bool:
    """Of most repetitions; only texts are compared, since to Python 1 is True and 1.0."""
    return (
        type(one.value) is type(other.value) is str and one.value == other.value and one.party == other.party
    )


def _each(trait: TraitValue) -> Iterator[TraitValue]:
    yield replace(trait, displaced=()) if trait.displaced else trait
    yield from trait.displaced


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _bound(traits: Traits) -> None:
    if len(traits) > MAX_TRAITS:
        for name in sorted(traits.keys() - OWN, key=lambda name: (len(name), name))[MAX_TRAITS:]:
            del traits[name]
