"""Time as an event (P2): what becomes true or false of a customer, and exactly when.

A profile is *turned* at an instant: memberships, enrollments, goals and exits are brought up to it.
It is turned where an event happened and where an answer changes by itself, never in between, so
memberships are the same however late the queue or the timer was.
"""

from dataclasses import replace

from hub import enrollments, touches
from hub.aggregates import pick
from hub.clock import Instant
from hub.documents import document
from hub.enrollments import KEPT_CLOSED, Conversion, Enrollment, Outcome, TrailTouch
from hub.evaluators import NO_FLOOR, earliest
from hub.events import Event
from hub.profiles import Profile, apply
from hub.rules import JourneyRule, Rules

KEPT_CONVERSIONS = 20


def live(profile: Profile, event: Event, rules: Rules) -> bool:
    """Let an event happen to a customer: time passes up to it, then it counts. False if it was known."""
    settle(profile, event.at - 1, rules)
    if not apply(profile, event, rules):
        return False
    _turn(profile, max(event.at, profile.settled_at), rules, rules.touched_by(event))
    return True


def settle(profile: Profile, until: Instant, rules: Rules) -> None:
    """Let time pass up to an instant, stopping wherever an answer changes by itself."""
    if profile.changes is None:
        _turn(profile, profile.settled_at, rules, rules.everything)
    while (due := next_change(profile, rules)) is not None and due <= until:
        _turn(profile, due, rules, ())
    profile.settled_at = max(profile.settled_at, until)


def next_change(profile: Profile, rules: Rules) -> Instant | None:
    """The first instant after `settled_at` at which anything about the customer can change by itself."""
    return earliest(
        *(profile.changes or ()), *(_next_of(profile, one, rules) for one in open_enrollments(profile))
    )


def arm_tick(profile: Profile, rules: Rules, now: Instant) -> None:
    """Decide the one timer of the profile, after it was settled up to now.

    A timer that is armed already and not later than needed is left alone: it goes off early, finds
    nothing, and is armed again. So a session of events costs two timers and not one an event.
    """
    needed = next_change(profile, rules)
    pending = profile.tick_at if profile.tick_at is not None and profile.tick_at > now else None
    if needed is not None and (pending is None or needed < pending):
        pending = needed
    profile.tick_at = pending


def open_enrollments(profile: Profile) -> list[Enrollment]:
    return [one for one in profile.enrollments.values() if one.closed_at is None]


def _turn(profile: Profile, at: Instant, rules: Rules, touched: tuple[int, ...]) -> None:
    changes = profile.changes if profile.changes is not None else [None] * len(rules.segments)
    due = {*touched, *(index for index, change in enumerate(changes) if change is not None and change <= at)}
    profile.changes = changes
    profile.settled_at = max(profile.settled_at, at)
    entered = _turn_segments(profile, at, rules, due)
    for journey in (journey for name in entered for journey in rules.journeys_entered_by(name)):
        _enroll(profile, journey, at, rules)
    for one in open_enrollments(profile):
        _check(profile, one, at, rules)


def _turn_segments(profile: Profile, at: Instant, rules: Rules, due: set[int]) -> list[str]:
    """Evaluate what is due, and what looks at a segment that changed; the names entered."""
    entered = []
    for index, rule in enumerate(rules.segments):
        if index not in due:
            continue
        holds, profile.changes[index] = rule.evaluator.evaluate(profile, at, NO_FLOOR)  # type: ignore[index]
        if holds == (rule.name in profile.memberships):
            continue
        due.update(rule.dependents)
        if holds:
            profile.memberships[rule.name] = at
            entered.append(rule.name)
        else:
            entered_at = profile.memberships.pop(rule.name)
            if profile.left is not None:
                profile.left.append((rule.name, entered_at, at))
    return entered


def _enroll(profile: Profile, journey: JourneyRule, at: Instant, rules: Rules) -> None:
    key = _key_of(profile, journey)
    before = [one for one in profile.enrollments.values() if one.journey == journey.name]
    if not _may_enter([one for one in before if one.key == key], journey, at):
        return
    one = Enrollment(
        enrollment_id=enrollments.enrollment_id(journey.name, profile.profile_id, key, at),
        journey=journey.name,
        key=key,
        entered_at=at,
        ends_at=at + journey.ends_after,
        arm=before[-1].arm if before else rules.arm_of(profile.profile_id, journey),
    )
    profile.enrollments[one.enrollment_id] = one
    _forget_oldest_closed(profile)


def _may_enter(same_key: list[Enrollment], journey: JourneyRule, at: Instant) -> bool:
    """Once a key; again only where the journey says after how long, and never while she is still in it."""
    if any(one.closed_at is None for one in same_key):
        return False
    last = max((one.entered_at for one in same_key), default=None)
    return last is None or (journey.again_after is not None and at >= last + journey.again_after)


def _key_of(profile: Profile, journey: JourneyRule) -> str:
    value = pick(document(profile), journey.key) if journey.key else None
    return "" if value is None else str(value)


def _check(profile: Profile, one: Enrollment, at: Instant, rules: Rules) -> None:
    """Goal before exit before time: who bought in the last second has bought."""
    journey = rules.journeys.get(one.journey)
    if journey is not None and journey.goal.evaluate(profile, at, one.entered_at)[0]:
        _convert(profile, one, journey, at)
    elif (
        journey is not None
        and journey.exit is not None
        and journey.exit.evaluate(profile, at, one.entered_at)[0]
    ):
        _close(profile, one, at, "exit")
    elif at >= one.ends_at:
        _close(profile, one, at, "ended")


def _convert(profile: Profile, one: Enrollment, journey: JourneyRule, at: Instant) -> None:
    conversion = Conversion(
        enrollment_id=one.enrollment_id,
        journey=one.journey,
        at=at,
        order_id=journey.order_of(profile, one.entered_at),
        value=journey.value_of(profile, one.entered_at),
        trail=tuple(
            TrailTouch(
                touch.connector, touch.action, touch.channel, touch.step, touch.first_at, touch.status.value
            )
            for touch in touches.trail(profile.touches, until=at, journeys=(one.journey,))
        ),
    )
    profile.conversions = (*profile.conversions, conversion)[-KEPT_CONVERSIONS:]
    _close(profile, one, at, "goal")


def _close(profile: Profile, one: Enrollment, at: Instant, outcome: Outcome) -> None:
    profile.enrollments[one.enrollment_id] = replace(one, closed_at=at, outcome=outcome)


def _forget_oldest_closed(profile: Profile) -> None:
    closed = sorted(
        (one for one in profile.enrollments.values() if one.closed_at is not None),
        key=lambda one: one.entered_at,
    )
    for one in closed[: max(0, len(closed) - KEPT_CLOSED)]:
        del profile.enrollments[one.enrollment_id]


def _next_of(profile: Profile, one: Enrollment, rules: Rules) -> Instant | None:
    journey = rules.journeys.get(one.journey)
    if journey is None:
        return one.ends_at
    goal = journey.goal.evaluate(profile, profile.settled_at, one.entered_at)[1]
    leave = journey.exit.evaluate(profile, profile.settled_at, one.entered_at)[1] if journey.exit else None
    return earliest(one.ends_at, goal, leave)
