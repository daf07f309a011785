"""A clock that is moved by hand."""

from dataclasses import dataclass

from hub.clock import Instant


@dataclass
class HandClock:
    """Real and hub time in one: a speed of 1, moved by hand."""

    instant: Instant = 1_795_255_200_000

    def now(self) -> Instant:
        return self.instant

    def real_at(self, instant: Instant) -> Instant:
        return instant

    def hub_at(self, real: Instant) -> Instant:
        return real

    def advance(self, duration: int) -> None:
        self.instant += duration
