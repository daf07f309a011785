"""What should stand of one level, judged from what is wanted, what was confirmed and what the gate says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b

from hub.connector_kit.declaration import Level, Row
from hub.connector_kit.describing import document_of
from hub.connector_kit.fields import NoAddress
from hub.connector_kit.results import Again, Tools, guarded
from hub.deliveries import Message
from hub.policy import Decision, Hold, Later, No
from hub.ports import Effect
from hub.profiles import Profile


@dataclass(frozen=True, kw_only=True)
class Aim:
    """What should stand of one level, and what is to be said for it."""

    effect: Effect
    on: bool
    rows: tuple[Row, ...] = ()
    """To be told; none: it stands already."""
    fingerprint: str = ""
    sent: tuple[str, ...] = ()
    """What the vendor will have been given, once told."""
    withheld: str = ""
    again: Again | None = None
    deferred: Later | Hold | None = None
    held_out: frozenset[str] = frozenset()
    """Messages whose customer is held out of their journey, though another may have turned it on."""


def safe_aim(
    effect: Effect, asking: Sequence[Message], actions: Mapping[str, type[Level]], tools: Tools
) -> Aim:
    """As `aim`, but whatever breaks on the way concerns this level alone."""
    try:
        return aim(effect, asking, actions, tools)
    except Exception as error:  # noqa: BLE001 - the other levels of the batch go their way
        return Aim(effect=effect, on=False, again=guarded(error, asking[0], tools).again)


def aim(effect: Effect, asking: Sequence[Message], actions: Mapping[str, type[Level]], tools: Tools) -> Aim:
    hints = [message for message in asking if message.enrollment_id in effect.wanted_by]
    if not effect.wanted:
        return _off(effect)
    if not hints:
        return _others_see_to_it(effect)
    return _asked_the_gate(effect, hints, actions[effect.action], tools)


def _asked_the_gate(effect: Effect, hints: Sequence[Message], action: type[Level], tools: Tools) -> Aim:
    """Where several journeys want the same level, one that may have it is enough; else one that waits."""
    answers = [(hint, tools.decide(hint, action.channel, paid=action.paid)) for hint in hints]
    held_out = frozenset(hint.message_id for hint, said in answers if isinstance(said, No) and said.reachable)
    hint, best = min(answers, key=lambda answer: _ORDER.get(type(answer[1]), 0))
    return replace(_answered(effect, hint, best, action, tools), held_out=held_out)


_ORDER = {Later: 1, Hold: 1, No: 2}


def _answered(effect: Effect, hint: Message, decision: Decision, action: type[Level], tools: Tools) -> Aim:
    match decision:
        case No(reachable=None):
            return _not_on(effect, decision.reason)
        case No():
            return _left_alone(effect, hint, decision, action, tools)
        case Later() | Hold():
            return Aim(effect=effect, on=bool(effect.confirmed), deferred=decision)
        case _:
            return _filled(effect, hint, action, decision.profile, tools)


def _left_alone(effect: Effect, hint: Message, held_out: No, action: type[Level], tools: Tools) -> Aim:
    """Everything is done but the telling: a hold-out is told only of those whom it would have reached."""
    seen = _filled(effect, hint, action, held_out.reachable, tools) if held_out.reachable else None
    return _not_on(effect, seen.withheld if seen and seen.withheld else held_out.reason)


def _filled(effect: Effect, hint: Message, action: type[Level], profile: Profile, tools: Tools) -> Aim:
    document = document_of(profile, hint, tools.vendor.credentials(), tools)
    try:
        return _on(effect, action.fill(effect.params, document, tools.templates).row())
    except NoAddress as error:
        return _not_on(effect, str(error))


def _off(effect: Effect) -> Aim:
    """Everything ever sent is taken back; the gate is not asked. Nothing ever sent: nothing to take back."""
    return Aim(effect=effect, on=False, rows=tuple(Row.from_text(text) for text in effect.sent))


def _others_see_to_it(effect: Effect) -> Aim:
    """Wanted, but not by who asks: whoever wants it has a message of her own under way."""
    in_doubt = effect.confirmed is None and bool(effect.sent)
    pause = Again(reason="another journey is at this level", kind="waiting") if in_doubt else None
    return Aim(effect=effect, on=bool(effect.confirmed), again=pause)


def _not_on(effect: Effect, reason: str) -> Aim:
    """What is not on is not turned on, and what is in doubt is taken back; what stands stays."""
    if effect.confirmed:
        return Aim(effect=effect, on=True)
    return replace(_off(effect), withheld=reason)


def _on(effect: Effect, row: Row) -> Aim:
    fingerprint = _fingerprint(effect.action, row)
    if effect.confirmed == fingerprint:
        return Aim(effect=effect, on=True)
    kept = {_who(text): text for text in effect.sent} | {_who(row.to_text()): row.to_text()}
    return Aim(effect=effect, on=True, rows=(row,), fingerprint=fingerprint, sent=tuple(kept.values()))


def _fingerprint(action: str, row: Row) -> str:
    return blake2b(f"{action}\x1f{row.to_text()}".encode(), digest_size=12).hexdigest()


def _who(text: str) -> str:
    return Row(who=Row.from_text(text).who).to_text()
