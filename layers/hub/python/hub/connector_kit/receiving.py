"""Taking in what a vendor calls us with: who may say it, and what it means."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from hub.clock import Instant
from hub.connector_kit.callbacks import Callbacks, Hook, News
from hub.connector_kit.credentials import Credentials
from hub.deliveries import Delivery
from hub.events import Event


class NotTheVendor(Exception):
    """The signature does not fit: nothing was read."""


class Unreadable(Exception):
    """The vendor said something in a form its connector does not know."""


@dataclass(frozen=True)
class Heard:
    deliveries: list[Delivery]
    events: list[Event]


def receive(hook: Hook, callbacks: Callbacks, credentials: Credentials) -> Heard:
    if not callbacks.verify(hook, credentials):
        raise NotTheVendor
    return _read(lambda: callbacks.read(hook, credentials), hook.received_at)


def receive_event(hook: Hook, callbacks: Callbacks, credentials: Credentials) -> Heard:
    """An EventBridge event: nobody without the right to put it there could have."""
    read_event = callbacks.read_event
    if read_event is None:
        return Heard([], [])
    return _read(lambda: read_event(hook, credentials), hook.received_at)


def _read(news: Callable[[], Iterable[News]], received_at: Instant) -> Heard:
    """Never later than it was received: by a clock that is ahead, time would pass that is still to come."""
    try:
        heard = list(news())
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unreadable(type(error).__name__) from error
    return Heard(
        deliveries=[
            one.model_copy(update={"at": min(one.at, received_at)})
            for one in heard
            if isinstance(one, Delivery)
        ],
        events=[
            replace(one, at=min(one.at, received_at), received_at=received_at)
            for one in heard
            if isinstance(one, Event)
        ],
    )
