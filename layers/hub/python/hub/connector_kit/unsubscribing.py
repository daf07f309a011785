"""One-click unsubscribe (RFC 8058): the link in a letter, what pressing it means, and the page behind it.

The mailbox provider POSTs `List-Unsubscribe=One-Click`; a person who opens the link gets a button.
The link carries ids under our signature, so nothing needs to be stored and nobody can unsubscribe another.
"""

import json
from collections.abc import Callable, Iterator
from html import escape
from typing import Any

from hub.connector_kit.callbacks import Callbacks, Hook, News, Sender
from hub.connector_kit.credentials import Credentials
from hub.connector_kit.signing import seal, unseal
from hub.deliveries import Message, Status

_IDS = {"message_id", "profile_id", "enrollment_id", "journey", "step"}


class UnsubscribeCredentials(Credentials):
    """For a channel whose vendor does not see to unsubscribing. Without both fields no link is made."""

    unsubscribe_address: str = ""
    """The hub's own: https://…/hooks/<connector>."""
    unsubscribe_secret: str = ""

    def unsubscribe_url(self, message: Message) -> str:
        if not (self.unsubscribe_address and self.unsubscribe_secret):
            return ""
        ids = json.dumps(message.model_dump(include=_IDS), separators=(",", ":"), sort_keys=True)
        return f"{self.unsubscribe_address}?token={seal(self.unsubscribe_secret, ids.encode())}"


def one_click(
    sender: Sender,
    *,
    event_source: str = "",
    read_event: Callable[[Hook, Any], Iterator[News]] | None = None,
) -> Callbacks:
    """The callbacks behind such links."""

    def read(hook: Hook, credentials: UnsubscribeCredentials) -> Iterator[News]:
        ids = _ids(hook, credentials)
        if ids is not None and hook.form.get("List-Unsubscribe") == "One-Click":
            yield sender.report(json.loads(ids), Status.UNSUBSCRIBED, hook.received_at, reason="one-click")

    return Callbacks(
        verify=lambda hook, credentials: _ids(hook, credentials) is not None,
        read=read,
        page=lambda hook, _credentials: _page(hook),
        event_source=event_source,
        read_event=read_event,
    )


def _ids(hook: Hook, credentials: UnsubscribeCredentials) -> bytes | None:
    return unseal(credentials.unsubscribe_secret, hook.query.get("token", ""))


def _page(hook: Hook) -> str:
    """Opening a link must not unsubscribe: scanners and previews open them all."""
    token = escape(hook.query.get("token", ""), quote=True)
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="robots" content="noindex">'
        '<meta name="viewport" content="width=device-width"><title>Unsubscribe</title>'
        f'<form method="post" action="?token={token}"><p>Stop these messages?</p>'
        '<button name="List-Unsubscribe" value="One-Click">Unsubscribe</button></form></html>'
    )
