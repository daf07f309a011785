"""Journeys in a back-test: the same steps and gate as live; what would have been sent counts as sent."""

from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heappop, heappush

from hub import policy, profiles, stepping
from hub.backtest_findings import Findings
from hub.clock import Instant
from hub.deliveries import Delivery, Message, Status
from hub.enrollments import Enrollment
from hub.policy import Decision, Later, No
from hub.profiles import Profile
from hub.rules import Rules
from hub.stepping import StepCall
from hub.strategy.journeys import ActionFacts

Lacks = Callable[[Message, Profile], str]
""""" or why the customer cannot be reached."""


@dataclass(slots=True)
class Customer:
    """A profile, and what its journeys have yet to do."""

    profile: Profile
    agenda: list[tuple[Instant, int, StepCall | Message]] = field(default_factory=list)
    """A heap of (due, order, what)."""
    known: set[str] = field(default_factory=set)
    """Enrollments whose steps are on the agenda."""
    standing: dict[str, list[tuple[Message, ActionFacts]]] = field(default_factory=dict)
    """Open enrollment -> levels it has turned on."""


class Journeys:
    def __init__(self, rules: Rules, findings: Findings, lacks: Lacks) -> None:
        self._rules = rules
        self._findings = findings
        self._lacks = lacks
        self._order = 0

    def follow(self, customer: Customer) -> None:
        """Begin and end what the last turn of the profile began and ended."""
        for one in list(customer.profile.enrollments.values()):
            if one.enrollment_id not in customer.known:
                self._begin(customer, one)
            if one.closed_at is not None and one.enrollment_id in customer.standing:
                self._end(customer, one, one.closed_at)
        for standing in customer.standing.values():
            self._withdraw(customer, standing)

    def do_next(self, customer: Customer) -> None:
        """The first thing on the agenda, at the instant it is due."""
        now, _, item = heappop(customer.agenda)
        if isinstance(item, Message):
            self._deliver(customer, item, now)
        else:
            self._step(customer, item, now)

    def _begin(self, customer: Customer, one: Enrollment) -> None:
        customer.known.add(one.enrollment_id)
        customer.standing[one.enrollment_id] = []
        self._findings.summary.enrollments[one.journey] += 1
        for place, step in enumerate(self._rules.strategy.journey_by_name[one.journey].steps):
            call = StepCall(
                enrollment_id=one.enrollment_id,
                profile_id=customer.profile.profile_id,
                journey=one.journey,
                step=place,
                definition=step,
                token="",
            )
            self._put(customer, one.entered_at + step.after, call)

    def _end(self, customer: Customer, one: Enrollment, at: Instant) -> None:
        for message, facts in customer.standing.pop(one.enrollment_id):
            self._record(customer, stepping.outcome(message, facts, Status.OFF, at))
        self._findings.converted(customer.profile)

    def _withdraw(self, customer: Customer, standing: list[tuple[Message, ActionFacts]]) -> None:
        """A level stands no longer than what she consents to."""
        profile = customer.profile
        for message, facts in list(standing):
            refusal = policy.consent_forbids(message, facts.channel, profile, self._rules.policy)
            if refusal:
                standing.remove((message, facts))
                off = stepping.outcome(message, facts, Status.OFF, profile.settled_at, refusal)
                self._record(customer, off)

    def _put(self, customer: Customer, at: Instant, item: StepCall | Message) -> None:
        self._order += 1
        heappush(customer.agenda, (at, self._order, item))

    def _step(self, customer: Customer, call: StepCall, now: Instant) -> None:
        one = customer.profile.enrollments.get(call.enrollment_id)
        if one is None or one.closed_at is not None:
            return
        messages, held = stepping.plan(call, one.entered_at, customer.profile, self._rules, now)
        for message in messages:
            self._deliver(customer, message, now)
        for delivery in held:
            self._record(customer, delivery)

    def _deliver(self, customer: Customer, message: Message, now: Instant) -> None:
        facts = facts_of(message, self._rules)
        decision = policy.decide(
            message, facts.channel, paid=facts.paid, profile=customer.profile, rules=self._rules, now=now
        )
        if isinstance(decision, Later):
            self._put(customer, decision.at, message)
            return
        reason = _reason(decision) or self._lacks(message, customer.profile) or _held_out(decision)
        status = _status(message, reason)
        if status is Status.ON:
            customer.standing[message.enrollment_id].append((message, facts))
        self._record(customer, stepping.outcome(message, facts, status, now, reason))

    def _record(self, customer: Customer, delivery: Delivery) -> None:
        profiles.note(customer.profile, delivery, self._rules.policy)
        self._findings.delivered(customer.profile, delivery)


def facts_of(message: Message, rules: Rules) -> ActionFacts:
    """Those of the action that the message came from: it is in the strategy, as nothing else is deployed."""
    step = rules.strategy.journey_by_name[message.journey].steps[message.step]
    asked = (message.connector, message.action, message.params)
    (do, *_) = (one for one in step.actions if (one.connector, one.action, one.params) == asked)
    return stepping.facts_of(do)


def _reason(decision: Decision) -> str:
    """Why not; "" where it is still to be seen whether she could be reached."""
    return decision.reason if isinstance(decision, No) and decision.reachable is None else ""


def _held_out(decision: Decision) -> str:
    return decision.reason if isinstance(decision, No) else ""


def _status(message: Message, reason: str) -> Status:
    if reason:
        return Status.WITHHELD
    return Status.SENT if message.verb in ("send", "track") else Status.ON
