"""The way of a level: what should stand is compared with what the vendor last confirmed (P4).

    read effects -> judge each -> lease -> one request for many -> confirm each -> delivery

A message is only a hint to look at its level now. The lease serialises: it is taken on the very state that
was judged, says beforehand what is about to be sent, and outlives every request made under it. So a late
join finds its level unwanted, and a crash leaves the level in doubt, never wrongly believed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from hub.clock import MINUTE, Duration, Instant
from hub.connector_kit.aims import Aim, safe_aim
from hub.connector_kit.declaration import Level
from hub.connector_kit.outcomes import Accepted, Auth, Gone, Outcome, Retry, Sent, Unknown
from hub.connector_kit.results import Again, Result, Tools, delivered
from hub.connector_kit.sending import again
from hub.connector_kit.telling import Change, tell
from hub.connector_kit.vendor import Said
from hub.deliveries import NO_LONGER_WANTED, Message, Status
from hub.errors import Conflict
from hub.policy import Hold, Later
from hub.ports import Effect, EffectKey

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
    deferred: Later | Hold | None = None


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
    return [_result(message, actions[message.action], ends[_key(message)], tools) for message in messages]


def _key(message: Message) -> EffectKey:
    return EffectKey(profile_id=message.profile_id, connector=message.connector, target=message.target)


def _blank(key: EffectKey, message: Message) -> Effect:
    return Effect(key=key, action=message.action)


def _carry_out(aims: Sequence[Aim], actions: Mapping[str, type[Level]], tools: Tools) -> list[_End]:
    standing = [_standing(aim, tools) for aim in aims if not aim.rows]
    leased = [(aim, _lease(aim, tools)) for aim in aims if aim.rows]
    taken = [_busy(aim) for aim, lease in leased if lease is None]
    changes = {
        lease.key: (aim, Change(effect=lease, action=actions[lease.action], on=aim.on, rows=aim.rows))
        for aim, lease in leased
        if lease is not None
    }
    told = tell([change for _, change in changes.values()], tools.vendor)
    return [*standing, *taken, *(_settle(*changes[key], said, tools) for key, said in told.items())]


def _standing(aim: Aim, tools: Tools) -> _End:
    if aim.is_news and not tools.effects.allow(aim.effect):
        return _busy(aim)
    return _End(effect=aim.effect, on=aim.on, withheld=aim.withheld, again=aim.again, deferred=aim.deferred)


def _busy(aim: Aim) -> _End:
    return _End(effect=aim.effect, again=Again(reason="another consumer is at this level", kind="waiting"))


def _lease(aim: Aim, tools: Tools) -> Effect | None:
    """What is about to be sent is written down with the lease: after a crash, off takes back all of it."""
    about = replace(aim.effect, sent=aim.sent or aim.effect.sent)
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
        tools.effects.confirm(change.effect, fingerprint=aim.fingerprint, sent=aim.sent)
        return _End(
            effect=aim.effect,
            on=aim.on,
            moved=True,
            withheld=aim.withheld,
            vendor_id=_id_of(outcome),
            deferred=aim.deferred,
        )
    _restore(aim, change, said, tools)
    if isinstance(outcome, Auth | Retry | Unknown):
        return _End(effect=aim.effect, again=again(outcome), untouched=not said.touched)
    # Not turned off, a level cannot be let go: it comes again, and in the end to the dead-letter queue.
    stuck = None if aim.on else Again(reason=_words(outcome))
    return _End(effect=aim.effect, refused=_words(outcome), again=stuck)


def _restore(aim: Aim, change: Change, said: Said, tools: Tools) -> None:
    """Where the vendor certainly did nothing, all is as it was before the lease; else it stays in doubt."""
    before = aim.effect
    if said.touched:
        tools.effects.release(change.effect)
    elif before.confirmed is None:
        tools.effects.release(replace(change.effect, sent=before.sent))
    else:
        tools.effects.confirm(change.effect, fingerprint=before.confirmed, sent=before.sent)


def _result(message: Message, action: type[Level], end: _End, tools: Tools) -> Result:
    wants = message.enrollment_id in end.effect.wanted_by and not message.turns_off
    if end.again and not end.refused:
        if end.untouched:
            tools.give_back(message)
        return Result(again=end.again)
    if wants and message.message_id in end.withheld:
        status, reason = Status.WITHHELD, end.withheld[message.message_id]
    elif wants and end.deferred:
        return Result(deferred=end.deferred)
    else:
        status, reason = _status_when_wanted(end) if wants else _status_when_over(end)
    delivery = delivered(message, action, status, tools.now(), reason=reason, vendor_id=end.vendor_id)
    return Result(
        delivery=delivery, again=end.again, time_to_off=_time_to_off(message, status, end, tools.now())
    )


def _status_when_wanted(end: _End) -> tuple[Status, str]:
    if end.refused:
        return Status.REJECTED, end.refused
    return Status.ON, ""


def _status_when_over(end: _End) -> tuple[Status, str]:
    """For an enrollment that does not want it (any more)."""
    if end.refused:
        return Status.FAILED, end.refused
    if end.on:
        return Status.ON, "wanted by another journey"
    never = end.effect.confirmed is None and not end.effect.sent
    return (Status.WITHHELD, NO_LONGER_WANTED) if never else (Status.OFF, "")


def _time_to_off(message: Message, status: Status, end: _End, now: Instant) -> Duration | None:
    """From the end of the enrollment, which a message to turn off carries as `planned_at`."""
    return max(0, now - message.planned_at) if status is Status.OFF and end.moved else None


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
