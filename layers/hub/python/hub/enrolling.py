"""Runs through journeys as time passes: who enters, and what ends it. `hub.timeline` says when to look."""

from dataclasses import replace

from hub import attribution, enrollments, restarting, variants
from hub.clock import Instant
from hub.documents import document
from hub.enrollments import KEPT_CLOSED, Arm, Conversion, Enrollment, Outcome
from hub.evaluators import NO_FLOOR, earliest
from hub.keyed_runs import seen_by
from hub.profiles import Profile, bucket_of
from hub.reading import pick, read_id
from hub.rules import JourneyRule, Rules

KEPT_CONVERSIONS = 20


def open_enrollments(profile: Profile) -> list[Enrollment]:
    return [one for one in profile.enrollments.values() if one.closed_at is None]


def enroll(profile: Profile, journey: JourneyRule, at: Instant, rules: Rules) -> None:
    key = _key_of(profile, journey)
    same_key = [one for one in profile.enrollments.values() if (one.journey, one.key) == (journey.name, key)]
    if _may_enter(same_key, journey, at):
        _begin_run(profile, journey, key, at, rules)


def take_in(profile: Profile, known: set[str], rules: Rules) -> None:
    """A journey that includes members takes in who was one before it knew of her, once she is looked at.

    `known`: the journeys she had been in as she was stored. What this look itself finds out of the past, a
    run that began and ended there, does not count: nobody heard of it.
    """
    for segment, journey in rules.taking_in:
        is_running = any(one.journey == journey.name for one in open_enrollments(profile))
        if segment in profile.memberships and journey.name not in known and not is_running:
            _begin_run(profile, journey, _key_of(profile, journey), profile.settled_at, rules)
            profile.wake_at = earliest(profile.wake_at, *turn(profile, profile.settled_at, rules))


def end_strays(profile: Profile, rules: Rules) -> None:
    """A run of a journey that is in the strategy no more ends when its customer is looked at.

    Nobody could tell its goal any more, and nothing of it would be undone before its time is up.
    """
    for one in open_enrollments(profile):
        if one.journey not in rules.journeys:
            _close(profile, one, profile.settled_at, "ended")


def fail(profile: Profile, enrollment_id: str, at: Instant) -> bool:
    """A run's machine broke; False if it was over already."""
    one = profile.enrollments.get(enrollment_id)
    if one is None or one.closed_at is not None:
        return False
    _close(profile, one, at, "failed")
    return True


def turn(profile: Profile, at: Instant, rules: Rules) -> list[Instant | None]:
    """End those whose goal, exit or time has come; when the others can change next."""
    for one in open_enrollments(profile):
        _check(profile, one, at, rules)
    return [_next_of(profile, one, rules) for one in open_enrollments(profile)]


def _begin_run(profile: Profile, journey: JourneyRule, key: str, at: Instant, rules: Rules) -> None:
    if journey.name in rules.closed:
        return
    before = [one for one in profile.enrollments.values() if one.journey == journey.name]
    arm, draw = _drawn(profile, journey, before, rules)
    one = Enrollment(
        enrollment_id=enrollments.enrollment_id(journey.name, profile.profile_id, key, at),
        journey=journey.name,
        key=key,
        entered_at=at,
        ends_at=at + journey.ends_after,
        arm=arm,
        restarts=restarting.restarts_before([one for one in before if one.key == key]),
        cart=restarting.cart_at_entry(profile, journey, key),
        version=journey.version,
        draw=draw,
        keyed_by=journey.key,
    )
    profile.enrollments[one.enrollment_id] = one
    _forget_oldest_closed(profile)


def _drawn(profile: Profile, journey: JourneyRule, before: list[Enrollment], rules: Rules) -> tuple[Arm, int]:
    """Her arm, and what her variants go by: those of her last run in this version, else drawn anew."""
    last = max((one for one in before if one.version == journey.version), key=_entry, default=None)
    if last is not None and last.draw is not None:
        return last.arm, last.draw
    bucket = bucket_of(profile)
    return rules.arm_of(bucket, journey), variants.draw(bucket, journey.name, journey.version)


def _may_enter(same_key: list[Enrollment], journey: JourneyRule, at: Instant) -> bool:
    """Once a key; again after a restart, or as the journey says; never while she is still in it."""
    if any(one.closed_at is None for one in same_key):
        return False
    last = max(same_key, key=_entry, default=None)
    if last is None or last.outcome == "restarted":
        return True
    return journey.again_after is not None and at >= last.entered_at + journey.again_after


def _key_of(profile: Profile, journey: JourneyRule) -> str:
    value = pick(document(profile), journey.key) if journey.key else None
    return "" if value is None else read_id(value)


def _check(profile: Profile, one: Enrollment, at: Instant, rules: Rules) -> None:
    """Goal before exit before a changed cart before time: who bought in the last second has bought."""
    journey, seen = rules.journeys.get(one.journey), seen_by(profile, one)
    if journey is not None and journey.goal.evaluate(seen, at, one.entered_at)[0]:
        _convert(profile, one, journey, at, rules)
    elif journey is not None and journey.exit is not None and journey.exit.evaluate(seen, at, NO_FLOOR)[0]:
        _close(profile, one, at, "exit")
    elif journey is not None and restarting.is_due(profile, one, journey):
        _close(profile, one, at, "restarted")
    elif at >= one.ends_at:
        _close(profile, one, at, "ended")


def _convert(profile: Profile, one: Enrollment, journey: JourneyRule, at: Instant, rules: Rules) -> None:
    happened_at, mark = journey.event_of(profile, one.entered_at)
    conversion = Conversion(
        enrollment_id=one.enrollment_id,
        journey=one.journey,
        # Of an order told late, its own time: what she was sent meanwhile did not lead to it.
        at=at if happened_at is None else happened_at,
        order_id=journey.order_of(profile, one.entered_at),
        value=journey.value_of(profile, one.entered_at),
        mark=mark,
    )
    known = (*profile.conversions, conversion)
    told = attribution.in_order(known, profile.touches, rules.policy.look_back)
    profile.conversions = told[-KEPT_CONVERSIONS:]
    _close(profile, one, at, "goal")


def _close(profile: Profile, one: Enrollment, at: Instant, outcome: Outcome) -> None:
    profile.enrollments[one.enrollment_id] = replace(one, closed_at=at, outcome=outcome)


def _next_of(profile: Profile, one: Enrollment, rules: Rules) -> Instant | None:
    journey = rules.journeys.get(one.journey)
    if journey is None:
        return one.ends_at
    seen = seen_by(profile, one)
    goal = journey.goal.evaluate(seen, profile.settled_at, one.entered_at)[1]
    leave = journey.exit.evaluate(seen, profile.settled_at, NO_FLOOR)[1] if journey.exit else None
    return earliest(one.ends_at, goal, leave)


def _forget_oldest_closed(profile: Profile) -> None:
    """The last of each journey is kept: whether she may enter again and which arm she is in hang on it."""
    closed = sorted((one for one in profile.enrollments.values() if one.closed_at is not None), key=_entry)
    last = {one.journey: one.enrollment_id for one in closed}
    forgettable = [one for one in closed if last[one.journey] != one.enrollment_id]
    for one in forgettable[: max(0, len(closed) - KEPT_CLOSED)]:
        del profile.enrollments[one.enrollment_id]


def _entry(one: Enrollment) -> tuple[Instant, str]:
    return (one.entered_at, one.enrollment_id)
