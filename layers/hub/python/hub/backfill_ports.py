"""What a back-fill asks of the world; the adapters stand in `hub.aws`."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from hub.absorbing import Fact
from hub.backfilling import BackfillRun, Part
from hub.clock import Instant
from hub.counting import Counted
from hub.definitions import Definition, Key
from hub.profiles import Profile
from hub.recalling import Memory

Place = Mapping[str, Any]
"""Of the profiles table: where one stands, or where a page ended."""


@dataclass(frozen=True, slots=True)
class Page:
    profiles: list[Profile]
    items: int
    """Looked at for them."""
    place: Place | None
    """Where the next one begins; None: this was the last."""


@dataclass(frozen=True, slots=True)
class Keys:
    """Of profiles, and of pointers to what they became part of."""

    keys: list[Place]
    items: int
    place: Place | None


class Everybody(Protocol):
    """Every profile there is, in parts that can be read side by side."""

    def items(self) -> int:
        """How many there are in the table, about."""

    def parts(self) -> int: ...

    def pages(self, part: int, of: int, place: Place | None = None) -> Iterator[Page]:
        """From a place on."""

    def keys(self, part: int, of: int, place: Place | None, most: int) -> Keys:
        """One page, of `most` items."""


class Sayer(Protocol):
    def say(self, key: Place, at: Instant) -> None:
        """Let all that she is be heard again, in its turn; nothing of whom there is no more."""


class Counters(Protocol):
    def counted(self, segment: str) -> Counted:
        """The counter, and the members right after it."""

    def put_right(self, one: Counted, now: Instant) -> int | None:
        """By how much it was off, and no longer is; None if it moved since, and nothing was done."""

    def shift(self, one: Counted, change: int, now: Instant) -> None:
        """By so much, unless somebody else just did."""


class Definitions(Protocol):
    """What segments mean, and what is remembered for them."""

    def known(self) -> dict[Key, Definition]: ...

    def put(self, definition: Definition) -> None: ...

    def fill(self, key: Key, version: str, at: Instant) -> None:
        """Every profile has been held against that version; nothing if it is no longer the live one."""

    def forget_gone(self, key: Key) -> None:
        """Nothing if it has come back."""

    def memory(self) -> Memory | None:
        """None: nobody has written it down yet."""

    def begin(self, run: str, memory: Memory, then: Memory) -> None:
        """What is remembered as the run begins, and `then`, when it ends; no earlier run ends any more."""

    def end(self, run: str) -> bool:
        """False, and nothing, if another has begun since."""


class Progress(Protocol):
    def put_run(self, run: BackfillRun) -> None: ...

    def end_run(self, name: str, at: Instant) -> None:
        """Nothing if another one has begun since."""

    def put_part(self, part: Part) -> None: ...


class WaitingLine(Protocol):
    def put(self, packs: Iterable[Sequence[Fact]]) -> None:
        """A message a pack, of facts of one kind."""

    def waiting(self) -> int:
        """Messages, about; those in a consumer's hands are among them."""
