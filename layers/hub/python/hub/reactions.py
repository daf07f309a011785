"""From a changed profile to what must follow: a pure comparison of before and after.

The profile's table is the outbox: whatever was decided in its conditional write is read off its
stream here, at least once, so that a crash between deciding and doing cannot lose anything.
"""

from dataclasses import dataclass

from hub.clock import Instant
from hub.deliveries import NO_LONGER_WANTED, Status
from hub.enrollments import Enrollment, Outcome, begun_under
from hub.evaluators import explain
from hub.evidence import Evidence, fitted
from hub.policy import consents
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
    """Under which it began."""
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


@dataclass(frozen=True)
class LookAgain:
    """What stood against a run's levels may be gone: a consent is given, or she can be reached by more."""

    enrollment_id: str
    settled: frozenset[str] = frozenset()
    """Messages that were refused for something else: that they stay."""


Reaction = ArmTimer | Enter | Leave | Start | Finish | Withdraw | LookAgain


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
        *(_second_looks(old, after, rules) if before else []),
    ]


def _without_members(pointer: Profile) -> Profile:
    """What followed of her was taken back as she was merged; only her runs went on."""
    return Profile(
        pointer.profile_id,
        identifiers=pointer.identifiers,
        enrollments=pointer.enrollments,
        consents=pointer.consents,
    )


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
        Start(one, _runner(one, new), rules.journey_versions.get(one.journey, ""))
        for key, one in sorted(new.enrollments.items())
        if key not in old.enrollments and one.closed_at is None and one.journey in rules.journeys
    ]
    finished = [
        Finish(one.enrollment_id, one.outcome, one.closed_at, one.journey in rules.journeys)
        for key, one in sorted(new.enrollments.items())
        if one.outcome is not None and one.closed_at is not None and not _was_closed(old, key)
    ]
    return [*started, *finished]


def _runner(one: Enrollment, profile: Profile) -> str:
    """Who entered: a run may begin in the very write by which she becomes part of somebody.

    While they are one, her id leads to both; if that is undone, it leads to her, with whom the run goes.
    """
    ids = (profile.profile_id, *sorted(profile.merged))
    return begun_under(one, ids) or profile.profile_id


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


# How the reasons begin that a consent or an address takes away. A cap errs to the quiet side: it is final.
_MAY_GO = ("no consent", "unsubscribed", "no address", NO_LONGER_WANTED)


def _second_looks(old: Profile, new: Profile, rules: Rules) -> list[Reaction]:
    """A level is wanted until its run is over, so who refused it once is asked again."""
    if not (_can_be_reached_by_more(old, new) or _is_given_more(old, new, rules)):
        return []
    still_open = (one.enrollment_id for one in new.enrollments.values() if one.closed_at is None)
    return [LookAgain(enrollment_id, _settled(new, enrollment_id)) for enrollment_id in still_open]


def _can_be_reached_by_more(old: Profile, new: Profile) -> bool:
    """By no vendor is she reached by the name of a browser."""
    return any(kind != "anonymous_id" for kind, _ in new.identifiers.keys() - old.identifiers.keys())


def _is_given_more(old: Profile, new: Profile, rules: Rules) -> bool:
    policy = rules.policy
    return any(consents(new, name, policy) and not consents(old, name, policy) for name in new.consents)


def _settled(profile: Profile, enrollment_id: str) -> frozenset[str]:
    return frozenset(
        touch.message_id
        for touch in profile.touches.values()
        if touch.enrollment_id == enrollment_id
        and touch.status is Status.WITHHELD
        and not touch.reason.startswith(_MAY_GO)
    )
