"""The hub of rehearsals (`cli.rehearsal.hub_in_memory`), with a foot in every door: repeats and crashes."""

from collections.abc import Callable
from typing import Any

from cli.rehearsal.hub_in_memory import HubInMemory
from hub.clock import Instant
from hub.deliveries import Message
from hub.identities import Identifier
from hub.profiles import Profile
from hub.strategy.strategy import Strategy
from tests.trouble import Around, Crash, Watched


class HubInHand(HubInMemory):
    """`repeated`: what AWS hands over at least once, it hands over twice. `around`: see tests/trouble.py.

    `late`: a copy of every message to a connector is handed over once more so long after, and what waits in a
    queue comes out of it in the wrong order.
    """

    def __init__(
        self,
        strategy: Strategy,
        start: Instant,
        *,
        repeated: bool = False,
        late: int = 0,
        around: Around = lambda call: call(),
    ) -> None:
        super().__init__(strategy, start)
        self._times = 2 if repeated else 1
        self._late = late
        self._around = around
        self._reacting = False
        self._copied: list[Message] = []

    def profile(self, *who: Identifier) -> Profile:
        [profile_id] = {self.profiles.owners[one] for one in who}
        found = self.profiles.get(profile_id)
        assert found
        return found

    def _react(self) -> bool:
        """A stream is worked off in order: what comes while a batch of it is in work, waits for its end."""
        if self._reacting:
            return False
        self._reacting = True
        try:
            return super()._react()
        finally:
            self._reacting = False

    def _hand_over(self, batch: list[Message], connector: Any) -> None:
        super()._hand_over(batch[::-1] if self._late else batch, connector)
        if self._late:
            fresh = [one for one in batch if one not in self._copied]
            self._copied += fresh
            self._again.waiting += [(self.time.now() + self._late, one) for one in fresh]

    def _port(self, port: Any) -> Any:
        return Watched(port, self._around)

    def _hand(self, work: Callable[[], object]) -> None:
        """At least once: a Lambda that died is given the same again."""
        for _ in range(self._times):
            try:
                work()
            except Crash:
                work()
