"""What a connector made of a message, told apart into what a vendor was really asked and what not."""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from hub.connector_kit import Connector, NotFilled
from hub.connector_kit.declaration import Action
from hub.connector_kit.describing import document_of
from hub.connector_kit.results import Result, Tools
from hub.deliveries import Message, Status
from hub.effects import Effect, EffectKey
from hub.ports import Profiles
from hub.profiles import Profile

_LEFT = frozenset({Status.SENT, Status.QUEUED})
_TURNED = frozenset({Status.ON, Status.OFF})


@dataclass(frozen=True, kw_only=True)
class Handled:
    message: Message
    action: type[Action]
    result: Result
    acted: bool
    """A vendor took it: a message left, or a level was turned on or off."""
    profile: Profile | None
    filled: Action | None
    """As it reads for this customer now; None where she lacks what it needs."""


def handled(
    batch: Sequence[Message],
    results: Sequence[Result],
    connector: Connector,
    tools: Tools,
    turned: AbstractSet[EffectKey],
    profiles: Profiles,
) -> Iterator[Handled]:
    """`turned`: the levels that this batch turned (`Levels`)."""
    untold = set(turned)
    for message, result in zip(batch, results, strict=True):
        action, profile = connector.actions[message.action], profiles.get(message.profile_id)
        status = result.delivery.status if result.delivery else None
        key = _key(message)
        yield Handled(
            message=message,
            action=action,
            result=result,
            acted=status in _LEFT or (status in _TURNED and key in untold),
            profile=profile,
            filled=_filled(action, message, profile, tools),
        )
        untold.discard(key)


class Levels:
    """Which levels a batch turned at their vendor: those whose confirmation is another one than before."""

    def __init__(self, rows: Mapping[EffectKey, Effect]) -> None:
        self._rows = rows
        self._before = {key: effect.confirmed for key, effect in rows.items()}

    def turned(self) -> set[EffectKey]:
        now = {key: effect.confirmed for key, effect in self._rows.items()}
        return {key for key, value in now.items() if value is not None and value != self._before.get(key)}


def _key(message: Message) -> EffectKey:
    return EffectKey(profile_id=message.profile_id, connector=message.connector, target=message.target)


def _filled(action: type[Action], message: Message, profile: Profile | None, tools: Tools) -> Action | None:
    if profile is None:
        return None
    document = document_of(profile, message, tools.vendor.credentials(), tools)
    try:
        return action.fill(message.params, document, tools.templates)
    except NotFilled:
        return None
