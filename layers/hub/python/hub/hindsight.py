"""Since when has it been true? Asked where an event came late: the past is looked at again.

What is remembered is bounded, so this tells what can still be told: never earlier than the late
event, never later than when it was heard of.
"""

from bisect import bisect_right

from hub.clock import Instant
from hub.evaluators import NO_FLOOR, Evaluator
from hub.profiles import Profile

MOST_LOOKS = 200
"""A rule that would have to be looked at more often is said to hold since it was heard of."""


def held_since(rule: Evaluator, profile: Profile, late: Instant, now: Instant) -> Instant:
    """From when on the rule, which holds now, has held without a break; `late` at the earliest."""
    happened = sorted({entry[0] for entries in profile.aggregates.values() for entry in entries})
    since: Instant | None = None
    at = late
    for _ in range(MOST_LOOKS):
        if at >= now:
            return now if since is None else since
        holds, change = rule.evaluate(profile, at, NO_FLOOR)
        if not holds:
            since = None
        elif since is None:
            since = at
        at = _next_look(at, change, happened, now)
    return now


def _next_look(at: Instant, change: Instant | None, happened: list[Instant], now: Instant) -> Instant:
    """The answer can change by itself, or at an event: evaluators do not know of what was still to come."""
    place = bisect_right(happened, at)
    event = happened[place] if place < len(happened) else now
    return min(event, now if change is None else max(change, at + 1))
