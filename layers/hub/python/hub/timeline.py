"""Time as an event (P2): what becomes true or false of a customer, and exactly when.

A profile is *turned* at an instant: memberships, enrollments, goals and exits are brought up to it.
It is turned where an event happened and where an answer changes by itself, never in between, so
memberships are the same however late the queue or the timer was. Events of one instant are taken in
before it is turned there: they count together, and before what time itself brings at that instant.
"""

from dataclasses import replace

from hub import enrollments, touches
from hub.clock import HOUR, Instant
from hub.documents import document
from hub.enrollments import KEPT_CLOSED, Conversion, Enrollment, Outcome, TrailTouch
from hub.evaluators import NO_FLOOR, earliest
from hub.events import Event
from hub.hindsight import held_since
from hub.profiles import Profile, apply, join
from hub.reading import pick
from hub.rules import JourneyRule, Rules, SegmentRule

KEPT_CONVERSIONS = 20
MOVE_FROM = HOUR
"""Longer than a session: or every event of it would move the timer."""


def live(profile: Profile, event: Event, rules: Rules) -> bool:
    """Let an event happen to a customer: time passes up to it, then it is taken in. False if it was known.

    What it changes shows when time is let pass up to its instant (`settle`), after all that happened then.
    """
    settle(profile, event.at - 1, rules)
    if not apply(profile, event, rules):
        return False
    _notice(profile, event.at, rules.touched_by(event))
    return True


def unite(winner: Profile, loser: Profile, at: Instant, rules: Rules) -> Profile:
    """Two customers turn out to be one: time passes up to that instant for both, then they are joined."""
    settle(winner, at - 1, rules)
    settle(loser, at - 1, rules)
    joined = join(winner, loser, rules)
    _notice(joined, at, ())
    return joined


def settle(profile: Profile, until: Instant, rules: Rules) -> None:
    """Let time pass up to an instant, stopping wherever an answer changes by itself or an event waits."""
    if profile.changes is None and profile.news_at is None and profile.last_own_at is not None:
        _turn(profile, profile.settled_at, rules)
    while profile.wake_at is not None and profile.wake_at <= until:
        _turn(profile, profile.wake_at, rules)
    profile.settled_at = max(profile.settled_at, until)


def arm_tick(profile: Profile, now: Instant) -> None:
    """Decide the one timer of the profile, after it was settled up to now.

    A timer that is armed already and not later than needed is left alone: it goes off early, finds
    nothing, and is armed again. So a session of events costs two timers and not one an event. Only one
    that is far and far too early, a returning visitor's, is moved: that is free, its going off is not.
    """
    needed = profile.wake_at
    pending = profile.tick_at if profile.tick_at is not None and profile.tick_at > now else None
    if needed is not None and (pending is None or needed < pending or _is_worth_moving(pending, needed, now)):
        pending = needed
    profile.tick_at = pending


def _is_worth_moving(pending: Instant, needed: Instant, now: Instant) -> bool:
    return pending - now > MOVE_FROM and needed - pending > MOVE_FROM


def open_enrollments(profile: Profile) -> list[Enrollment]:
    return [one for one in profile.enrollments.values() if one.closed_at is None]


def _notice(profile: Profile, at: Instant, touched: tuple[int, ...]) -> None:
    """Something happened; who hears of it late, turns at the instant up to which time has passed already."""
    if at < profile.settled_at:
        profile.late_at = at if profile.late_at is None else min(at, profile.late_at)
    profile.news_at = profile.wake_at = max(at, profile.settled_at, profile.news_at or 0)
    if profile.changes is not None:
        for place in touched:
            profile.changes[place] = profile.news_at


def _turn(profile: Profile, at: Instant, rules: Rules) -> None:
    profile.settled_at = at
    profile.news_at = None
    if profile.changes is None:
        _begin(profile, at, rules)
    for name in _turn_segments(profile, profile.changes or [], at, rules):
        for journey in rules.journeys_entered_by(name):
            _enroll(profile, journey, at, rules)
    profile.late_at = None
    due = [change for change in profile.changes or () if change is not None]
    profile.wake_at = min(due) if due else None
    if profile.enrollments:
        profile.wake_at = earliest(profile.wake_at, *_turn_enrollments(profile, at, rules))


def _begin(profile: Profile, at: Instant, rules: Rules) -> None:
    """Nothing is known of when answers change: all are due. Segments that are no more have no members."""
    profile.changes = [at] * len(rules.segments)
    for name in profile.memberships.keys() - rules.segment_names:
        del profile.memberships[name]


def _turn_segments(profile: Profile, changes: list[Instant | None], at: Instant, rules: Rules) -> list[str]:
    """Evaluate what is due, and what looks at a segment that changed; the names entered."""
    entered = []
    for place, rule in enumerate(rules.segments):
        change = changes[place]
        if change is None or change > at:
            continue
        holds, changes[place] = rule.evaluator.evaluate(profile, at, NO_FLOOR)
        since = profile.memberships.get(rule.name)
        if holds == (since is not None) and (since is None or profile.late_at is None):
            continue
        if not holds:
            _leave(profile, rule.name, at)
        elif not _keep_member(profile, rule, since, at):
            continue
        elif since is None:
            entered.append(rule.name)
        for dependent in rule.dependents:
            changes[dependent] = at
    return entered


def _keep_member(profile: Profile, rule: SegmentRule, since: Instant | None, at: Instant) -> bool:
    """She is in, since now or, where an event came late, since when it was true; True if that is news."""
    late, standing = profile.late_at, at if since is None else since
    if late is not None and late < standing:
        standing = min(standing, held_since(rule.evaluator, profile, late, at))
    profile.memberships[rule.name] = standing
    return standing != since


def _turn_enrollments(profile: Profile, at: Instant, rules: Rules) -> list[Instant | None]:
    """End those whose goal, exit or time has come; when the others can change next."""
    for one in open_enrollments(profile):
        _check(profile, one, at, rules)
    return [_next_of(profile, one, rules) for one in open_enrollments(profile)]


def _leave(profile: Profile, segment: str, at: Instant) -> None:
    entered_at = profile.memberships.pop(segment)
    if profile.left is not None:
        profile.left.append((segment, entered_at, at))


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
        arm=max(before, key=_entry).arm if before else rules.arm_of(profile.profile_id, journey),
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
    elif journey is not None and journey.exit is not None and journey.exit.evaluate(profile, at, NO_FLOOR)[0]:
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
    """The last of each journey is kept: whether she may enter again and which arm she is in hang on it."""
    closed = sorted((one for one in profile.enrollments.values() if one.closed_at is not None), key=_entry)
    last = {one.journey: one.enrollment_id for one in closed}
    forgettable = [one for one in closed if last[one.journey] != one.enrollment_id]
    for one in forgettable[: max(0, len(closed) - KEPT_CLOSED)]:
        del profile.enrollments[one.enrollment_id]


def _entry(one: Enrollment) -> tuple[Instant, str]:
    return (one.entered_at, one.enrollment_id)


def _next_of(profile: Profile, one: Enrollment, rules: Rules) -> Instant | None:
    journey = rules.journeys.get(one.journey)
    if journey is None:
        return one.ends_at
    goal = journey.goal.evaluate(profile, profile.settled_at, one.entered_at)[1]
    leave = journey.exit.evaluate(profile, profile.settled_at, NO_FLOOR)[1] if journey.exit else None
    return earliest(one.ends_at, goal, leave)
