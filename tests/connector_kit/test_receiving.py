"""What a vendor says is stamped in hub time, however wrong the vendor's own clock is."""

from collections.abc import Iterable

import pytest

from hub.clock import DAY, MINUTE, Duration
from hub.connector_kit.callbacks import Callbacks, Hook, News
from hub.connector_kit.credentials import Credentials
from hub.connector_kit.receiving import Heard, receive, receive_event
from tests.absorbed import sent
from tests.builders import NOW, an_event


class NoCredentials(Credentials):
    @classmethod
    def example(cls) -> "NoCredentials":
        return cls()


NONE = NoCredentials()


def heard(news: Iterable[News], *, by_bus: bool) -> Heard:
    hook = Hook(body=b"", received_at=NOW, real_at=NOW)
    callbacks = Callbacks(verify=lambda *_: True, read=lambda *_: news, read_event=lambda *_: news)
    return (receive_event if by_bus else receive)(hook, callbacks, NONE)


@pytest.mark.parametrize("by_bus", [False, True], ids=["by HTTP", "by EventBridge"])
@pytest.mark.parametrize(
    ("ahead", "counted"), [(-DAY, -DAY), (0, 0), (1, 0), (5 * MINUTE, 0), (365 * DAY, 0)]
)
def test_news_never_count_later_than_they_were_received(
    ahead: Duration, counted: Duration, *, by_bus: bool
) -> None:
    told = heard([sent("p_1", at=NOW + ahead), an_event(at=NOW + ahead)], by_bus=by_bus)

    assert told.deliveries == [sent("p_1", at=NOW + counted)]
    assert [(one.at, one.received_at) for one in told.events] == [(NOW + counted, NOW)]
