"""Time as an event (P2): what becomes true or false of a customer, and exactly when.

A profile is *turned* at an instant: memberships, enrollments, goals and exits are brought up to it.
It is turned where an event happened and where an answer changes by itself, never in between, so
memberships are the same however late the queue or the timer was. Events of one instant are taken in
before it is turned there: they count together, and before what time itself brings at that instant.
"""

from collections.abc import Iterable, Sequence

from hub import enrolling
from hub.clock import HOUR, Instant
from hub.enrollments import Breakdown
from hub.evaluators import NO_FLOOR, earliest
from hub.events import Event
from hub.hindsight import Past, held_since
from hub.identities import Identifier
from hub.profiles import Profile, apply, first_seen, join
from hub.recalling import Recall, remember_again
from hub.rules import Rules, SegmentRule

MOVE_FROM = HOUR
"""Longer than a session: or every event of it would move the timer."""


def live(profile: Profile, event: Event, rules: Rules, heard: Sequence[Identifier] | None = None) -> bool:
    """Let an event happen to a customer: time passes up to it, then it is taken in. False if it was known.

    What it changes shows when time is let pass up to its instant (`settle`), after all that happened then.
    """
    settle(profile, event.at - 1, rules)
    if not apply(profile, event, rules, heard):
        return False
    _notice(profile, event.at, rules.touched_by(event))
    return True


def recall(profile: Profile, told: Recall, rules: Rules) -> bool:
    """Let her remember something of her past for rules that are new; False if she does already.

    Nothing else of her moves, and no time passes before all that is told has been taken in.
    """
    if not remember_again(profile, told, rules):
        return False
    _notice(profile, told.event.at, rules.touched_by(told.event))
    return True


def break_off(profile: Profile, told: Breakdown, rules: Rules) -> bool:
    """The machine of a run broke; False if the run was over already. Who bought before has bought."""
    settle(profile, told.at, rules)
    return enrolling.fail(profile, told.enrollment_id, told.at)


def unite(winner: Profile, loser: Profile, at: Instant, rules: Rules) -> Profile:
    """Two customers turn out to be one: time passes up to that instant for both, then they are joined."""
    settle(winner, at - 1, rules)
    settle(loser, at - 1, rules)
    joined = join(winner, loser, rules)
    _notice(joined, at, ())
    return joined


def settle(profile: Profile, until: Instant, rules: Rules) -> None:
    """Let time pass up to an instant, stopping wherever an answer changes by itself or an event waits."""
    as_stored = profile.changes is None and profile.news_at is None
    known = {one.journey for one in profile.enrollments.values()} if as_stored and rules.taking_in else set()
    if as_stored and profile.identifiers:
        _turn(profile, profile.settled_at, rules)
    while profile.wake_at is not None and profile.wake_at <= until:
        _turn(profile, profile.wake_at, rules)
    profile.settled_at = max(profile.settled_at, until)
    if as_stored and profile.identifiers:
        enrolling.end_strays(profile, rules)
    if as_stored and profile.version and rules.taking_in:
        enrolling.take_in(profile, known, rules)


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


def _notice(profile: Profile, at: Instant, touched: Iterable[int]) -> None:
    """Something happened; who hears of it late, turns at the instant up to which time has passed already."""
    if at < profile.settled_at:
        profile.late_at = at if profile.late_at is None else min(at, profile.late_at)
        if at <= first_seen(profile):
            # She has been there for longer than was known, and in whatever is true without any event.
            touched = range(len(profile.changes or ()))
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
            enrolling.enroll(profile, journey, at, rules)
    profile.late_at = None
    due = [change for change in profile.changes or () if change is not None]
    profile.wake_at = min(due) if due else None
    if profile.enrollments:
        profile.wake_at = earliest(profile.wake_at, *enrolling.turn(profile, at, rules))


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
        elif not _keep_member(profile, rule, since, at, rules):
            continue
        elif since is None:
            entered.append(rule.name)
        for dependent in rule.dependents:
            changes[dependent] = at
    return entered


def _keep_member(
    profile: Profile, rule: SegmentRule, since: Instant | None, at: Instant, rules: Rules
) -> bool:
    """She is in, since now or, where an event came late, since when it was true; True if that is news."""
    late, begin = profile.late_at, at if since is None else since
    if late is not None:
        past = Past(profile=profile, specs=rules.spec_by_key, late=late, now=at)
        begin = held_since(rule.evaluator, past, since)
    profile.memberships[rule.name] = begin
    return begin != since


def _leave(profile: Profile, segment: str, at: Instant) -> None:
    entered_at = profile.memberships.pop(segment)
    if profile.left is not None:
        profile.left.append((segment, entered_at, at))
