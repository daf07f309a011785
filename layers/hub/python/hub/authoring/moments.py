"""When something happens in a case: so long after its start, or at a time with its day."""

from contextlib import suppress

from hub.clock import Instant, format_instant, parse_instant
from hub.strategy.durations import parse_duration
from hub.strategy.model import Mistake

# A wait, a window or a run may reach a century further, and must still be a date.
_FIRST, _LAST = parse_instant("1970-01-01"), parse_instant("2999-12-31T23:59:59.999Z")


def in_calendar(instant: Instant, told: str = "") -> Instant:
    """The instant itself; Mistake where it lies outside the years that a case may speak of.

    `told`: as it was written.
    """
    if _FIRST <= instant <= _LAST:
        return instant
    raise Mistake(f"'{told or format_instant(instant)}' is too far away", "write a time from 1970 to 2999")


def read_moment(written: object, start: Instant) -> Instant:
    """30m (after the start), or a time; Mistake for anything else."""
    text = str(written)
    return in_calendar(_instant(text, start), text)


def _instant(text: str, start: Instant) -> Instant:
    with suppress(Mistake):
        return start + parse_duration(text)
    with suppress(ValueError, OverflowError):
        return parse_instant(text)
    advice = "write 30m (after the start), or a time such as 2026-11-22T08:00:00Z"
    raise Mistake(f"'{text}' is no time", advice)
