"""A batch of a connector's queue: each message on its way, and nobody suffers for another's trouble."""

from collections.abc import Mapping, Sequence

from hub.connector_kit.declaration import Connector, Level, Send
from hub.connector_kit.levels import reconcile
from hub.connector_kit.results import Again, Result, Tools, guarded
from hub.connector_kit.sending import send
from hub.deliveries import Message


def deliver(messages: Sequence[Message], connector: Connector, tools: Tools) -> list[Result]:
    """One result a message, in their order."""
    levels = {name: action for name, action in connector.actions.items() if issubclass(action, Level)}
    sends = {name: action for name, action in connector.actions.items() if issubclass(action, Send)}
    hints = [message for message in messages if message.action in levels]
    told = iter(_levels(hints, levels, tools))
    return [next(told) if message.action in levels else _send(message, sends, tools) for message in messages]


def _levels(messages: Sequence[Message], actions: Mapping[str, type[Level]], tools: Tools) -> list[Result]:
    try:
        return reconcile(messages, actions, tools)
    except Exception as error:  # noqa: BLE001 - the levels stay in doubt, their messages come again
        return [guarded(error, message, tools) for message in messages]


def _send(message: Message, actions: Mapping[str, type[Send]], tools: Tools) -> Result:
    if message.action not in actions:
        return Result(again=Again(reason=f"{message.connector} has no action {message.action}"))
    try:
        return send(message, actions[message.action], tools)
    except Exception as error:  # noqa: BLE001 - one message's trouble is nobody else's
        return guarded(error, message, tools)
