"""Consent: per purpose, the latest word by event time; a withdrawal wins a tie.

Purposes are what `strategy/policy.yaml` names; a customer's word arrives as Segment's
`context.consent.categoryPreferences` ({purpose: true or false}) on any event.
"""

from dataclasses import dataclass

from hub.clock import Instant
from hub.events import Event

MAX_PURPOSES = 100
"""Of those that clients name the shortest names are kept: machines make the long ones, and the same 100 stay
in any order of arrival. Who never wants to hear by a channel again is remembered beside these."""
LONGEST_PURPOSE = 100
CHANNEL = "channel:"
"""Before a channel's name: the purpose under which "never again by this channel" is kept. It is the hub's
own: what stands in a web page cannot undo it."""


@dataclass(frozen=True, slots=True)
class Consent:
    given: bool
    at: Instant

    @property
    def rank(self) -> tuple[Instant, bool]:
        return (self.at, not self.given)


Consents = dict[str, Consent]


def hear(consents: Consents, event: Event) -> bool:
    """Take in an event's preferences; True if it had any that count."""
    spoken = event.context.get("consent")
    preferences = spoken.get("categoryPreferences") if isinstance(spoken, dict) else None
    if not isinstance(preferences, dict):
        return False
    heard = [
        _keep(consents, str(name), Consent(given, event.at))
        for name, given in preferences.items()
        if isinstance(given, bool) and len(name) <= LONGEST_PURPOSE and not name.startswith(CHANNEL)
    ]
    _bound(consents)
    return any(heard)


def withdraw(consents: Consents, purpose: str, at: Instant) -> bool:
    return _keep(consents, purpose, Consent(given=False, at=at))


def join(left: Consents, right: Consents) -> Consents:
    joined = dict(left)
    for purpose, consent in right.items():
        _keep(joined, purpose, consent)
    _bound(joined)
    return joined


def _keep(consents: Consents, purpose: str, candidate: Consent) -> bool:
    standing = consents.get(purpose)
    if standing is not None and standing.rank >= candidate.rank:
        return False
    consents[purpose] = candidate
    return True


def _bound(consents: Consents) -> None:
    if len(consents) > MAX_PURPOSES:
        named = [name for name in consents if not name.startswith(CHANNEL)]
        for name in sorted(named, key=lambda name: (len(name), name))[MAX_PURPOSES:]:
            del consents[name]
