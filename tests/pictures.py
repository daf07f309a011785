"""What is stored of customers, in forms that can be compared."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from hub.profiles import Profile
from tests.fakes import FakeProfiles


def picture(store: FakeProfiles) -> Any:
    """All that is stored, but for how often it was."""
    stored = {key: (replace(one.profile(), version=0), one.merged_into) for key, one in store.stored.items()}
    before = {key: replace(one.profile(), version=0) for key, one in store.before.items()}
    return {key: replace(one, version=0) for key, one in store.leading.items()}, stored, before


def substance(profiles: Iterable[Profile]) -> list[Any]:
    """What is known of each customer, whichever of her profiles stayed and whatever its id."""
    return sorted(
        (
            sorted(one.identifiers.items()),
            {name: trait.value for name, trait in one.traits.items()},
            sorted(one.carts.lines.items(), key=str),
            one.carts.cuts,
            one.aggregates,
            one.consents,
            sorted(one.touches),
            one.ring,
            one.last_own_at,
            sorted(one.memberships),
        )
        for one in profiles
    )
