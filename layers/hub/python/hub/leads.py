"""Where an identifier leads: to whom now, to whom it led when, and whom it made one.

A device may change hands; then it keeps from when on it was whose, so that an event that comes late
goes to who had it then. An address is its first user's: where an earlier one is heard of later, it is
hers, and keeps who was taken for its owner before. An identifier that makes too many customers one in a
short time is quarantined: it is an address of a till, or a device that everybody uses, and says nothing
of who somebody is.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from hub.clock import Duration, Instant

Switch = tuple[Instant, str]
"""(since, profile id)."""

KEPT_SWITCHES = 10
"""Newest kept of a device; what happened before them is taken to be of the oldest kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who has a device, and when she was seen with it."""

    profile_id: str
    user_id: str
    first: Instant
    last: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    profile_id: str
    """To whom it leads now."""
    switches: tuple[Switch, ...] = ()
    """Since when it was whose, oldest first; empty while it has never changed hands."""
    joined: tuple[Switch, ...] = ()
    """(when, profile id) of the customers it was linked with, oldest first."""
    former: tuple[str, ...] = ()
    """Profiles it was taken to lead to, before an earlier user of it was heard of; newest last."""
    quarantined_at: Instant | None = None
    version: int = 0
    """How often it was changed since it was claimed; the condition of the next change."""

    def holder(self, at: Instant) -> str:
        """Whose it was at an instant; before the first switch, the first's."""
        if not self.switches:
            return self.profile_id
        since = [profile_id for begin, profile_id in self.switches if begin <= at]
        return since[-1] if since else self.switches[0][1]

    @property
    def holders(self) -> tuple[str, ...]:
        """Everybody whom events of it may have been taken for; empty while there was but one."""
        if not self.switches and not self.former:
            return ()
        return (*(profile_id for _, profile_id in self.switches), *self.former, self.profile_id)

    def pointed(self, source: str, target: str) -> "Lead":
        """`source` became part of `target`, or the other way round."""
        return replace(
            self,
            profile_id=target if self.profile_id == source else self.profile_id,
            switches=tuple((at, target if one == source else one) for at, one in self.switches),
            former=tuple(target if one == source else one for one in self.former),
        )

    def corrected(self, profile_id: str) -> "Lead":
        """It was this one's before it was the one's to whom it leads."""
        former = (*(one for one in self.former if one != self.profile_id), self.profile_id)
        return replace(self, profile_id=profile_id, former=former[-KEPT_SWITCHES:])

    def switched(self, at: Instant, new: Holder, old: Holder) -> "Lead":
        """`new` was seen with it at an instant at which it was `old`'s.

        Where `old` was seen with it again later, she has it back from then on.
        """
        runs = list(self.switches or [(old.first, old.profile_id)])
        if (at, new.profile_id) in runs:
            return self
        is_latest = runs[-1][1] == old.profile_id
        runs.append((at, new.profile_id))
        if is_latest and (old.last, old.user_id) > (at, new.user_id):
            runs.append((old.last, old.profile_id))
        switches = tuple(_without_repeats(sorted(runs, key=lambda run: run[0])))[-KEPT_SWITCHES:]
        return replace(self, profile_id=switches[-1][1], switches=switches)

    def linked(self, at: Instant, others: Iterable[str], most: int, within: Duration) -> "Lead":
        """It made its own customer one with others; quarantined where these are `most` in `within`."""
        known = {one for _, one in self.joined}
        told = sorted((*self.joined, *((at, one) for one in others if one not in known)))
        joined = tuple(told[-2 * most :])
        begins = zip(joined, joined[most - 1 :], strict=False)
        is_burst = any(last - first <= within for (first, _), (last, _) in begins)
        quarantined_at = at if is_burst and self.quarantined_at is None else self.quarantined_at
        return replace(self, joined=joined, quarantined_at=quarantined_at)


def _without_repeats(runs: Iterable[Switch]) -> Iterator[Switch]:
    before = ""
    for at, profile_id in runs:
        if profile_id != before:
            yield at, profile_id
        before = profile_id
