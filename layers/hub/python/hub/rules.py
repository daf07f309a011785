"""The strategy, compiled: what to remember of events, what to evaluate and when to look again."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from hub import carts, holdout
from hub.aggregates import Spec
from hub.clock import Duration, Instant
from hub.compiling import Compiler
from hub.enrollments import Arm
from hub.evaluators import Evaluator
from hub.events import Event
from hub.profiles import Profile
from hub.strategy.conditions import Cart, Condition, walk
from hub.strategy.event_conditions import Did
from hub.strategy.journeys import Journey
from hub.strategy.policy import Policy
from hub.strategy.segments import Segment, ordered
from hub.strategy.strategy import Strategy

_ANY_EVENT, _TRAITS, _CART, _CONSENT = "*", "*traits", "*cart", "*consent"
_TOPICS = {
    "trait": _TRAITS,
    "cart": _CART,
    "consents_to": _CONSENT,
    "quiet_for": _ANY_EVENT,
    "identified_by": _ANY_EVENT,
}


@dataclass(frozen=True, slots=True)
class SegmentRule:
    name: str
    evaluator: Evaluator
    dependents: tuple[int, ...]
    """Segments, by index, whose condition looks at this one."""


@dataclass(frozen=True, slots=True)
class JourneyRule:
    name: str
    key: str
    again_after: Duration | None
    ends_after: Duration
    share_held_out: float
    version: str
    goal: Evaluator
    exit: Evaluator | None
    value: Spec | None
    order: Spec | None

    def value_of(self, profile: Profile, floor: Instant) -> float | None:
        """What the goal's first event after entry was worth."""
        value = _first_after(profile, self.value, floor)
        return carts.number(value) if value is not None else None

    def order_of(self, profile: Profile, floor: Instant) -> str:
        value = _first_after(profile, self.order, floor)
        return "" if value is None else str(value)


class Rules:
    """A strategy ready to run; built once a process."""

    def __init__(self, strategy: Strategy) -> None:
        self.strategy = strategy
        compiler = Compiler()
        in_order = ordered(strategy.segments)
        places = {segment.name: place for place, segment in enumerate(in_order)}
        evaluators = [compiler.compile(segment.when) for segment in in_order]
        self.segments = tuple(
            SegmentRule(segment.name, evaluator, _dependents(segment.name, in_order))
            for segment, evaluator in zip(in_order, evaluators, strict=True)
        )
        self.segment_names = places.keys()
        self.journeys = {journey.name: _journey_rule(journey, compiler) for journey in strategy.journeys}
        self.step_conditions = _step_conditions(strategy, compiler)
        self.specs = compiler.specs
        self.asked_of_products = _asked_of_products(_conditions(strategy))
        self._specs_by_event = _by_event(self.specs)
        self.everything = tuple(range(len(in_order)))
        self._topics = [_topics_of(segment) for segment in in_order]
        self._touched: dict[tuple[str, ...], tuple[int, ...]] = {}
        self._entered_by = {
            name: tuple(j.name for j in strategy.journeys if j.entry.segment == name) for name in places
        }

    @property
    def policy(self) -> Policy:
        return self.strategy.policy

    def specs_for(self, event: Event) -> Iterable[Spec]:
        return self._specs_by_event.get(event_name(event), ())

    def party_of(self, source: str) -> str:
        return self.policy.party(source)

    def journeys_entered_by(self, segment: str) -> list[JourneyRule]:
        return [self.journeys[name] for name in self._entered_by[segment]]

    def touched_by(self, event: Event) -> tuple[int, ...]:
        """The segments, by index, whose answer this event can change at once."""
        context = event.context
        key = (
            event_name(event),
            _TRAITS if event.traits or "timezone" in context else "",
            _CONSENT if "consent" in context else "",
        )
        found = self._touched.get(key)
        if found is None:
            found = self._touched[key] = self._touched_by({*key, _ANY_EVENT})
        return found

    def arm_of(self, profile_id: str, journey: JourneyRule) -> Arm:
        """The global hold-out comes first: who is in it, is held out of everything."""
        if holdout.arm(profile_id, "*", "", self.policy.holdout) == "holdout":
            return "holdout"
        return holdout.arm(profile_id, journey.name, journey.version, journey.share_held_out)

    def _touched_by(self, topics: set[str]) -> tuple[int, ...]:
        if topics & carts.EVENTS:
            topics.add(_CART)
        return tuple(place for place, watched in enumerate(self._topics) if watched & topics)


def event_name(event: Event) -> str:
    """What `did:` calls an event: a track by its name, everything else by its type (`did: page`)."""
    return event.name if event.type == "track" else event.type


def _step_conditions(strategy: Strategy, compiler: Compiler) -> dict[str, Evaluator]:
    """The `only_if` of every step, by its text: an enrollment may run an older one than today's."""
    conditions = (step.only_if for journey in strategy.journeys for step in journey.steps if step.only_if)
    return {condition_key(condition): compiler.compile(condition) for condition in conditions}


def condition_key(condition: Condition) -> str:
    return condition.model_dump_json(by_alias=True, exclude_none=True)


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


def _topics_of(segment: Segment) -> set[str]:
    found: set[str] = set()
    for _, part in walk(segment.when):
        if part.kind in _TOPICS:
            found.add(_TOPICS[part.kind])
        found.update(getattr(part, "events", ()), getattr(part, "of", ()))
        since = getattr(part, "since", None)
        found.update([since.last] if since else ())
    return found


def _journey_rule(journey: Journey, compiler: Compiler) -> JourneyRule:
    goal = journey.goal.condition
    return JourneyRule(
        name=journey.name,
        key=journey.entry.key,
        again_after=journey.entry.again_after,
        ends_after=journey.ends_after,
        share_held_out=journey.holdout,
        version=str(journey.version),
        goal=compiler.compile(goal, floored=True),
        exit=compiler.compile(journey.exit) if journey.exit else None,
        value=compiler.property_of(goal, journey.goal.value)
        if isinstance(goal, Did) and journey.goal.value
        else None,
        order=compiler.property_of(goal, "order_id") if isinstance(goal, Did) else None,
    )


def _first_after(profile: Profile, spec: Spec | None, floor: Instant) -> object:
    entries = profile.aggregates.get(spec.key, ()) if spec else ()
    found = next((value for at, _, value in entries if at > floor), None)
    return found[0] if spec and spec.timed and found else found
