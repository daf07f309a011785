"""The harness: given, advance, expect. What was expected and is not, fails and tells all that happened."""

from collections.abc import Iterable, Mapping
from typing import Any, Self, get_args

from cli.rehearsal.calls import Wanted, call
from cli.rehearsal.checking import no_fault, one_of
from cli.rehearsal.diary import Diary
from cli.rehearsal.hub_in_memory import HubInMemory
from cli.rehearsal.planned import Planned
from cli.rehearsal.said import Said, in_milliseconds, message_of
from cli.rehearsal.window import Window, is_of
from hub.authoring.cases import Ending
from hub.authoring.moments import in_calendar, read_moment
from hub.authoring.vocabulary import Vocabulary
from hub.clock import Duration, Instant, format_instant
from hub.deliveries import Status
from hub.effects import Effect
from hub.enrollments import Enrollment
from hub.journey_states import JourneyState
from hub.profiles import Profile, identifier_of
from hub.strategy.model import Mistake
from hub.strategy.strategy import Strategy

CUSTOMER = "customer"
"""The user id of who does what is said without one."""
_KINDS = ("user_id", "email", "phone", "anonymous_id")


class NotAsExpected(AssertionError):
    """`sentence`: what is otherwise; `told`: everything that happened."""

    def __init__(self, sentence: str, told: str) -> None:
        super().__init__(f"{sentence}\n\nwhat happened:\n{told or '  nothing'}")
        self.sentence = sentence
        self.told = told


