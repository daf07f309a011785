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
from hub.identities import Identifier
from hub.leads import Lead
from hub.profiles import Profile
from hub.rules import Rules
from hub.screening import Screen

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
        self._screen = Screen(rules.strategy.tracking_plan, rules.policy)
        self._findings = Findings(on_membership, on_delivery)
        self.summary: Summary = self._findings.summary
        self._journeys = Journeys(rules, self._findings, lacks)
        self._leads: dict[Identifier, Lead] = {}
        self._customers: dict[str, Customer] = {}
        """By profile id, also by those that became part of another."""

    def take(self, event: Event) -> None:
        """The next event, by event time."""
        if not self._screen.admits(event, self.summary.kept_out):
            return
        found = self._rules.identifiers.of(event)
        if not found:
            self.summary.nobodys += 1
            return
        self.summary.events += 1
        customer, heard = self._whose(found, event.at)
        self._advance(customer, event.at - 1)
        if not timeline.live(customer.profile, event, self._rules, heard):
            self.summary.duplicates += 1

    def finish(self, until: Instant) -> Summary:
        """Let time pass for everybody, and say who is still in."""
        customers = {customer.profile.profile_id: customer for customer in self._customers.values()}
        for customer in customers.values():
            self._advance(customer, until)
            for segment, entered_at in customer.profile.memberships.items():
                self._findings.stayed(customer.profile, segment, entered_at, None)
        self.summary.profiles = len(customers)
        return self.summary

    def _whose(self, found: Sequence[Identifier], at: Instant) -> tuple[Customer, Sequence[Identifier]]:
        """The customer, and the identifiers that she was seen with."""
        if known := self._known(found):
            return known, found
        terms = self._rules.policy.identifiers
        verdict = identity.judge(found, self._leads, self._profile, at, terms)
        customer = self._customer(verdict.profile_id)
        for loser_id in verdict.merges:
            self._merge(customer, self._customers[loser_id], at)
            self._customers[loser_id] = customer
        self._leads.update(dict.fromkeys(verdict.claims, Lead(profile_id=verdict.profile_id)))
        self._leads.update(verdict.shortcuts | verdict.leads)
        self.summary.refused += len(verdict.refused)
        return customer, verdict.heard

    def _known(self, found: Sequence[Identifier]) -> Customer | None:
        """Whose most events are: nothing is new, and the device is nobody else's."""
        profile_id = ""
        for one in found:
            lead = self._leads.get(one)
            if lead is None or lead.switches or lead.profile_id != (profile_id or lead.profile_id):
                return None
            profile_id = lead.profile_id
        return self._customers[profile_id]

    def _profile(self, profile_id: str) -> Profile:
        return self._customers[profile_id].profile

    def _customer(self, profile_id: str) -> Customer:
        known = self._customers.get(profile_id)
        if known is None:
            known = self._customers[profile_id] = Customer(Profile(profile_id, left=[]))
        return known

    def _merge(self, winner: Customer, loser: Customer, at: Instant) -> None:
        self._advance(winner, at - 1)
        self._advance(loser, at - 1)
        joined = timeline.unite(winner.profile, loser.profile, at, self._rules)
        joined.left = []
        winner.profile = joined
        winner.agenda = sorted((*winner.agenda, *loser.agenda), key=lambda due: due[:2])
        winner.known |= loser.known
        winner.standing |= loser.standing
        self._customers |= {
            profile_id: winner for profile_id in loser.profile.merged if profile_id in self._customers
        }

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
