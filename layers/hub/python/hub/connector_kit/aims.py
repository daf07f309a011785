"""What should stand of one level, judged from what is wanted, what was confirmed and what the gate says.

Being wanted is not being allowed: it stands for the runs that want it and that the gate, by its last word to
each, let have it. A run that still waits for the gate keeps nothing on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b

from hub.connector_kit.declaration import Level, Row
from hub.connector_kit.describing import document_of
from hub.connector_kit.fields import NotFilled
from hub.connector_kit.results import Again, Tools, guarded
from hub.connector_kit.sending import heed_trouble
from hub.deliveries import Message
from hub.enrollments import Arm
from hub.policy import Decision, Hold, Later, No, Send
from hub.ports import Effect
from hub.profiles import Profile

Answers = Sequence[tuple[Message, Decision]]


@dataclass(frozen=True, kw_only=True)
class Aim:
    """What should stand of one level, and what is to be said for it."""

    effect: Effect
    """With whom the gate lets have it now."""
    on: bool
    is_news: bool = False
    """Others may have it than was written down."""
    rows: tuple[Row, ...] = ()
    """To be told; none: it stands already."""
    fingerprint: str = ""
    sent: tuple[str, ...] = ()
    """What the vendor will have been given, once told."""
    withheld: Mapping[str, str] = field(default_factory=dict)
    """Messages whose run may not have it, though another may have turned it on, with the reason."""
    again: Again | None = None
    deferred: Later | Hold | None = None


def safe_aim(
    effect: Effect, asking: Sequence[Message], actions: Mapping[str, type[Level]], tools: Tools
) -> Aim:
    """As `aim`, but whatever breaks on the way concerns this level alone."""
    try:
        aimed = aim(effect, asking, actions, tools)
    except Exception as error:  # noqa: BLE001 - the other levels of the batch go their way
        return Aim(effect=effect, on=False, again=guarded(error, asking[0], tools).again)
    return replace(aimed, is_news=aimed.effect.allowed != effect.allowed)


def aim(effect: Effect, asking: Sequence[Message], actions: Mapping[str, type[Level]], tools: Tools) -> Aim:
    hints = [one for one in asking if one.enrollment_id in effect.wanted_by and not one.turns_off]
    if not hints:
        return _as_it_should_be(effect)
    action = actions[effect.action]
    answers = [(hint, _decided(effect, hint, action, tools)) for hint in hints]
    return _answered(effect, answers, action, tools)


def _decided(effect: Effect, hint: Message, action: type[Level], tools: Tools) -> Decision:
    """All is seen before the gate keeps a place, and a hold-out is told only of those it would reach."""

    def ready(profile: Profile, arm: Arm) -> str:
        heed_trouble(arm, tools)
        row = _row(effect, hint, profile, action, tools)
        return row if isinstance(row, str) else ""

    return tools.decide(hint, action.channel, paid=action.paid, ready=ready)


def _answered(effect: Effect, answers: Answers, action: type[Level], tools: Tools) -> Aim:
    """Where several runs want the same level, one that may have it is enough; else one that waits."""
    judged = replace(effect, allowed=effect.stands_for - _refused(effect, answers))
    withheld = _withheld(judged, answers)
    hint, best = min(answers, key=lambda answer: _ORDER.get(type(answer[1]), 0))
    match best:
        case Send():
            return _filled(judged, answers, (hint, best.profile), action, tools)
        case Later() | Hold():
            return replace(_as_it_should_be(judged), withheld=withheld, deferred=best)
        case _:
            return replace(_as_it_should_be(judged), withheld=withheld)


_ORDER = {Later: 1, Hold: 1, No: 2}


def _refused(effect: Effect, answers: Answers) -> set[str]:
    """Runs that may not have it (any more); what is only in doubt does not stand."""
    return {
        hint.enrollment_id
        for hint, said in answers
        if isinstance(said, No) and not (said.leaves_standing and effect.confirmed)
    }


def _withheld(judged: Effect, answers: Answers) -> dict[str, str]:
    return {
        hint.message_id: said.reason
        for hint, said in answers
        if isinstance(said, No) and hint.enrollment_id not in judged.allowed
    }


def _filled(
    judged: Effect, answers: Answers, best: tuple[Message, Profile], action: type[Level], tools: Tools
) -> Aim:
    withheld = _withheld(judged, answers)
    given = {hint.enrollment_id: hint for hint, said in answers if isinstance(said, Send)}
    row = _row(judged, *best, action, tools)
    if isinstance(row, str):
        without = {hint.message_id: row for name, hint in given.items() if name not in judged.allowed}
        return replace(_as_it_should_be(judged), withheld={**withheld, **without})
    return replace(_on(replace(judged, allowed=judged.allowed | given.keys()), row), withheld=withheld)


def _row(effect: Effect, hint: Message, profile: Profile, action: type[Level], tools: Tools) -> Row | str:
    """What the vendor is told of her, or why she cannot be reached."""
    document = document_of(profile, hint, tools.vendor.credentials(), tools)
    try:
        return action.fill(effect.params, document, tools.templates).row()
    except NotFilled as error:
        return str(error)


def _as_it_should_be(effect: Effect) -> Aim:
    """Nobody new may have it: it goes with the last who might; till then, what is in doubt is told again."""
    if not effect.stands_for:
        return _off(effect)
    if effect.confirmed is None and effect.sent:
        return _on(effect, Row.from_text(effect.sent[-1]))
    return Aim(effect=effect, on=bool(effect.confirmed))


def _off(effect: Effect) -> Aim:
    """Everything ever sent is taken back; the gate is not asked. Nothing ever sent: nothing to take back."""
    return Aim(effect=effect, on=False, rows=tuple(Row.from_text(text) for text in effect.sent))


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
