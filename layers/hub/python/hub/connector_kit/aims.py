"""What should stand of one level, judged from what is wanted, what was confirmed and what the gate says.

Being wanted is not being allowed: it stands for the runs that want it and that the gate, by its last word to
each, let have it. A run that still waits for the gate keeps nothing on. Where several may have it, the words
of the one entered last are what stands; when that one leaves, the next one's, if the gate still lets it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b

from hub import effects
from hub.clock import Instant
from hub.connector_kit.declaration import Level, Row
from hub.connector_kit.describing import document_of
from hub.connector_kit.fields import NotFilled
from hub.connector_kit.results import Again, Tools, guarded
from hub.connector_kit.sending import heed_trouble
from hub.deliveries import Message
from hub.effects import Effect
from hub.enrollments import Arm
from hub.policy import Decision, Hold, Later, No, Send
from hub.profiles import Profile

Answers = Sequence[tuple[Message, Decision]]
_Actions = Mapping[str, type[Level]]


@dataclass(frozen=True, kw_only=True)
class Aim:
    """What should stand of one level, and what is to be said for it."""

    effect: Effect
    """With whom the gate lets have it now."""
    on: bool
    is_news: bool = False
    """Others may have it, or had it, than was written down."""
    rows: tuple[Row, ...] = ()
    """To be told; none: it stands already."""
    fingerprint: str = ""
    sent: tuple[str, ...] = ()
    """What the vendor will have been given, once told."""
    says: str = ""
    """Whose words that will have been."""
    let: tuple[Message, ...] = ()
    """Messages that the gate let have it just now."""
    withheld: Mapping[str, str] = field(default_factory=dict)
    """Messages that the gate refused it, though another may have turned it on, with the reason."""
    deferred: Mapping[str, Later | Hold] = field(default_factory=dict)
    """Messages that have to wait for it."""
    again: Again | None = None


def safe_aim(effect: Effect, asking: Sequence[Message], actions: _Actions, tools: Tools) -> Aim:
    """As `aim`, but whatever breaks on the way concerns this level alone."""
    try:
        aimed = aim(effect, asking, actions, tools)
    except Exception as error:  # noqa: BLE001 - the other levels of the batch go their way
        return Aim(effect=effect, on=False, again=guarded(error, asking[0], tools).again)
    if aimed.rows:
        return aimed
    settled = standing(aimed, aimed.effect, tools.now())
    is_news = (settled.allowed, settled.stood) != (effect.allowed, effect.stood)
    return replace(aimed, effect=settled, is_news=is_news)


def aim(effect: Effect, asking: Sequence[Message], actions: _Actions, tools: Tools) -> Aim:
    hints = [one for one in asking if one.enrollment_id in effect.wanted_by and not one.turns_off]
    answers = [(hint, _decided(hint, actions, tools)) for hint in hints]
    let = tuple(hint for hint, said in answers if isinstance(said, Send))
    seen = {hint.enrollment_id: said.profile for hint, said in answers if isinstance(said, Send)}
    judged = effects.let(effects.without(effect, _refused(effect, answers)), let)
    return replace(
        _aimed(judged, seen, actions, tools),
        let=let,
        withheld={hint.message_id: said.reason for hint, said in answers if isinstance(said, No)},
        deferred={hint.message_id: said for hint, said in answers if isinstance(said, Later | Hold)},
    )


def standing(aim: Aim, effect: Effect, now: Instant) -> Effect:
    """As it is once all is told and confirmed."""
    return effects.ended(effects.begun(effect, aim.let) if aim.on else effect, now)


def _decided(hint: Message, actions: _Actions, tools: Tools) -> Decision:
    """All is seen before the gate keeps a place, and a hold-out is told only of those it would reach."""
    action = actions[hint.action]

    def ready(profile: Profile, arm: Arm) -> str:
        heed_trouble(arm, tools)
        row = _row(hint, profile, actions, tools)
        return row if isinstance(row, str) else ""

    return tools.decide(hint, action.channel, paid=action.paid, ready=ready)


def _refused(effect: Effect, answers: Answers) -> set[str]:
    """Runs that may not have it (any more); what is only in doubt does not stand."""
    return {
        hint.enrollment_id
        for hint, said in answers
        if isinstance(said, No) and not (said.leaves_standing and effect.confirmed)
    }


def _row(hint: Message, profile: Profile, actions: _Actions, tools: Tools) -> Row | str:
    """What the vendor is told of her, or why she cannot be reached."""
    document = document_of(profile, hint, tools.vendor.credentials(), tools)
    try:
        return actions[hint.action].fill(hint.params, document, tools.templates).row()
    except NotFilled as error:
        return str(error)


def _aimed(judged: Effect, seen: Mapping[str, Profile], actions: _Actions, tools: Tools) -> Aim:
    """`seen`: the runs that the gate let have it just now, with the customer as it saw her.

    Whose words stand already and nobody new may have it: nothing has changed, so nobody is asked.
    """
    if not judged.stands_for:
        return _off(judged)
    if not seen and judged.says in judged.stands_for:
        return _as_told(judged)
    profile = next(iter(seen.values()), None) or tools.profile(judged.key.profile_id)
    return _of_the_last(judged, seen, profile, actions, tools) if profile else _off(judged)


def _of_the_last(
    judged: Effect, seen: Mapping[str, Profile], profile: Profile, actions: _Actions, tools: Tools
) -> Aim:
    """The words of the run entered last of those that it stands for and that can be told of."""
    for enrollment_id in effects.last_entered_first(judged, profile):
        if enrollment_id == judged.says and enrollment_id not in seen:
            return _as_told(judged)
        said = judged.allowed[enrollment_id]
        if enrollment_id in seen or _still_may(said, actions, tools):
            row = _row(said, seen.get(enrollment_id, profile), actions, tools)
            if isinstance(row, Row):
                return _on(judged, row, said)
        judged = effects.without(judged, {enrollment_id})
    return _off(judged)


def _still_may(said: Message, actions: _Actions, tools: Tools) -> bool:
    """Its words were let once and are to be told now, so the gate is asked again (P5)."""
    decision = _decided(said, actions, tools)
    return not isinstance(decision, No) or decision.leaves_standing


def _as_told(effect: Effect) -> Aim:
    """What stands may stay; what is in doubt is told again."""
    if effect.confirmed is None and effect.sent:
        return _on(effect, Row.from_text(effect.sent[-1]), effect.allowed[effect.says])
    return Aim(effect=effect, on=bool(effect.confirmed))


def _off(effect: Effect) -> Aim:
    """Everything ever sent is taken back; the gate is not asked. Nothing ever sent: nothing to take back."""
    return Aim(effect=effect, on=False, rows=tuple(Row.from_text(text) for text in effect.sent))


def _on(effect: Effect, row: Row, said: Message) -> Aim:
    fingerprint = _fingerprint(effect.action, row)
    if effect.confirmed == fingerprint:
        return Aim(effect=effect, on=True)
    text = row.to_text()
    others = (one for one in effect.sent if _who(one) != _who(text))
    return Aim(
        effect=effect,
        on=True,
        rows=(row,),
        fingerprint=fingerprint,
        sent=(*others, text),
        says=said.enrollment_id,
    )


def _fingerprint(action: str, row: Row) -> str:
    return blake2b(f"{action}\x1f{row.to_text()}".encode(), digest_size=12).hexdigest()


def _who(text: str) -> str:
    return Row(who=Row.from_text(text).who).to_text()
