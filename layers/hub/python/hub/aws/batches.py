"""A batch of the events queue as SQS hands it over, and what becomes of each of its messages."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hub import facts
from hub.absorbing import Fact
from hub.aws.observability import in_short
from hub.facts import Letter
from hub.ports import DeadLetter, DeadLetters


class Batch:
    """A message is done with when all that is in it is: taken in, or given up and put among the dead letters.

    What fails comes again with its whole message, which harms nothing that was taken in. On the message's
    last receive, it becomes a dead letter of its own, so that the message need not.
    """

    def __init__(self, records: Sequence[Mapping[str, Any]], *, receives: int) -> None:
        """`receives`: how often SQS hands a message over before it gives it up."""
        self._letters: dict[str, Letter] = {}
        self._home: dict[int, str] = {}
        """Fact, by identity -> the message it came in."""
        self._dead: dict[str, list[DeadLetter]] = {}
        self._last = {one["messageId"] for one in records if _receives(one) >= receives}
        self._again: set[str] = set()
        for record in records:
            self._open(record["messageId"], facts.unfold(record["body"]))

    @property
    def facts(self) -> list[tuple[str, list[Fact]]]:
        """By message."""
        return [(message_id, letter.facts) for message_id, letter in self._letters.items()]

    @property
    def dead(self) -> list[DeadLetter]:
        """Of messages that are done with otherwise."""
        return [one for message_id in self._finished() for one in self._dead[message_id]]

    @property
    def failures(self) -> dict[str, list[dict[str, str]]]:
        """SQS's partial batch response."""
        return {"batchItemFailures": [{"itemIdentifier": one} for one in sorted(self._again)]}

    def has_time(self, fact: Fact) -> bool:
        """Its message may come again: SQS does not give it up after this."""
        return self._home[id(fact)] not in self._last

    def again(self, fact: Fact) -> None:
        """Something that passes was in the way."""
        self._again.add(self._home[id(fact)])

    def spoilt(self, fact: Fact, error: Exception) -> None:
        """It is the fact's own fault, as far as one can tell before it has been tried for the last time."""
        message_id = self._home[id(fact)]
        if message_id in self._last:
            self._dead[message_id].append(DeadLetter(facts.write(fact), in_short(error)))
        else:
            self._again.add(message_id)

    def bury(self, store: DeadLetters) -> None:
        """Put away what cannot be done; where that fails, its messages come again."""
        if not (letters := self.dead):
            return
        try:
            store.put(letters)
        except Exception:
            self._again.update(self._finished())
            raise

    def _open(self, message_id: str, letter: Letter) -> None:
        self._letters[message_id] = letter
        self._home |= {id(fact): message_id for fact in letter.facts}
        self._dead[message_id] = [
            DeadLetter(body, f"unreadable: {in_short(error)}") for body, error in letter.unread
        ]

    def _finished(self) -> Iterator[str]:
        yield from (one for one in sorted(self._dead) if self._dead[one] and one not in self._again)


def _receives(record: Mapping[str, Any]) -> int:
    return int(record["attributes"].get("ApproximateReceiveCount", "1"))
