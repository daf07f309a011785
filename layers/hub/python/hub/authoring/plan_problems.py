"""Conditions against the tracking plan: events, properties and traits it does not know."""

from collections.abc import Collection, Iterator, Sequence

from hub import carts
from hub.authoring.plan_shapes import below
from hub.authoring.problems import A_SLIP, Fault, Path, Problem, did_you_mean, listed, nearest
from hub.authoring.sources import Sources
from hub.authoring.written_conditions import conditions
from hub.strategy import scoring_models
from hub.strategy.conditions import Cart, Condition, Trait
from hub.strategy.event_conditions import Aggregate, Did, DidNot, Filtered
from hub.strategy.lifetime import PREFIX
from hub.strategy.tracking_plan import Shape, TrackingPlan
from hub.traits import OWN

# A page or screen call is no track event, yet a condition can ask for it by these names.
CALLS = ("page", "screen")

# The traits Segment's specification reserves, both spellings, and the hub's own need no line in the plan.
RESERVED_TRAITS = frozenset({
    "address", "age", "avatar", "birthday", "company", "createdAt", "created_at", "description", "email",
    "firstName", "first_name", "gender", "id", "lastName", "last_name", "name", "phone", "timezone", "title",
    "username", "website",
}) | OWN | {PREFIX, scoring_models.PREFIX}  # fmt: skip

OF_EVERY_LINE = frozenset({*carts.KEPT, "quantity"})


def plan_problems(sources: Sources) -> Iterator[Problem]:
    if sources.tracking_plan is None or sources.tracking_plan.model is None:
        return
    plan = sources.tracking_plan.model
    for written, path, condition in conditions(sources):
        for inner, message, advice in _of_condition(condition, plan):
            yield written.problem((*path, *inner), message, advice)


def _of_condition(condition: Condition, plan: TrackingPlan) -> Iterator[Fault]:
    if isinstance(condition, Trait):
        yield from unknown_trait(("trait",), condition.name, plan)
    if isinstance(condition, Cart):
        for name in condition.contains:
            yield from _line(("cart", "contains", name), name, plan)
    if isinstance(condition, Did | DidNot):
        yield from _filtered(condition, (condition.kind,), condition.events, plan)
    if isinstance(condition, Aggregate):
        yield from _filtered(condition, ("of",), condition.of, plan)
        yield from _property((condition.kind,), condition.property, condition.of, plan)


def _filtered(
    condition: Filtered, path: Path, events: tuple[str, ...], plan: TrackingPlan
) -> Iterator[Fault]:
    for index, event in enumerate(events):
        yield from unknown_event((*path, index), event, plan)
    if condition.since:
        yield from unknown_event(("since", "last"), condition.since.last, plan)
    for name in condition.where:
        yield from _property(("where", name), name, events, plan)


def unknown_event(path: Path, event: str, plan: TrackingPlan) -> Iterator[Fault]:
    known = [*plan.events, *CALLS]
    if event not in known:
        otherwise = f"add it to tracking_plan.yaml, or write one of {listed(known)}"
        yield path, f"unknown event '{event}'", did_you_mean(event, known, otherwise=otherwise)


def _property(path: Path, name: str, events: tuple[str, ...], plan: TrackingPlan) -> Iterator[Fault]:
    """Unknown to every one of the events, and either forbidden there or a likely slip."""
    shapes = [plan.events[event] for event in events if event in plan.events]
    if shapes and len(shapes) == len(events):
        yield from _unplanned(path, name, "property", shapes)


def _line(path: Path, name: str, plan: TrackingPlan) -> Iterator[Fault]:
    """Of a product in a cart: what the hub keeps of each, and what the events that fill carts tell."""
    told = [plan.events[event] for event in carts.EVENTS if event in plan.events]
    listed_there = below(below(told, "products"), "0")
    yield from _unplanned(path, name, "property", [*told, *listed_there], OF_EVERY_LINE)


def unknown_trait(path: Path, name: str, plan: TrackingPlan) -> Iterator[Fault]:
    """As of events: where the plan lists traits, one that it does not list is a mistake, or wants a line."""
    root = name.partition(".")[0]
    planned = plan.traits.properties if plan.traits else {}
    known = {*planned, *RESERVED_TRAITS}
    if planned and root not in known:
        otherwise = f"add it to tracking_plan.yaml, or write one of {listed(planned)}"
        yield path, f"unknown trait '{root}'", did_you_mean(root, known, otherwise=otherwise)
    elif plan.traits:
        yield from _unplanned(path, name, "trait", [plan.traits], RESERVED_TRAITS)


def _unplanned(
    path: Path, name: str, kind: str, shapes: Sequence[Shape], also: frozenset[str] = frozenset()
) -> Iterator[Fault]:
    """The first part of a dotted name that none of the shapes has, where that must be a mistake."""
    parts = name.split(".")
    for place, part in enumerate(parts):
        known = {planned for shape in shapes for planned in shape.properties} | also
        of_list = part.isdecimal() and any(shape.items for shape in shapes)
        if not known and not of_list:
            return
        if not of_list and part not in known:
            yield from _slip(path, kind, parts[: place + 1], known, shapes)
            return
        shapes, also = below(shapes, part), frozenset()


def _slip(
    path: Path, kind: str, parts: Sequence[str], known: Collection[str], shapes: Sequence[Shape]
) -> Iterator[Fault]:
    *before, wrong = parts
    forbidden = bool(shapes) and all(not shape.additionalProperties for shape in shapes)
    if forbidden or nearest(wrong, known, likeness=A_SLIP):
        near = nearest(wrong, known)
        otherwise = f"the tracking plan has {listed('.'.join([*before, one]) for one in known)}"
        advice = f"did you mean '{'.'.join([*before, near])}'?" if near else otherwise
        yield path, f"unknown {kind} '{'.'.join(parts)}'", advice
