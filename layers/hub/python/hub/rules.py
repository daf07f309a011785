"""The strategy, compiled: what to remember of events, what to evaluate and when to look again."""

import copy
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal

from hub import carts, holdout
from hub.aggregates import Spec
from hub.clock import Duration, Instant
from hub.compiling import Compiler
from hub.definitions import journey_version, rule_json, versions
from hub.enrollments import Arm
from hub.evaluators import Evaluator
from hub.events import Event
from hub.identities import Reader
from hub.journey_states import JourneyState, States, closed_to_entries
from hub.predictions import scores
from hub.profiles import Profile
from hub.reading import read_id
from hub.strategy.conditions import Cart, Condition, walk
from hub.strategy.event_conditions import Did
from hub.strategy.journeys import Journey
from hub.strategy.policy import Party, Policy
from hub.strategy.segments import Segment, ordered
from hub.strategy.strategy import Strategy
from hub.topics import ANY_EVENT, CART, CONSENT, TRAITS, topics_of


@dataclass(frozen=True, slots=True)
class SegmentRule:
    name: str
    evaluator: Evaluator
    dependents: tuple[int, ...]
    """Segments, by index, whose condition looks at this one."""
    version: str = ""


@dataclass(frozen=True, slots=True)
class JourneyRule:
    name: str
    key: str
    again_after: Duration | None
    restart_when: Literal["cart_changes"] | None
    restarts_at_most: int
    ends_after: Duration
    share_held_out: float
    version: str
    goal: Evaluator
    exit: Evaluator | None
    value: Spec | None
    order: Spec | None
    happened: Spec | None
    """What the goal itself remembers of its event, where it is one."""

    def value_of(self, profile: Profile, floor: Instant) -> float | None:
        """What the goal's first event after entry was worth."""
        value = _first_after(profile, self.value, floor)
        return carts.number(value) if value is not None else None

    def order_of(self, profile: Profile, floor: Instant) -> str:
        value = _first_after(profile, self.order, floor)
        return "" if value is None else read_id(value)

    def event_of(self, profile: Profile, floor: Instant) -> tuple[Instant | None, str]:
        """Time and mark of the goal's first event after entry; (None, "") where the goal is none."""
        entries = profile.aggregates.get(self.happened.key, ()) if self.happened else ()
        return next(((at, mark) for at, mark, _ in entries if at > floor), (None, ""))


class Rules:
    """A strategy ready to run; built once a process."""

    def __init__(self, strategy: Strategy) -> None:
        self.strategy = strategy
        self.identifiers = _reader(strategy.policy)
        compiler = Compiler(strategy.models)
        self.scorers = tuple(compiler.scorers.values())
        in_order = ordered(strategy.segments)
        places = {segment.name: place for place, segment in enumerate(in_order)}
        evaluators = [compiler.compile(segment.when) for segment in in_order]
        self.versions = versions(in_order, strategy.models)
        self.segments = tuple(
            SegmentRule(
                segment.name, evaluator, _dependents(segment.name, in_order), self.versions[segment.name]
            )
            for segment, evaluator in zip(in_order, evaluators, strict=True)
        )
        self.segment_names = places.keys()
        self.journeys = {journey.name: _journey_rule(journey, compiler) for journey in strategy.journeys}
        self.step_conditions = _step_conditions(strategy, compiler)
        self.specs = compiler.specs
        self.spec_by_key = {spec.key: spec for spec in self.specs}
        self._party_of = cache(strategy.policy.party)
        self.asked_of_products = _asked_of_products(_conditions(strategy))
        self._specs_by_event = _by_event(self.specs)
        self.everything = tuple(range(len(in_order)))
        self._topics = [topics_of(segment, strategy.models) for segment in in_order]
        self._touched: dict[tuple[str, ...], tuple[int, ...]] = {}
        self._entered_by = {
            name: tuple(j.name for j in strategy.journeys if j.entry.segment == name) for name in places
        }
        self.taking_in = tuple(
            (j.entry.segment, self.journeys[j.name]) for j in strategy.journeys if j.entry.include_members
        )
        """(segment, journey) where a journey takes in who was a member before there was the journey."""

        self.states: States = {}
        self.closed: frozenset[str] = frozenset()
        """Journeys that take nobody in at the moment."""
        self.journey_versions = {journey.name: journey_version(journey) for journey in strategy.journeys}

    def under(self, states: States) -> "Rules":
        """The same rules while journeys stand like this."""
        if states == self.states:
            return self
        others = copy.copy(self)
        others.states, others.closed = states, closed_to_entries(states)
        return others

    def state_of(self, journey: str) -> JourneyState:
        return self.states.get(journey, "running")

    @property
    def policy(self) -> Policy:
        return self.strategy.policy

    def specs_for(self, event: Event) -> Iterable[Spec]:
        return self._specs_by_event.get(event_name(event), ())

    def party_of(self, source: str) -> Party:
        return self._party_of(source)

    def journeys_entered_by(self, segment: str) -> list[JourneyRule]:
        return [self.journeys[name] for name in self._entered_by[segment]]

    def touched_by(self, event: Event) -> tuple[int, ...]:
        """The segments, by index, whose answer this event can change at once."""
        context = event.context
        key = (
            event_name(event),
            TRAITS if event.traits or "timezone" in context else "",
            CONSENT if "consent" in context else "",
        )
        found = self._touched.get(key)
        if found is None:
            found = self._touched[key] = self._touched_by({*key, ANY_EVENT})
        return found

    def predicted(self, profile: Profile, now: Instant) -> dict[str, float]:
        """Trait -> what the strategy's models foretell of her."""
        return scores(self.scorers, profile, now)

    def arm_of(self, bucket: str, journey: JourneyRule) -> Arm:
        """The global hold-out comes first: who is in it, is held out of everything."""
        if holdout.arm(bucket, "*", "", self.policy.holdout) == "holdout":
            return "holdout"
        return holdout.arm(bucket, journey.name, journey.version, journey.share_held_out)

    def _touched_by(self, topics: set[str]) -> tuple[int, ...]:
        if topics & carts.EVENTS:
            topics.add(CART)
        return tuple(place for place, watched in enumerate(self._topics) if watched & topics)


