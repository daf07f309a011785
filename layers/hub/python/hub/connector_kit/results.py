"""What became of one message of a batch, and of the batch in numbers."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from hub.clock import Duration, Instant
from hub.connector_kit.declaration import Action
from hub.connector_kit.rendering import Document, TemplateLike
from hub.connector_kit.vendor import Vendor
from hub.deliveries import Delivery, Message, Status, outcome_of
from hub.errors import ConfigurationError, Conflict
from hub.policy import Decision, Hold, Later, Ready
from hub.ports import Effects, SendLedger
from hub.profiles import Profile


class Gate(Protocol):
    """Asked right before a message leaves and before a level is turned on; strongly consistent (P5)."""

    def __call__(self, message: Message, channel: str, *, paid: bool, ready: Ready) -> Decision: ...


@dataclass(frozen=True, kw_only=True)
class Tools:
    """What the flows act with; all of it is replaceable."""

    vendor: Vendor
    ledger: SendLedger
    effects: Effects
    decide: Gate
    give_back: Callable[[Message], None]
    """The gate's yes was not used: nothing left."""
    profile: Callable[[str], Profile | None]
    """Strongly consistent; for words that were let before and are to be told now."""
    describe: Callable[[Profile], Document]
    templates: Mapping[str, TemplateLike]
    now: Callable[[], Instant]
    """Hub time: what journeys, expiry and deliveries are in."""
    real_now: Callable[[], Instant]
    """Real time: what leases, time-outs and signatures are in."""
    real_at: Callable[[Instant], Instant]
    """The real instant at which hub time reaches an instant."""
    hub_at: Callable[[Instant], Instant]
    """The hub time at a real instant."""
    log: Callable[[Message, Exception], None]
    """Hears of what should not have happened."""


@dataclass(frozen=True, kw_only=True)
class Again:
    """Not now: the message goes back to its queue."""

    reason: str
    after: Duration | None = None
    """Real milliseconds, at least; None: by our own backoff."""
    kind: Literal["failing", "waiting", "auth"] = "failing"
    """Only what fails comes nearer to the dead-letter queue; waiting for somebody else does not."""
    unknown_error: bool = False


class NotNow(Exception):
    """What a vendor that cannot be asked means for a message that may leave: it takes no place, and waits."""

    def __init__(self, again: Again) -> None:
        super().__init__(again.reason)
        self.again = again


@dataclass(frozen=True, kw_only=True)
class Result:
    """At least one of the three; the first two where a failure is reported and yet tried again."""

    delivery: Delivery | None = None
    again: Again | None = None
    deferred: Later | Hold | None = None
    """The gate's word: the message leaves the queue and comes to the gate again when that says."""
    time_to_off: Duration | None = None
    """Hub milliseconds from the end of the enrollment to the confirmed end of the level."""


def guarded(error: Exception, message: Message, tools: Tools) -> Result:
    """What an exception means for its message: nothing is lost, and what a person must mend is waited for."""
    match error:
        case NotNow():
            return Result(again=error.again)
        case Conflict():
            return Result(again=Again(reason="somebody else was faster", kind="waiting"))
        case ConfigurationError():
            tools.log(message, error)
            return Result(again=Again(reason=str(error), kind="auth"))
        case _:
            tools.log(message, error)
            return Result(again=Again(reason=type(error).__name__))


def give_back(message: Message, tools: Tools) -> None:
    """As the gate does it, or not at all: a place lapses, and what did not leave must not end as unknown."""
    try:
        tools.give_back(message)
    except Exception as error:  # noqa: BLE001 - the message's own way goes on
        tools.log(message, error)


def delivered(
    message: Message, action: type[Action], status: Status, at: Instant, reason: str = "", vendor_id: str = ""
) -> Delivery:
    return outcome_of(
        message,
        status,
        at,
        channel=action.channel,
        paid=action.paid,
        reason=reason,
        vendor_id=vendor_id,
    )


_COUNTED: Mapping[Status, str] = {
    Status.SENT: "Sent",
    Status.QUEUED: "Sent",
    Status.ON: "LevelsOn",
    Status.OFF: "LevelsOff",
    Status.WITHHELD: "Withheld",
    Status.REJECTED: "Refused",
    Status.FAILED: "Refused",
    Status.UNKNOWN: "UnknownOutcomes",
}

# How the gate's and the kit's reasons begin -> the metric they are counted in, beside Withheld itself (P10).
_WITHHELD_FOR = {
    "cap": "WithheldForCap",
    "converted": "WithheldForGoal",
    "expired": "WithheldForExpiry",
    "hold-out": "WithheldForHoldOut",
    "no address": "WithheldForAddress",
    "no consent": "WithheldForConsent",
    "priority": "WithheldForPriority",
    "unsubscribed": "WithheldForConsent",
}


def tally(results: Iterable[Result]) -> Counter[str]:
    """The batch in numbers, by metric."""
    counts: Counter[str] = Counter()
    for result in results:
        if result.delivery:
            counts[_COUNTED[result.delivery.status]] += 1
            counts[_reason_of(result.delivery)] += 1
        counts["Deferred"] += result.deferred is not None
        if result.again:
            counts["Retried"] += 1
            counts["UnknownErrors"] += result.again.unknown_error
            # One alarm a batch, however many messages wait for the same person.
            counts["ConnectorAuthFailed"] = max(
                counts["ConnectorAuthFailed"], int(result.again.kind == "auth")
            )
    del counts[""]
    return +counts


def _reason_of(delivery: Delivery) -> str:
    """The metric of a reason not to, "" for all else."""
    if delivery.status is not Status.WITHHELD:
        return ""
    known = (metric for start, metric in _WITHHELD_FOR.items() if delivery.reason.startswith(start))
    return next(known, "WithheldForOther")
