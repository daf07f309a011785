"""Past events through today's strategy with a virtual clock: the same rules, gate and steps as live.

No AWS and no vendor. Events are taken in the order of their event time; memory grows with the
number of customers, not of events.
"""

from collections.abc import Callable, Sequence

from hub import identity, timeline
from hub.backtest_findings import Findings, Membership, Planned, Summary
from hub.backtest_journeys import Customer, Journeys, Lacks
from hub.clock import Instant
from hub.events import Event
from hub.identities import Identifier, identifiers_of
from hub.profiles import Profile
from hub.rules import Rules

__all__ = ["Backtest", "Membership", "Planned", "Summary"]


class Backtest:
    def __init__(
        self,
        rules: Rules,
        *,
        on_membership: Callable[[Membership], None] = lambda _: None,
        on_delivery: Callable[[Planned], None] = lambda _: None,
        lacks: Lacks = lambda _message, _profile: "",
    ) -> None:
        self._rules = rules
        self._findings = Findings(on_membership, on_delivery)
        self._journeys = Journeys(rules, self._findings, lacks)
        self._leads: dict[Identifier, Customer] = {}
        self._customers: dict[str, Customer] = {}

    @property
    def summary(self) -> Summary:
        return self._findings.summary

    def take(self, event: Event) -> None:
        """The next event, by event time."""
        found = identifiers_of(event)
        if not found:
            self.summary.nobodys += 1
            return
        self.summary.events += 1
        customer = self._whose(found, event.at)
        self._advance(customer, event.at - 1)
        if not timeline.live(customer.profile, event, self._rules):
            self.summary.duplicates += 1

    def finish(self, until: Instant) -> Summary:
        """Let time pass for everybody, and say who is still in."""
        for customer in self._customers.values():
            self._advance(customer, until)
            for segment, entered_at in customer.profile.memberships.items():
                self._findings.stayed(customer.profile, segment, entered_at, None)
        self.summary.profiles = len(self._customers)
        return self.summary

    def _whose(self, found: Sequence[Identifier], at: Instant) -> Customer:
        known = self._leads.get(found[0])
        if known is not None and all(self._leads.get(one) is known for one in found[1:]):
            return known
        owners = {one: self._leads[one].profile for one in found if one in self._leads}
        verdict = identity.judge(found, owners, at)
        customer = self._customers.get(verdict.profile_id) or self._new(verdict.profile_id)
        for loser_id in verdict.merges:
            self._merge(customer, self._customers.pop(loser_id), at)
        for one in (*verdict.claims, *verdict.moves):
            self._leads[one] = customer
        return customer

    def _new(self, profile_id: str) -> Customer:
        customer = self._customers[profile_id] = Customer(Profile(profile_id, left=[]))
        return customer

    def _merge(self, winner: Customer, loser: Customer, at: Instant) -> None:
        self._advance(winner, at - 1)
        self._advance(loser, at - 1)
        joined = timeline.unite(winner.profile, loser.profile, at, self._rules)
        joined.left = []
        winner.profile = joined
        winner.agenda = sorted((*winner.agenda, *loser.agenda), key=lambda due: due[:2])
        winner.known |= loser.known
        winner.standing |= loser.standing
        for one in loser.profile.identifiers:
            if self._leads.get(one) is loser:
                self._leads[one] = winner

    def _advance(self, customer: Customer, until: Instant) -> None:
        """Time passes: answers change by themselves and steps come due, each at its instant."""
        while True:
            change = customer.profile.wake_at
            due = customer.agenda[0][0] if customer.agenda else None
            if change is not None and change <= until and (due is None or change <= due):
                timeline.settle(customer.profile, change, self._rules)
                self._follow(customer)
            elif due is not None and due <= until:
                timeline.settle(customer.profile, due, self._rules)
                self._journeys.do_next(customer)
            else:
                return

    def _follow(self, customer: Customer) -> None:
        profile = customer.profile
        if profile.left:
            for segment, entered_at, left_at in profile.left:
                self._findings.stayed(profile, segment, entered_at, left_at)
            profile.left = []
        if profile.enrollments:
            self._journeys.follow(customer)
