"""When an event happened, going by a client's clock that may be wrong (Segment's formula)."""

from functools import lru_cache

from hub.clock import DAY, Duration, Instant, parse_instant

MAX_SKEW: Duration = 7 * DAY
"""A sentAt further than this from the hub's clock says nothing about the client's clock."""


_parse = lru_cache(maxsize=1_024)(parse_instant)
"""A line is asked for its time more than once, and many events bear the same one."""
_LAST: Instant = 253_402_300_799_999  # the end of the year 9999, where ISO 8601 as all software knows it ends


def read_instant(value: object) -> Instant | None:
    """A client's ISO 8601 text, or None for anything else: a strange time does not cost the event.

    Times before 1970 are nobody's: 0001-01-01 is how Go and .NET write that there is none.
    """
    if type(value) is not str:
        return None
    try:
        instant = _parse(value)
    except (ValueError, OverflowError):
        return None
    return instant if 0 <= instant <= _LAST else None


def event_time(
    original_at: Instant | None, sent_at: Instant | None, received_at: Instant, max_skew: Duration = MAX_SKEW
) -> Instant:
    """received_at - (sent_at - original_at), never later than received_at.

    Sending is taken to need no time, so what lies between sent_at and received_at is the error of the
    client's clock. Without a usable sent_at nothing is corrected; without original_at it is received_at.
    """
    if original_at is None:
        return received_at
    if sent_at is None or abs(received_at - sent_at) > max_skew:
        return min(original_at, received_at)
    return min(received_at - sent_at + original_at, received_at)
