"""When a message that went back may be looked at again."""

import math

from hub.clock import MINUTE, SECOND, Duration
from hub.connector_kit.results import Again

_FIRST: dict[str, Duration] = {"failing": 2 * SECOND, "waiting": 1 * SECOND, "auth": 10 * SECOND}
_LONGEST = 15 * MINUTE
VISIBILITY = 6 * 60
"""Seconds that a connector's queue leaves a message to whoever received it."""
LONGEST_HIDDEN = 12 * 60 * 60 - VISIBILITY
"""Seconds. SQS hides a message for twelve hours in all, counted from when it was received, and refuses a wish
for more: what passed since is less than the visibility, for after that the message is somebody else's."""


def seconds_until(again: Again, attempts: int, *, speed: float, luck: float) -> int:
    """Real seconds. `attempts`: how often the message was tried, this time included. `luck`: 0 to 1, evenly.

    Exponential with full jitter, and `speed` times faster in a rehearsal; what somebody asked us to wait is a
    fact of the real world and holds as it is.
    """
    ceiling = min(_LONGEST, _FIRST[again.kind] * 2 ** min(attempts - 1, 16)) / speed
    wait = ceiling * luck if again.after is None else again.after
    return min(LONGEST_HIDDEN, max(1, math.ceil(wait / SECOND)))
