"""Past events through today's strategy with a virtual clock: the same rules, gate and steps as live.

No AWS and no vendor: what would have been sent counts as sent. Events are taken in the order of
their event time; memory grows with the number of customers, not of events.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import Any

from hub import identity, policy, profiles, stepping, timeline
from hub.clock import Instant, format_instant
from hub.deliveries import Message, Status
from hub.enrollments import Enrollment
from hub.errors import InvalidEvent
from hub.events import Event, accept
from hub.identities import Identifier
from hub.policy import Later, No
from hub.profiles import Profile, identifier_of
from hub.rules import Rules
from hub.skew import read_instant
from hub.stepping import StepCall
from hub.strategy.journeys import ActionFacts, Journey


@dataclass(frozen=True, slots=True)
class Membership:
    profile_id: str
    user_id: str
    anonymous_id: str
    segment: str
    entered_at: Instant
    left_at: Instant | None

    def to_json(self) -> dict[str, Any]:
        return {
            "profile_id": self.profile_id,
            "user_id": self.user_id or None,
            "anonymous_id": self.anonymous_id or None,
            "segment": self.segment,
            "entered_at": format_instant(self.entered_at),
            "left_at": None if self.left_at is None else format_instant(self.left_at),
        }


@dataclass(frozen=True, slots=True)
class Planned:
    profile_id: str
    user_id: str
    journey: str
    step: int
    connector: str
    action: str
    at: Instant
    status: str
    reason: str

    def to_json(self) -> dict[str, Any]:
        shown = {name: getattr(self, name) for name in self.__slots__}
        return {**shown, "user_id": self.user_id or None, "at": format_instant(self.at)}


@dataclass(slots=True)
class Summary:
    events: int = 0
    duplicates: int = 0
    nobodys: int = 0
    """Events whose identifiers all stand for nobody (null, 000, …)."""
    profiles: int = 0
    entered: Counter[str] = field(default_factory=Counter)
    left: Counter[str] = field(default_factory=Counter)
    members: Counter[str] = field(default_factory=Counter)
    enrollments: Counter[str] = field(default_factory=Counter)
    messages: dict[str, dict[int, Counter[str]]] = field(default_factory=dict)
    conversions: Counter[str] = field(default_factory=Counter)
    value: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class _Customer:
    """A profile, and what its journeys have yet to do: (due, order, what)."""

    profile: Profile
    agenda: list[tuple[Instant, int, StepCall | Message]] = field(default_factory=list)
    known: set[str] = field(default_factory=set)
    """Enrollments whose steps are on the agenda."""
    standing: dict[str, list[tuple[Message, ActionFacts]]] = field(default_factory=dict)
    """Enrollment -> levels it has turned on."""


def past_event(message: object, source: str = "") -> Event:
    """An event from an archive: it counts from its own timestamp. InvalidEvent if it has none."""
    said = message.get("timestamp") or message.get("originalTimestamp") if isinstance(message, dict) else None
    at = read_instant(said)
    if at is None:
        raise InvalidEvent("no_timestamp", f"{said!r} is no time: an event of the past needs a timestamp")
    return accept(message, received_at=at, sent_at=None, source=source)


class Backtest:
    def __init__(
        self,
        rules: Rules,
        *,
        on_membership: Callable[[Membership], None] = lambda _: None,
        on_delivery: Callable[[Planned], None] = lambda _: None,
        lacks: Callable[[Message, Profile], str] = lambda _message, _profile: "",
    ) -> None:
        self._rules = rules
        self._on_membership = on_membership
        self._on_delivery = on_delivery
        self._lacks = lacks
        self._leads: dict[Identifier, _Customer] = {}
        self._customers: dict[str, _Customer] = {}
        self._tallied: set[str] = set()
        self.summary = Summary()
        self._order = 0

    def take(self, event: Event) -> None:
        """The next event, by event time."""
        if not identity.carried(event):
            self.summary.nobodys += 1
            return
        customer = self._whose(event)
        self._advance(customer, event.at - 1)
        self.summary.events += 1
        if not timeline.live(customer.profile, event, self._rules):
            self.summary.duplicates += 1
        self._after_turn(customer)

    def finish(self, until: Instant) -> Summary:
        """Let time pass for everybody, and say who is still in."""
        for customer in self._customers.values():
            self._advance(customer, until)
            for segment, entered_at in customer.profile.memberships.items():
                self._tell(customer.profile, segment, entered_at, None)
        self.summary.profiles = len(self._customers)
        return self.summary

    def _whose(self, event: Event) -> _Customer:
        found = identity.carried(event)
        leading = {id(one): one for one in map(self._leads.get, found)}
        if len(leading) == 1 and (known := next(iter(leading.values()))) is not None:
            return known
        owners = {one: self._leads[one].profile for one in found if one in self._leads}
        verdict = identity.judge(found, owners)
        customer = self._customers.get(verdict.profile_id) or self._new(verdict.profile_id)
        for loser_id in verdict.merges:
            self._merge(customer, self._customers[loser_id], event.at - 1)
        for one in verdict.moves:
            profiles.forget_identifier(self._leads[one].profile, one)
        for one in (*verdict.claims, *verdict.moves):
            self._leads[one] = customer
        return customer

    def _new(self, profile_id: str) -> _Customer:
        customer = _Customer(Profile(profile_id))
        customer.profile.left = []
        self._customers[profile_id] = customer
        return customer

    def _merge(self, winner: _Customer, loser: _Customer, at: Instant) -> None:
        self._advance(winner, at)
        self._advance(loser, at)
        joined = profiles.join(winner.profile, loser.profile, self._rules)
        joined.left = winner.profile.left
        winner.profile = joined
        winner.agenda = sorted((*winner.agenda, *loser.agenda), key=lambda due: due[:2])
        winner.known |= loser.known
        winner.standing |= loser.standing
        for one in joined.identifiers:
            if self._leads.get(one) is loser:
                self._leads[one] = winner
        del self._customers[loser.profile.profile_id]

    def _advance(self, customer: _Customer, until: Instant) -> None:
        """Time passes: answers change by themselves and steps come due, each at its instant."""
        while True:
            change = timeline.next_change(customer.profile, self._rules)
            due = customer.agenda[0][0] if customer.agenda else None
            if due is not None and due <= until and (change is None or due < change):
                timeline.settle(customer.profile, due, self._rules)
                _, _, item = heappop(customer.agenda)
                self._do(customer, item, due)
            elif change is not None and change <= until:
                timeline.settle(customer.profile, change, self._rules)
            else:
                break
            self._after_turn(customer)
        timeline.settle(customer.profile, until, self._rules)

    def _after_turn(self, customer: _Customer) -> None:
        """What the turn brought: memberships that ended, journeys begun, journeys over."""
        profile = customer.profile
        for segment, entered_at, left_at in profile.left or ():
            self._tell(profile, segment, entered_at, left_at)
        profile.left = []
        if len(profile.enrollments) == len(customer.known) and not customer.standing:
            return
        for one in profile.enrollments.values():
            if one.enrollment_id not in customer.known:
                self._begin(customer, one)
            if one.closed_at is not None and one.enrollment_id in customer.standing:
                self._turn_off(customer, one.enrollment_id, one.closed_at)

    def _begin(self, customer: _Customer, one: Enrollment) -> None:
        customer.known.add(one.enrollment_id)
        self.summary.enrollments[one.journey] += 1
        customer.standing[one.enrollment_id] = []
        journey = self._rules.strategy.journey_by_name[one.journey]
        for place in range(len(journey.steps)):
            self._plan_at(
                customer,
                one.entered_at + journey.steps[place].after,
                self._call(customer, one, journey, place),
            )

    def _call(self, customer: _Customer, one: Enrollment, journey: Journey, place: int) -> StepCall:
        return StepCall(
            enrollment_id=one.enrollment_id,
            profile_id=customer.profile.profile_id,
            journey=one.journey,
            step=place,
            definition=journey.steps[place],
            token="",
        )

    def _plan_at(self, customer: _Customer, at: Instant, item: StepCall | Message) -> None:
        self._order += 1
        heappush(customer.agenda, (at, self._order, item))

    def _do(self, customer: _Customer, item: StepCall | Message, now: Instant) -> None:
        if isinstance(item, Message):
            self._deliver(customer, item, now)
            return
        one = customer.profile.enrollments.get(item.enrollment_id)
        if one is None or one.closed_at is not None:
            return
        messages, held = stepping.plan(item, one.entered_at, customer.profile, self._rules, now)
        for message in messages:
            self._deliver(customer, message, now)
        for delivery in held:
            self._record(customer, delivery.journey, delivery.step, delivery)

    def _deliver(self, customer: _Customer, message: Message, now: Instant) -> None:
        facts = stepping.facts_of(message, self._rules)
        profile = customer.profile
        decision = policy.decide(
            message, facts.channel, paid=facts.paid, profile=profile, policy=self._rules.policy, now=now
        )
        if isinstance(decision, Later):
            self._plan_at(customer, decision.at, message)
            return
        reason = decision.reason if isinstance(decision, No) else self._lacks(message, profile)
        status = (
            Status.WITHHELD if reason else Status.SENT if message.verb in ("send", "track") else Status.ON
        )
        if status is Status.ON:
            customer.standing.setdefault(message.enrollment_id, []).append((message, facts))
        self._record(
            customer, message.journey, message.step, stepping.outcome(message, facts, status, now, reason)
        )

    def _turn_off(self, customer: _Customer, enrollment_id: str, at: Instant) -> None:
        for message, facts in customer.standing.pop(enrollment_id):
            self._record(
                customer, message.journey, message.step, stepping.outcome(message, facts, Status.OFF, at)
            )
        self._tally_conversions(customer.profile)

    def _record(self, customer: _Customer, journey: str, step: int, delivery: stepping.Delivery) -> None:
        profile = customer.profile
        profiles.note(profile, delivery)
        counts = self.summary.messages.setdefault(journey, {}).setdefault(step, Counter())
        counts[delivery.status.value] += 1
        self._on_delivery(
            Planned(
                profile.profile_id,
                identifier_of(profile, "user_id"),
                journey,
                step,
                delivery.connector,
                delivery.action,
                delivery.at,
                delivery.status.value,
                delivery.reason,
            )
        )

    def _tally_conversions(self, profile: Profile) -> None:
        for conversion in profile.conversions:
            if conversion.enrollment_id not in self._tallied:
                self._tallied.add(conversion.enrollment_id)
                self.summary.conversions[conversion.journey] += 1
                self.summary.value[conversion.journey] += conversion.value or 0.0  # type: ignore[assignment]

    def _tell(self, profile: Profile, segment: str, entered_at: Instant, left_at: Instant | None) -> None:
        self.summary.entered[segment] += 1
        (self.summary.members if left_at is None else self.summary.left)[segment] += 1
        self._on_membership(
            Membership(
                profile.profile_id,
                identifier_of(profile, "user_id"),
                identifier_of(profile, "anonymous_id"),
                segment,
                entered_at,
                left_at,
            )
        )
