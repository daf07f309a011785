"""What happened in a rehearsal, in order, one line each: who, when, what, and why not."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter

from cli.rehearsal.calls import Call, call_of, when
from cli.rehearsal.connectors_in_memory import Happening
from cli.rehearsal.handling import Handled
from hub.clock import Instant, format_instant
from hub.deliveries import NO_LONGER_WANTED, Delivery, Status
from hub.events import Event
from hub.policy import Hold, Later
from hub.reactions import ArmTimer, Enter, Finish, Leave, LookAgain, Reaction, Start, Withdraw
from hub.rules import event_name

_TOLD_AS_CALLS = frozenset({Status.SENT, Status.QUEUED, Status.ON, Status.OFF})


@dataclass
class Diary:
    start: Instant
    name_of: Callable[[str], str]
    """A profile's id -> what to call her."""
    calls: list[Call] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    """What became of messages, also of those that no vendor saw."""
    lines: list[tuple[Instant, str]] = field(default_factory=list)
    _whose: dict[str, str] = field(default_factory=dict)
    """Enrollment -> profile."""

    def hear(self, at: Instant, what: Happening) -> None:
        if isinstance(what, Delivery):
            self.deliveries.append(what)
        if isinstance(what, Handled) and what.acted:
            self.calls.append(call_of(what, at))
        if isinstance(what, Start):
            self._whose[what.enrollment.enrollment_id] = what.profile_id
        self.lines += [(at, f"{self._who(what)}  {line}") for line in self._lines(what)]

    def told(self) -> str:
        """What goes on and on is told once, with how often and until when."""
        runs = (list(same) for _, same in groupby(self.lines, key=itemgetter(1)))
        return "\n".join(self._line(run) for run in runs)

    def _line(self, run: list[tuple[Instant, str]]) -> str:
        (at, line), last = run[0], run[-1][0]
        again = f" ({len(run)} times, until {when(last, self.start)})" if len(run) > 1 else ""
        return f"  {when(at, self.start)}  {line}{again}"

    def _who(self, what: Happening) -> str:
        match what:
            case Event():
                return what.user_id or what.anonymous_id
            case Handled():
                return self.name_of(what.message.profile_id)
            case Finish() | Withdraw() | LookAgain():
                return self.name_of(self._whose.get(what.enrollment_id, ""))
            case Start() | Delivery() | Enter() | Leave() | ArmTimer():
                return self.name_of(what.profile_id)

    def _lines(self, what: Happening) -> Iterator[str]:
        match what:
            case Event():
                yield _event(what)
            case Handled():
                yield from _handled(what, self.calls)
            case Delivery():
                yield from _delivery(what)
            case _:
                yield from _reaction(what)


def _event(event: Event) -> str:
    said = {**event.properties, **(event.traits if event.type == "identify" else {})}
    consent = event.context.get("consent")
    told = {**said, **({"consent": consent} if consent else {})}
    return f"{event_name(event)} {told or ''}".strip()


def _handled(handled: Handled, calls: list[Call]) -> Iterator[str]:
    message, result = handled.message, handled.result
    if handled.acted:
        yield f"→ {calls[-1]}"
    if result.again:
        yield f"… {message.connector}.{message.action} comes again: {result.again.reason}"
    match result.deferred:
        case Later(at, reason):
            yield f"… {message.connector}.{message.action} waits until {format_instant(at)}: {reason}"
        case Hold(reason=reason):
            yield f"… {message.connector}.{message.action} waits: {reason}"


def _delivery(delivery: Delivery) -> Iterator[str]:
    if delivery.status in _TOLD_AS_CALLS or delivery.reason == NO_LONGER_WANTED:
        return
    reason = f": {delivery.reason}" if delivery.reason else ""
    sign = "✗" if delivery.status is Status.WITHHELD else "←"
    yield f"{sign} {delivery.connector}.{delivery.action} {delivery.status.value}{reason}"


def _reaction(reaction: Reaction) -> Iterator[str]:
    match reaction:
        case Enter(segment):
            yield f"enters the segment {segment}"
        case Leave(segment):
            yield f"leaves the segment {segment}"
        case Start(enrollment):
            arm = " (held out)" if enrollment.arm == "holdout" else ""
            key = f" with {enrollment.key}" if enrollment.key else ""
            yield f"enters the journey {enrollment.journey}{key}{arm}"
        case Finish(enrollment_id, outcome):
            yield f"is out of the journey {enrollment_id.rpartition('-')[0]}: {outcome}"
        case Withdraw(_, purposes):
            yield f"withdraws her consent to {', '.join(sorted(purposes))}"
        case ArmTimer() | LookAgain():
            return
