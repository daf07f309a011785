"""One-click unsubscribe (RFC 8058): the link in a letter, what pressing it means, and the page behind it.

The mailbox provider POSTs `List-Unsubscribe=One-Click`; a person who opens the link gets a button.
The link carries ids under our signature, so nothing needs to be stored and nobody can unsubscribe another.
"""

import json
from collections.abc import Iterator
from html import escape

from hub.connector_kit.callbacks import Hook, report
from hub.connector_kit.signing import seal, unseal
from hub.deliveries import Delivery, Message, Status

_IDS = ("message_id", "profile_id", "enrollment_id", "journey", "step")


def unsubscribe_link(address: str, secret: str, message: Message) -> str:
    if not (address and secret):
        return ""
    ids = message.model_dump(include=set(_IDS))
    return f"{address}?token={seal(secret, json.dumps(ids, separators=(',', ':'), sort_keys=True).encode())}"


def wrote_the_link(secret: str, hook: Hook) -> bool:
    return unseal(secret, hook.query.get("token", "")) is not None


def read_one_click(
    secret: str, hook: Hook, *, connector: str, action: str, channel: str
) -> Iterator[Delivery]:
    if hook.form.get("List-Unsubscribe") == "One-Click":
        ids = json.loads(unseal(secret, hook.query["token"]) or b"{}")
        yield report(
            ids,
            status=Status.UNSUBSCRIBED,
            at=hook.received_at,
            connector=connector,
            action=action,
            channel=channel,
            reason="one-click",
        )


def confirmation_page(hook: Hook) -> str:
    """Opening a link must not unsubscribe: scanners and previews open them all."""
    token = escape(hook.query.get("token", ""), quote=True)
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="robots" content="noindex">'
        '<meta name="viewport" content="width=device-width"><title>Unsubscribe</title>'
        f'<form method="post" action="?token={token}"><p>Stop these messages?</p>'
        '<button name="List-Unsubscribe" value="One-Click">Unsubscribe</button></form></html>'
    )
