"""Consent: per purpose, the latest word by event time; a withdrawal wins a tie.

Purposes are what `strategy/policy.yaml` names; a customer's word arrives as Segment's
`context.consent.categoryPreferences` ({purpose: true or false}) on any event.
"""

from dataclasses import dataclass

from hub.clock import Instant
from hub.events import Event


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
        if isinstance(given, bool)
    ]
    return any(heard)


def withdraw(consents: Consents, purpose: str, at: Instant) -> bool:
    return _keep(consents, purpose, Consent(given=False, at=at))


def join(left: Consents, right: Consents) -> Consents:
    joined = dict(left)
    for purpose, consent in right.items():
        _keep(joined, purpose, consent)
    return joined


def _keep(consents: Consents, purpose: str, candidate: Consent) -> bool:
    standing = consents.get(purpose)
    if standing is not None and standing.rank >= candidate.rank:
        return False
    consents[purpose] = candidate
    return True
