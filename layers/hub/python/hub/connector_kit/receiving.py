"""Taking in what a vendor calls us with: who may say it, and what it means."""

from collections.abc import Callable
from dataclasses import dataclass

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
    return _read(lambda: list(callbacks.read(hook, credentials)))


def receive_event(hook: Hook, callbacks: Callbacks, credentials: Credentials) -> Heard:
    """An EventBridge event: nobody without the right to put it there could have."""
    read_event = callbacks.read_event
    return _read(lambda: list(read_event(hook, credentials))) if read_event else Heard([], [])


def _read(news: Callable[[], list[News]]) -> Heard:
    try:
        heard = news()
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unreadable(type(error).__name__) from error
    return Heard(
        deliveries=[one for one in heard if isinstance(one, Delivery)],
        events=[one for one in heard if isinstance(one, Event)],
    )
