"""What is let go of a customer who is about to outgrow her item: a last resort, in a fixed order.

Bounds on numbers keep an ordinary customer at a few kilobytes. But a client may say as much as a message
holds under names of its own making; this keeps her from becoming a customer that can never be written again.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from hub.carts import Carts
from hub.profiles import Profile

HEAVY = 150 * 1_024
"""Bytes of a stored body: far from the 400 KB of an item, and a hundred times what a customer usually is."""
LONG = 100
"""Characters of JSON."""


def lighter(profile: Profile) -> Iterator[Profile]:
    """The same customer with less and less to carry; the one given is left as it is."""
    for step in _STEPS:
        profile = step(profile)
        yield profile


def _without_displaced_traits(profile: Profile) -> Profile:
    return replace(profile, traits={name: replace(one, displaced=()) for name, one in profile.traits.items()})


def _with_bare_carts(profile: Profile) -> Profile:
    """A product keeps its ids and its price, as long as they are no essays."""
    carts = profile.carts
    lines = {
        key: replace(line, product=_short(line.product))
        for key, line in carts.lines.items()
        if not any(map(_is_long, key))
    }
    return replace(
        profile, carts=Carts(lines, {name: at for name, at in carts.cuts.items() if not _is_long(name)})
    )


def _without_long_traits(profile: Profile) -> Profile:
    kept = {
        name: one for name, one in profile.traits.items() if not _is_long(name) and not _is_long(one.value)
    }
    return replace(profile, traits=kept)


def _without_long_values(profile: Profile) -> Profile:
    """Of what rules remember: texts that are longer than anybody compares."""
    kept = {
        key: [entry for entry in entries if not _is_long(entry[2])]
        for key, entries in profile.aggregates.items()
    }
    return replace(profile, aggregates=kept)


def _with_half_of_what_rules_remember(profile: Profile) -> Profile:
    """The younger half of each aggregate."""
    halves = {key: entries[len(entries) // 2 :] for key, entries in profile.aggregates.items()}
    return replace(profile, aggregates=halves)


_STEPS: tuple[Callable[[Profile], Profile], ...] = (
    _without_displaced_traits,
    _with_bare_carts,
    _without_long_traits,
    _without_long_values,
    *(_with_half_of_what_rules_remember,) * 6,
)


def _short(product: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in product.items() if not _is_long(name) and not _is_long(value)}


def _is_long(value: object) -> bool:
    return len(json.dumps(value, ensure_ascii=False)) > LONG
