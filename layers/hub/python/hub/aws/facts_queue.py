"""The events queue as a back-fill sees it."""

from collections.abc import Iterable, Sequence
from typing import Any

from hub import facts
from hub.absorbing import Fact
from hub.aws.queues import send_all


class FactsQueue:
    """What a back-fill asks of update_profiles, and how much waits there already."""

    def __init__(self, client: Any, url: str) -> None:
        self._client = client
        self._url = url

    def put(self, packs: Iterable[Sequence[Fact]]) -> None:
        """A message a pack, of facts of one kind."""
        send_all(self._client, self._url, [facts.write(*pack) for pack in packs])

    def waiting(self) -> int:
        """Messages, about; those in a consumer's hands are among them."""
        answer = self._client.get_queue_attributes(
            QueueUrl=self._url,
            AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
        )
        return sum(int(number) for number in answer["Attributes"].values())
