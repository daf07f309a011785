"""Traits: facts about a customer, each value with who said it, when, and in which message.

Conflicting values are settled by (party rank, event time, message), the largest wins; so the order of
arrival cannot matter. Ranks: what the customer declared, what we saw, partners, bought, predicted.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hub.clock import Instant
from hub.events import Event

PARTIES = ("predicted", "third", "second", "first", "zero")
MAX_TRAITS = 300
"""Segment's own limit; past it the traits heard of longest ago are dropped first."""


@dataclass(frozen=True, slots=True)
class TraitValue:
    value: Any
    party: str
    at: Instant
    message_id: str
    source: str = ""

    @property
    def rank(self) -> tuple[int, Instant, str, str]:
        return (PARTIES.index(self.party), self.at, self.message_id, self.source)


Traits = dict[str, TraitValue]


def learn(traits: Traits, said: Mapping[str, Any], event: Event, *, party: str) -> bool:
    """Take in what an event says; True if anything changed. Null forgets nothing but becomes the value."""
    changed = False
    for name, value in said.items():
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


def _keep(traits: Traits, name: str, candidate: TraitValue) -> bool:
    standing = traits.get(name)
    if standing is not None and standing.rank >= candidate.rank:
        return False
    traits[name] = candidate
    return True


def _bound(traits: Traits) -> None:
    if len(traits) > MAX_TRAITS:
        for name in sorted(traits, key=lambda name: (traits[name].at, name))[: len(traits) - MAX_TRAITS]:
            del traits[name]
