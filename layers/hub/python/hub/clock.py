"""The only source of now, and the only place that turns instants to text and back.

An *instant* is whole milliseconds since 1970-01-01T00:00:00Z, a *duration* whole milliseconds.
Hub time runs `speed` times as fast as real time (1 in production), so that a rehearsal stack
plays a 12-hour journey in a minute: every wait, window, cap and quiet hour is in hub time.
"""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

Instant = int
Duration = int

SECOND: Duration = 1_000
MINUTE: Duration = 60 * SECOND
HOUR: Duration = 60 * MINUTE
DAY: Duration = 24 * HOUR

# Whole numbers throughout: a float of seconds is off by a millisecond in some centuries.
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, kw_only=True)
class Clock:
    """Hub time: `start` at the real instant `origin`, and `speed` hub seconds a real second since."""

    speed: float = 1.0
    origin: Instant = 0
    start: Instant = 0

    def now(self) -> Instant:
        return self.at(real_now())

    def at(self, real: Instant) -> Instant:
        """The hub time at a real instant."""
        return self.start + round((real - self.origin) * self.speed)

    def real(self, instant: Instant) -> Instant:
        """The real instant at which hub time reaches `instant`: what AWS is told to wait for."""
        return self.origin + round((instant - self.start) / self.speed)


def real_now() -> Instant:
    return time.time_ns() // 1_000_000


def parse_instant(text: str) -> Instant:
    """An ISO 8601 time with any offset (none means UTC), or ValueError."""
    moment = datetime.fromisoformat(text)
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (aware - _EPOCH) // _MILLISECOND


def format_instant(instant: Instant) -> str:
    """2026-11-21T10:00:00Z, with milliseconds only where there are any."""
    moment = _EPOCH + instant * _MILLISECOND
    precision = "milliseconds" if instant % 1_000 else "seconds"
    return moment.isoformat(timespec=precision).replace("+00:00", "Z")
