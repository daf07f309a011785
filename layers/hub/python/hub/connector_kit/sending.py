"""The way of a message: at most once per (enrollment, step, action), whatever crashes (P3).

    gate -> [deferred] -> fill -> ledger.begin -> request -> ledger.settle -> delivery

A row in the ledger says `sending` from right before the request until its end is written down. Whoever
finds it young waits; whoever finds it old knows that the sender died on the way: unknown, never repeated.
A message that is withheld has ended as well, so a twin that comes later cannot say otherwise. Every end is
told with its own time; of an unknown one that is when the request left: what a vendor tells of it is later.
"""

from typing import Any

from hub.clock import MINUTE, Duration, Instant
from hub.connector_kit.declaration import Send
from hub.connector_kit.describing import document_of
from hub.connector_kit.fields import NoAddress
from hub.connector_kit.outcomes import Accepted, Auth, Gone, OptedOut, Outcome, Refused, Retry, Sent, Unknown
from hub.connector_kit.results import Again, Result, Tools, delivered
from hub.deliveries import Message, Status
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
    if message.expires_at is not None and tools.now() >= message.expires_at:
        return _withhold(message, action, "expired", tools)
    decision = tools.decide(message, action.channel, paid=action.paid)
    match decision:
        case No(reachable=None):
            return _withhold(message, action, decision.reason, tools)
        case Later() | Hold():
            return Result(deferred=decision)
        case _ if tools.vendor.dead:
            return Result(again=Again(reason=tools.vendor.dead.text, kind="auth"))
        case No():
            return _leave_alone(message, action, decision, tools)
        case _:
            return _fill_and_send(message, action, decision.profile, tools)


def _leave_alone(message: Message, action: type[Send], held_out: No, tools: Tools) -> Result:
    """Everything is done but the sending: a hold-out is told only of those whom it would have reached."""
    filled = _filled(message, action, held_out.reachable, tools) if held_out.reachable else held_out.reason
    return _withhold(message, action, filled if isinstance(filled, str) else held_out.reason, tools)


def _fill_and_send(message: Message, action: type[Send], profile: Profile, tools: Tools) -> Result:
    filled = _filled(message, action, profile, tools)
    if isinstance(filled, str):
        return _withhold(message, action, filled, tools)
    return _send_once(message, filled, tools)


def _filled(message: Message, action: type[Send], profile: Profile, tools: Tools) -> Send | str:
    """The action for this customer, or why she cannot be reached."""
    credentials = tools.vendor.credentials()
    document = document_of(profile, message, credentials, tools)
    try:
        filled = action.fill(message.params, document, tools.templates)
    except NoAddress as error:
        return str(error)
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
    standing = tools.ledger.begin(message.message_id, tools.real_now())
    if standing is not None:
        return _found(message, action, standing, tools)
    return _end(message, action, "withheld", tools, reason=reason)


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
