"""From a changed profile to what must follow: a pure comparison of before and after.

The profile's table is the outbox: whatever was decided in its conditional write is read off its
stream here, at least once, so that a crash between deciding and doing cannot lose anything.
"""

from dataclasses import dataclass

from hub.clock import Instant
from hub.enrollments import Enrollment, Outcome
from hub.evaluators import explain
from hub.evidence import Evidence, fitted
from hub.profiles import Profile
from hub.rules import Rules


@dataclass(frozen=True)
class ArmTimer:
    profile_id: str
    at: Instant


@dataclass(frozen=True)
class Enter:
    segment: str
    profile_id: str
    since: Instant
    evidence: Evidence
    version: str = ""
    """Of the rule that the evidence speaks of."""


@dataclass(frozen=True)
class Leave:
    segment: str
    profile_id: str


@dataclass(frozen=True)
class Start:
    enrollment: Enrollment
    profile_id: str
    version: str = ""
    """Of the journey's definition, on which the run finishes."""


@dataclass(frozen=True)
class Finish:
    enrollment_id: str
    outcome: Outcome
    at: Instant
    has_machine: bool = True
    """Its journey is in the strategy: a machine that went with its journey closes nothing any more."""


@dataclass(frozen=True)
class Withdraw:
    """A purpose is consented to no longer: what stands on it at vendors must go, now."""

    enrollment_id: str
    purposes: frozenset[str]
    at: Instant


Reaction = ArmTimer | Enter | Leave | Start | Finish | Withdraw


def reactions(
    before: Profile | None, after: Profile, rules: Rules, *, merged: bool, was_merged: bool = False
) -> list[Reaction]:
    """What follows from a profile's step from one stored state to the next.

    `merged`: it is a pointer now; nothing follows from a pointer that changes. `was_merged`: it was one.
    """
    old = before or Profile(after.profile_id)
    if merged and was_merged:
        return []
    if was_merged:
        old = _without_members(old)
    if merged:
        return [Leave(name, old.profile_id) for name in sorted(old.memberships)]
    return [
        *_timer(old, after),
        *_memberships(old, after, rules),
        *_enrollments(old, after, rules),
        *_withdrawals(old, after),
    ]


def _without_members(pointer: Profile) -> Profile:
    """What followed of her was taken back as she was merged; only her runs went on."""
    return Profile(pointer.profile_id, enrollments=pointer.enrollments, consents=pointer.consents)


def _timer(old: Profile, new: Profile) -> list[Reaction]:
    armed = new.tick_at is not None and new.tick_at != old.tick_at
    return [ArmTimer(new.profile_id, new.tick_at)] if armed and new.tick_at is not None else []


def _memberships(old: Profile, new: Profile, rules: Rules) -> list[Reaction]:
    left = [Leave(name, new.profile_id) for name in sorted(old.memberships.keys() - new.memberships.keys())]
    entered = [
        Enter(name, new.profile_id, since, _evidence(name, new, rules), rules.versions.get(name, ""))
        for name, since in sorted(new.memberships.items())
        if old.memberships.get(name) != since
    ]
    return [*left, *entered]


def _evidence(name: str, profile: Profile, rules: Rules) -> Evidence:
    """As of when it was stored: what happened after she entered may have pushed out what stood then."""
    found = next((rule for rule in rules.segments if rule.name == name), None)
    return fitted(explain(found.evaluator, profile, profile.settled_at)) if found else {}


def _enrollments(old: Profile, new: Profile, rules: Rules) -> list[Reaction]:
    """Who entered and is out again already (an import of the past) needs no machine.

    The end is said even of what was never known here: a merge brings enrollments that run elsewhere, also in
    journeys that are in the strategy no more; those have no machine to start, and end when she is looked at.
    """
    started = [
        Start(one, new.profile_id, rules.journey_versions.get(one.journey, ""))
        for key, one in sorted(new.enrollments.items())
        if key not in old.enrollments and one.closed_at is None and one.journey in rules.journeys
    ]
    finished = [
        Finish(one.enrollment_id, one.outcome, one.closed_at, one.journey in rules.journeys)
        for key, one in sorted(new.enrollments.items())
        if one.outcome is not None and one.closed_at is not None and not _was_closed(old, key)
    ]
    return [*started, *finished]


def _was_closed(profile: Profile, enrollment_id: str) -> bool:
    one = profile.enrollments.get(enrollment_id)
    return one is not None and one.closed_at is not None


def _withdrawals(old: Profile, new: Profile) -> list[Reaction]:
    withdrawn = {
        purpose: consent.at
        for purpose, consent in new.consents.items()
        if not consent.given and ((before := old.consents.get(purpose)) is None or before.given)
    }
    if not withdrawn:
        return []
    still_open = (one.enrollment_id for one in new.enrollments.values() if one.closed_at is None)
    return [
        Withdraw(enrollment_id, frozenset(withdrawn), max(withdrawn.values())) for enrollment_id in still_open
    ]