class Rehearsal:
    """Acts and expectations, each of which gives the rehearsal back, so that a story reads as one chain.

    What an expectation looks at: see `window`.
    """

    def __init__(self, strategy: Strategy, start: Instant) -> None:
        self._start = start
        self._diary = Diary(start, self._name_of)
        self._window = Window(self._diary)
        self._hub = HubInMemory(strategy, start, self._diary.hear)
        self._planned = Planned(strategy)
        self._words = Vocabulary(strategy, self._hub.connectors.values())

    # ---- acts

    def given(self, *said: Said, customer: str = CUSTOMER) -> Self:
        """Customers do this now, in this order: a millisecond apart, so that nothing happens at once."""
        self._window.move_on()
        for one in said:
            self._hub.advance_to(self._hub.time.now() + 1)
            message = message_of(one, customer, self._hub.time.now())
            self._planned.check(message, self._hub.time.now())
            self._hub.say(**message)
        return self

    def advance(self, duration: str | Duration) -> Self:
        """Let so much time pass: 30s, 10m, 4h, 7d."""
        return self._pass(self._hub.time.now() + in_milliseconds(duration))

    def advance_to(self, time: str) -> Self:
        """Let time pass up to an instant: a time with its day, or how long after the start."""
        return self._pass(read_moment(time, self._start))

    def vendor_fails(
        self, connector: str, status: int | None = None, *, mode: str | None = None, times: int | None = None
    ) -> Self:
        """Its vendor's next answers fail, so many or until it recovers; modes: cli/sandbox/failures.py."""
        self._window.move_on()
        no_fault(self._words.connector(connector))
        plan = {"mode": mode} if mode else {"status": status or 500}
        if times is None:
            self._hub.vendors.go_down(connector, **plan)
        else:
            self._hub.vendors.fail(connector, times=times, **plan)
        return self

    def vendor_recovers(self, connector: str) -> Self:
        self._window.move_on()
        no_fault(self._words.connector(connector))
        self._hub.vendors.recover(connector)
        return self

    def vendor_reports(self, address: str, status: str, reason: str = "") -> Self:
        """What became of an action's newest message, by its vendor's word: bounced, unsubscribed, …"""
        self._window.move_on()
        no_fault(self._words.action(address))
        one_of([*Status], status, "status")
        told = [one for one in self._diary.deliveries if is_of(one, address)]
        if not told:
            self._fail(f"{address} has sent nothing that its vendor could report on")
        news = {"status": Status(status), "reason": reason, "at": self._hub.time.now()}
        self._hub.report(told[-1].model_copy(update=news))
        return self

    def pause(self, journey: str) -> Self:
        """As `hub journey pause` does."""
        return self._switch(journey, "paused")

    def resume(self, journey: str) -> Self:
        return self._switch(journey, "running")

    # ---- expectations

    def expect(self, *wanted: Wanted | str, **fields: Any) -> Self:
        """These calls were made, in any order, whatever others were; fields are those of a single one."""
        if not wanted:
            raise Mistake("no call is named", "write the action, e.g. expect('webhook.post')")
        if fields and len(wanted) > 1:
            raise Mistake("fields are those of one call", "write call(…, field=…) for each")
        for one in (call(one, **fields) if isinstance(one, str) else one for one in wanted):
            no_fault(self._words.call(one.address, one.fields))
            self._see(self._window.answer(one))
        return self

    def expect_nothing(self, *addresses: str) -> Self:
        """No call that is not expected; only of these actions or connectors, if any are named."""
        for address in addresses:
            no_fault(self._words.action(address))
        return self._see(self._window.unexpected(addresses))

    def withheld(self, reason: str, *addresses: str) -> Self:
        """Each of these (or anything at all) was withheld, for a reason that begins so."""
        for address in addresses:
            no_fault(self._words.action(address))
        for address in addresses or ("",):
            self._see(self._window.lacks("withheld", address, reason))
        return self

    def reported(self, status: str, address: str, reason: str = "") -> Self:
        """A message of this action became unknown, rejected, bounced, …, for a reason that begins so."""
        no_fault(self._words.action(address))
        one_of([*Status], status, "status")
        return self._see(self._window.lacks(status, address, reason))

    def member_of(self, *segments: str, customer: str = CUSTOMER) -> Self:
        return self._members(segments, customer, wanted=True)

    def not_member_of(self, *segments: str, customer: str = CUSTOMER) -> Self:
        return self._members(segments, customer, wanted=False)

    def ended(self, outcome: Ending, *, journey: str = "", customer: str = CUSTOMER) -> Self:
        """How her newest run (through this journey) ended, or that it is still running."""
        one_of(get_args(Ending), outcome, "end")
        if journey:
            no_fault(self._words.journey(journey))
        run = self._newest_run(journey, customer)
        said = "there is none" if run is None else f"it is {run.outcome or 'running'}"
        of = f" of {journey}" if journey else ""
        wrong = run is None or (run.outcome or "running") != outcome
        return self._see(f"expected {customer}'s run{of} to be {outcome}, but {said}" if wrong else "")

    def everything_off(self) -> Self:
        """Nothing stands at any vendor by its own word, nor may anything."""
        levels = self._hub.effects.rows.values()
        told = sorted(
            {f"{doubt} is {one.key.connector}.{one.action}" for one in levels if (doubt := _is_on(one))}
        )
        return self._see(f"expected everything off, but {', '.join(told)}" if told else "")

    def timeline(self) -> str:
        """Everything that happened, a line each."""
        return self._diary.told()

    # ---- how it is done

    def _switch(self, journey: str, state: JourneyState) -> Self:
        self._window.move_on()
        no_fault(self._words.journey(journey))
        self._hub.switch(journey, state)
        return self

    def _pass(self, until: Instant) -> Self:
        self._window.move_on()
        if until < self._hub.time.now():
            self._fail(f"time does not go back: it is {format_instant(self._hub.time.now())} already")
        self._hub.advance_to(in_calendar(until))
        return self

    def _see(self, wrong: str) -> Self:
        """`wrong`: what is not as expected, "" if nothing is."""
        self._window.look()
        if wrong:
            self._fail(wrong)
        return self

    def _members(self, segments: Iterable[str], customer: str, *, wanted: bool) -> Self:
        for name in segments:
            no_fault(self._words.segment(name))
        profile = self._profile(customer)
        if profile is None:
            return self._see(f"nobody is known as '{customer}' yet")
        is_in = set(profile.memberships)
        wrong = [name for name in segments if (name in is_in) != wanted]
        place = "in" if wanted else "out of"
        return self._see(f"expected {customer} {place} {', '.join(wrong)}" if wrong else "")

    def _newest_run(self, journey: str, customer: str) -> Enrollment | None:
        profile = self._profile(customer)
        runs: Mapping[str, Enrollment] = profile.enrollments if profile else {}
        ours = [run for run in runs.values() if journey in ("", run.journey)]
        return max(ours, key=lambda run: run.entered_at, default=None)

    def _profile(self, customer: str) -> Profile | None:
        found = self._hub.profiles.find([(kind, customer) for kind in _KINDS])
        return next((self._hub.profiles.get(one) for one in found.values()), None)

    def _name_of(self, profile_id: str) -> str:
        profile = self._hub.profiles.get(profile_id)
        names = (identifier_of(profile, kind) for kind in _KINDS) if profile else ()
        return next(filter(None, names), profile_id)

    def _fail(self, sentence: str) -> None:
        raise NotAsExpected(sentence, self.timeline())


def _is_on(level: Effect) -> str:
    """ "" where it is off. A vendor that was given something and never answered since may have it still."""
    if level.stands_for or level.confirmed:
        return "on"
    return "in doubt" if level.confirmed is None and level.sent else ""
