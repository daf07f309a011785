"""Merges, written down so that a wrong one can be undone."""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b

from hub.clock import Instant
from hub.identities import Identifier
from hub.profiles import Profile


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """A customer became part of another."""

    loser: Profile
    """As she was just before."""
    before: Profile
    """The other one, as she was just before."""
    at: Instant
    """When the hub did it."""
    because: tuple[str, ...] = ()
    """The identifiers that linked them, by type and digest: email#5f0c…"""


def reason(linking: Iterable[Identifier]) -> tuple[str, ...]:
    """Enough to see what linked whom, and nothing personal."""
    return tuple(
        f"{kind}#{blake2b(value.encode(), digest_size=6).hexdigest()}" for kind, value in sorted(linking)
    )
