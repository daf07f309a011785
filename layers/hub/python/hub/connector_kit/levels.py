"""The way of a level: what should stand is compared with what the vendor last confirmed (P4).

    read effects -> judge each -> lease -> one request for many -> confirm each -> delivery

A message is only a hint to look at its level now. The lease serialises: it is taken on the very state that
was judged, says beforehand what is about to be sent, and outlives every request made under it. So a late
join finds its level unwanted, and a crash leaves the level in doubt, never wrongly believed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from hub import effects
from hub.clock import MINUTE, Duration, Instant
from hub.connector_kit.aims import Aim, safe_aim, standing
from hub.connector_kit.declaration import Level
from hub.connector_kit.outcomes import Accepted, Auth, Gone, Outcome, Retry, Sent, Unknown
from hub.connector_kit.results import Again, Result, Tools, delivered, give_back, guarded
from hub.connector_kit.sending import again
from hub.connector_kit.telling import Change, tell
from hub.connector_kit.vendor import Said
from hub.deliveries import NO_LONGER_WANTED, Message, Status
from hub.effects import Effect, EffectKey, Stood
from hub.errors import Conflict
from hub.policy import Hold, Later, No

STANDS_FOR_ANOTHER = "stands for another run"
"""The reason of a level that is off for this run and stays on."""
LEASE: Duration = 2 * MINUTE
"""Real time; longer than the Lambda lives, so that nobody writes under a lease that is over."""


@dataclass(frozen=True, kw_only=True)
class _End:
    """How it stands in the end."""

    effect: Effect
    on: bool = False
    moved: bool = False
    """The vendor was told just now."""
    withheld: Mapping[str, str] = field(default_factory=dict)
    refused: str = ""
    vendor_id: str = ""
    again: Again | None = None
    untouched: bool = False
    """The vendor certainly did nothing."""
    deferred: Mapping[str, Later | Hold] = field(default_factory=dict)


def reconcile(messages: Sequence[Message], actions: Mapping[str, type[Level]], tools: Tools) -> list[Result]:
    """One result a message, in their order."""
    hints: dict[EffectKey, list[Message]] = {}
    for message in messages:
        hints.setdefault(_key(message), []).append(message)
    found = {effect.key: effect for effect in tools.effects.read(list(hints))}
    aims = [
        safe_aim(found.get(key) or _blank(key, asking[0]), asking, actions, tools)
        for key, asking in hints.items()
    ]
    ends = {end.effect.key: end for end in _carry_out(aims, actions, tools)}
    return [
        _safe_result(message, actions[message.action], ends[_key(message)], tools) for message in messages
    ]


def _key(message: Message) -> EffectKey:
    return EffectKey(profile_id=message.profile_id, connector=message.connector, target=message.target)


def _blank(key: EffectKey, message: Message) -> Effect:
    return Effect(key=key, action=message.action)


def _carry_out(aims: Sequence[Aim], actions: Mapping[str, type[Level]], tools: Tools) -> list[_End]:
    standing_already = [_standing(aim, tools) for aim in aims if not aim.rows]
    leased = [(aim, _lease(aim, tools)) for aim in aims if aim.rows]
    taken = [_busy(aim) for aim, lease in leased if lease is None]
    changes = {
        lease.key: (aim, Change(effect=lease, action=actions[lease.action], on=aim.on, rows=aim.rows))
        for aim, lease in leased
        if lease is not None
    }
    told = tell([change for _, change in changes.values()], tools.vendor)
    return [*standing_already, *taken, *(_settle(*changes[key], said, tools) for key, said in told.items())]


def _standing(aim: Aim, tools: Tools) -> _End:
    if aim.is_news and not tools.effects.allow(aim.effect):
        return _busy(aim)
    return _end(aim, aim.effect)


def _end(aim: Aim, effect: Effect) -> _End:
    return _End(effect=effect, on=aim.on, withheld=aim.withheld, deferred=aim.deferred, again=aim.again)


def _busy(aim: Aim) -> _End:
    return _End(effect=aim.effect, again=Again(reason="another consumer is at this level", kind="waiting"))


def _lease(aim: Aim, tools: Tools) -> Effect | None:
    """What is about to be sent is written down with the lease: after a crash, off takes back all of it."""
    about = replace(
        effects.begun(aim.effect, aim.let) if aim.on else aim.effect,
        sent=aim.sent or aim.effect.sent,
        says=aim.says or aim.effect.says,
    )
    now = tools.real_now()
    return tools.effects.lease(about, now=now, until=now + LEASE)


def _settle(aim: Aim, change: Change, said: Said, tools: Tools) -> _End:
    try:
        return _write_down(aim, change, said, tools)
    except Conflict:
        return _busy(aim)


def _write_down(aim: Aim, change: Change, said: Said, tools: Tools) -> _End:
    outcome = said.outcome
    if isinstance(outcome, Sent | Accepted) or (isinstance(outcome, Gone) and not aim.on):
        stands = standing(aim, change.effect, tools.now())
        tools.effects.confirm(stands, fingerprint=aim.fingerprint, sent=aim.sent)
        return replace(_end(aim, stands), moved=True, vendor_id=_id_of(outcome))
    _restore(aim, change, said, tools)
    if isinstance(outcome, Auth | Retry | Unknown):
        return _End(effect=aim.effect, again=again(outcome), untouched=not said.touched)
    # What nobody may have any more cannot be let go while it stands: it comes again, and in the end to the
    # dead-letter queue.
    stuck = Again(reason=_words(outcome)) if _is_left_over(aim.effect) else None
    return replace(_end(aim, aim.effect), refused=_words(outcome), again=stuck)


def _is_left_over(effect: Effect) -> bool:
    return bool(effect.sent) and effect.says not in effect.stands_for


def _restore(aim: Aim, change: Change, said: Said, tools: Tools) -> None:
    """Where the vendor certainly did nothing, all is as it was before the lease; else it stays in doubt."""
    before = aim.effect
    as_before = replace(change.effect, says=before.says, sent=before.sent, stood=before.stood)
    if said.touched:
        tools.effects.release(change.effect)
    elif before.confirmed is None:
        tools.effects.release(as_before)
    else:
        tools.effects.confirm(as_before, fingerprint=before.confirmed, sent=before.sent)


def _safe_result(message: Message, action: type[Level], end: _End, tools: Tools) -> Result:
    """As `_result`, but whatever breaks on the way concerns this message alone."""
    try:
        return _result(message, action, end, tools)
    except Exception as error:  # noqa: BLE001 - the others of the batch are done
        return guarded(error, message, tools)


def _result(message: Message, action: type[Level], end: _End, tools: Tools) -> Result:
    if end.again and not end.refused:
        if end.untouched:
            give_back(message, tools)
        return Result(again=end.again)
    wants = message.enrollment_id in end.effect.wanted_by and not message.turns_off
    if wants and message.message_id in end.deferred:
        return Result(deferred=end.deferred[message.message_id])
    if end.refused and message.message_id not in end.withheld:
        status = Status.REJECTED if wants else Status.FAILED
        refused = delivered(message, action, status, tools.now(), reason=end.refused)
        return Result(delivery=refused, again=end.again)
    message, stood = _stood(message, end.effect)
    if stood is None:
        return replace(_never_on(message, action, end, tools, wants=wants), again=end.again)
    if stood.until is None:
        on = delivered(message, action, Status.ON, tools.now(), vendor_id=end.vendor_id)
        return Result(delivery=on, again=end.again)
    return replace(_off(message, action, end, stood.until), again=end.again)


def _stood(message: Message, effect: Effect) -> tuple[Message, Stood | None]:
    """Whether its level stands or stood for it; for a run that is over, the message it stood for last."""
    own = effect.stood.get(message.message_id)
    of_run = [(name, one) for name, one in effect.stood.items() if one.enrollment_id == message.enrollment_id]
    if own or not of_run or not message.turns_off:
        return message, own
    name, last = max(of_run, key=lambda found: found[1].step)
    return message.model_copy(update={"message_id": name, "step": last.step}), last


def _never_on(message: Message, action: type[Level], end: _End, tools: Tools, *, wants: bool) -> Result:
    """The gate says why. Who only makes sure that it is off says less than any other word."""
    reason = end.withheld.get(message.message_id, NO_LONGER_WANTED)
    if not wants and not message.turns_off:
        reason = _gates_word(message, action, tools)
    return Result(delivery=delivered(message, action, Status.WITHHELD, tools.now(), reason=reason))


def _gates_word(message: Message, action: type[Level], tools: Tools) -> str:
    """Asked for its reason only: nothing is to leave, so no place is kept."""
    said = tools.decide(message, action.channel, paid=action.paid, ready=lambda *_: NO_LONGER_WANTED)
    return said.reason if isinstance(said, No) else NO_LONGER_WANTED


def _off(message: Message, action: type[Level], end: _End, at: Instant) -> Result:
    """Told as of when it was confirmed, however often it is told."""
    reason = end.withheld.get(message.message_id, STANDS_FOR_ANOTHER if end.on else "")
    # A message to turn off carries the end of its run as `planned_at`.
    took = at - message.planned_at if end.moved and at >= message.planned_at else None
    return Result(
        delivery=delivered(message, action, Status.OFF, at, reason=reason, vendor_id=end.vendor_id),
        time_to_off=took,
    )


def _id_of(outcome: Outcome) -> str:
    return (
        outcome.token
        if isinstance(outcome, Accepted)
        else outcome.vendor_id
        if isinstance(outcome, Sent)
        else ""
    )


def _words(outcome: Outcome) -> str:
    code = getattr(outcome, "code", type(outcome).__name__.lower())
    return f"{code}: {getattr(outcome, 'text', '')}"