def event_name(event: Event) -> str:
    """What `did:` calls an event: a track by its name, everything else by its type (`did: page`)."""
    return event.name if event.type == "track" else event.type


def _reader(policy: Policy) -> Reader:
    """Of identifiers, as the policy tells them."""
    regions = {name: source.region for name, source in policy.sources.items() if source.region}
    return Reader(policy.identifiers.priority, policy.identifiers.blocked, regions)


def _step_conditions(strategy: Strategy, compiler: Compiler) -> dict[str, Evaluator]:
    """The `only_if` of every step, by its text: an enrollment may run an older one than today's."""
    conditions = (step.only_if for journey in strategy.journeys for step in journey.steps if step.only_if)
    return {condition_key(condition): compiler.compile(condition) for condition in conditions}


def condition_key(condition: Condition) -> str:
    return rule_json(condition)


def _conditions(strategy: Strategy) -> Iterator[Condition]:
    """Every condition of the strategy."""
    for segment in strategy.segments:
        yield segment.when
    for journey in strategy.journeys:
        yield from (journey.goal.condition, *((journey.exit,) if journey.exit else ()))
        yield from (step.only_if for step in journey.steps if step.only_if)


def _asked_of_products(conditions: Iterable[Condition]) -> frozenset[str]:
    """What a line of a cart must keep for `contains`, e.g. size of {contains: {size: XL}}."""
    parts = (part for condition in conditions for _, part in walk(condition) if isinstance(part, Cart))
    return frozenset(path.split(".")[0] for cart in parts for path in cart.contains)


def _by_event(specs: tuple[Spec, ...]) -> dict[str, tuple[Spec, ...]]:
    names = {name for spec in specs for name in spec.events}
    return {name: tuple(spec for spec in specs if name in spec.events) for name in names}


def _dependents(name: str, in_order: tuple[Segment, ...]) -> tuple[int, ...]:
    return tuple(place for place, segment in enumerate(in_order) if name in segment.refers_to)


def _journey_rule(journey: Journey, compiler: Compiler) -> JourneyRule:
    goal = journey.goal.condition
    return JourneyRule(
        name=journey.name,
        key=journey.entry.key,
        again_after=journey.entry.again_after,
        restart_when=journey.restart_when,
        restarts_at_most=journey.restarts_at_most,
        ends_after=journey.ends_after,
        share_held_out=journey.holdout,
        version=str(journey.version),
        goal=compiler.compile(goal, floored=True),
        exit=compiler.compile(journey.exit) if journey.exit else None,
        value=compiler.property_of(goal, journey.goal.value)
        if isinstance(goal, Did) and journey.goal.value
        else None,
        order=compiler.property_of(goal, "order_id") if isinstance(goal, Did) else None,
        happened=Compiler().property_of(goal, "") if isinstance(goal, Did) else None,
    )


def _first_after(profile: Profile, spec: Spec | None, floor: Instant) -> object:
    entries = profile.aggregates.get(spec.key, ()) if spec else ()
    found = next((value for at, _, value in entries if at > floor), None)
    return found[0] if spec and spec.timed and found else found
