"""The way of a message: at most once per (enrollment, step, action), whatever crashes (P3).

    decide -> [deferred] -> fill -> keep a place -> ledger.begin -> request -> ledger.settle -> delivery

The first three are the gate's, which is told by the kit whether she can be reached; what then does not leave
gives its place back.
A row in the ledger says `sending` from right before the request until its end is written down. Whoever
finds it young waits; whoever finds it old knows that the sender died on the way: unknown, never repeated.
A message that is withheld has ended as well, in one write, so a twin that comes later cannot say otherwise.
Every end is told with its own time; of an unknown one that is when the request left: what a vendor tells of
it is later.
"""

from typing import Any

from hub.clock import MINUTE, Duration, Instant
from hub.connector_kit.declaration import Send
from hub.connector_kit.describing import document_of
from hub.connector_kit.fields import NotFilled
from hub.connector_kit.outcomes import Accepted, Auth, Gone, OptedOut, Outcome, Refused, Retry, Sent, Unknown
from hub.connector_kit.results import Again, NotNow, Result, Tools, delivered, give_back
from hub.deliveries import Message, Status
from hub.enrollments import Arm
from hub.errors import Conflict
from hub.policy import Hold, Later, No
from hub.ports import LedgerEntry
from hub.profiles import Profile

IN_FLIGHT: Duration = 2 * MINUTE
"""Real time after which a sender that has not written down its end is dead; longer than a Lambda lives."""

_ENDS = {
    "sent": Status.SENT,
    "failed": Status.REJECTED,
    "withheld": Status.WITHHELD,
    "unknown": Status.UNKNOWN,
}


def send(message: Message, action: type[Send], tools: Tools) -> Result:
    """Decide, fill, keep a place, send: what cannot leave takes no place from what can."""
    if message.expires_at is not None and tools.now() >= message.expires_at:
        return _withhold(message, action, "expired", tools)
    filled = list[Send]()

    def ready(profile: Profile, arm: Arm) -> str:
        heed_trouble(arm, tools)
        try:
            filled[:] = [_filled(message, action, profile, tools)]
        except NotFilled as error:
            return str(error)
        return ""

    decision = tools.decide(message, action.channel, paid=action.paid, ready=ready)
    match decision:
        case No():
            return _withhold(message, action, decision.reason, tools)
        case Later() | Hold():
            return Result(deferred=decision)
        case _:
            return _send_once(message, filled[0], tools)


def heed_trouble(arm: Arm, tools: Tools) -> None:
    """Who is held out waits for a vendor that is down, as the others do: both are exposed when it is up."""
    trouble = tools.vendor.dead or (tools.vendor.is_down() if arm == "holdout" else None)
    if trouble:
        raise NotNow(again(trouble))


def _filled(message: Message, action: type[Send], profile: Profile, tools: Tools) -> Send:
    """The action for this customer; NotFilled if she cannot be reached."""
    credentials = tools.vendor.credentials()
    document = document_of(profile, message, credentials, tools)
    filled = action.fill(message.params, document, tools.templates)
    # A fault of ours shows here, before the ledger says that something may have left.
    filled.request(credentials)
    return filled


def _send_once(message: Message, filled: Send, tools: Tools) -> Result:
    began = tools.real_now()
    standing = tools.ledger.begin(message.message_id, began)
    if standing is not None:
        return _found(message, type(filled), standing, tools)
    said = tools.vendor.ask(filled.request, until=tools.real_now() + IN_FLIGHT)
    return _conclude(message, filled, said.outcome, began, tools)


def _conclude(message: Message, filled: Send, outcome: Outcome, began: Instant, tools: Tools) -> Result:
    action = type(filled)
    match outcome:
        case Sent() | Accepted():
            return _end(message, action, "sent", tools, vendor_id=_id_of(outcome))
        case Refused():
            return _end(message, action, "failed", tools, reason=f"{outcome.code}: {outcome.text}")
        case OptedOut():
            return _end(message, action, "failed", tools, reason=f"opted out: {outcome.text}")
        case Gone():
            return _end(message, action, "failed", tools, reason=f"gone: {outcome.text}")
        case Unknown() if not filled.repeatable:
            return _end(message, action, "unknown", tools, reason=outcome.text, at=began)
        case _:
            if not isinstance(outcome, Unknown):
                # Before anybody else can begin: it would be her place.
                give_back(message, tools)
            tools.ledger.release(message.message_id)
            return Result(again=again(outcome))


def again(outcome: Auth | Retry | Unknown) -> Again:
    match outcome:
        case Auth():
            return Again(reason=outcome.text, kind="auth")
        case Retry(waits=True):
            return Again(reason=outcome.text, after=outcome.after, kind="waiting")
        case Retry():
            return Again(reason=outcome.text, after=outcome.after, unknown_error=outcome.unknown_error)
        case Unknown():
            return Again(reason=outcome.text)


def _withhold(message: Message, action: type[Send], reason: str, tools: Tools) -> Result:
    """In one write: a "no" that was only half written down would read as a sender that died on the way."""
    entry = LedgerEntry(state="withheld", at=tools.real_now(), reason=reason)
    standing = tools.ledger.withhold(message.message_id, entry)
    return (
        _report(message, action, entry, tools)
        if standing is None
        else _found(message, action, standing, tools)
    )


def _found(message: Message, action: type[Send], standing: LedgerEntry, tools: Tools) -> Result:
    """A twin of a message that was begun before."""
    if standing.state != "sending":
        return _report(message, action, standing, tools)
    if tools.real_now() - standing.at < IN_FLIGHT:
        return Result(again=Again(reason="another consumer is sending it", kind="waiting"))
    return _end(message, action, "unknown", tools, reason="its sender died on the way", at=standing.at)


def _end(
    message: Message,
    action: type[Send],
    state: Any,
    tools: Tools,
    *,
    reason: str = "",
    vendor_id: str = "",
    at: Instant | None = None,
) -> Result:
    """`at`: in real time, when it is another than now."""
    ended = tools.real_now() if at is None else at
    entry = LedgerEntry(state=state, at=ended, vendor_id=vendor_id, reason=reason)
    try:
        tools.ledger.settle(message.message_id, entry)
    except Conflict:
        return Result(again=Again(reason="its end was written down meanwhile", kind="waiting"))
    return _report(message, action, entry, tools)


def _report(message: Message, action: type[Send], entry: LedgerEntry, tools: Tools) -> Result:
    status = _ENDS[entry.state]
    return Result(
        delivery=delivered(
            message, action, status, tools.hub_at(entry.at), reason=entry.reason, vendor_id=entry.vendor_id
        )
    )


def _id_of(outcome: Sent | Accepted) -> str:
    return outcome.token if isinstance(outcome, Accepted) else outcome.vendor_id
