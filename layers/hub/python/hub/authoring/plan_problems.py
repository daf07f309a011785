"""Conditions against the tracking plan: events, properties and traits it does not know."""

from collections.abc import Iterator

from hub.authoring.problems import A_SLIP, Path, Problem, did_you_mean, listed, nearest
from hub.authoring.references import conditions
from hub.authoring.sources import Sources
from hub.strategy import scoring_models
from hub.strategy.conditions import Condition, Trait
from hub.strategy.event_conditions import Aggregate, Did, DidNot, Filtered
from hub.strategy.lifetime import PREFIX
from hub.strategy.tracking_plan import Shape, TrackingPlan
from hub.traits import OWN

# A page or screen call is no track event, yet a condition can ask for it by these names.
CALLS = ("page", "screen")

# The traits Segment's specification reserves, both spellings, and the hub's own need no line in the plan.
RESERVED_TRAITS = frozenset({
    "address", "age", "avatar", "birthday", "company", "createdAt", "created_at", "description", "email",
    "firstName", "first_name", "gender", "id", "lastName", "last_name", "name", "phone", "title", "username",
    "website",
}) | OWN | {PREFIX, scoring_models.PREFIX}  # fmt: skip


def plan_problems(sources: Sources) -> Iterator[Problem]:
    if sources.tracking_plan is None or sources.tracking_plan.model is None:
        return
    plan = sources.tracking_plan.model
    for written, path, condition in conditions(sources):
        for inner, message, advice in _of_condition(condition, plan):
            yield written.problem((*path, *inner), message, advice)


Fault = tuple[Path, str, str]


def _of_condition(condition: Condition, plan: TrackingPlan) -> Iterator[Fault]:
    if isinstance(condition, Trait):
        yield from _trait(condition, plan)
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
        yield from _unplanned(path, name, "property", shapes, frozenset())


def _trait(condition: Trait, plan: TrackingPlan) -> Iterator[Fault]:
    if plan.traits:
        yield from _unplanned(("trait",), condition.name, "trait", [plan.traits], RESERVED_TRAITS)


def _unplanned(
    path: Path, name: str, kind: str, shapes: list[Shape], also: frozenset[str]
) -> Iterator[Fault]:
    root = name.partition(".")[0]
    known = {planned for shape in shapes for planned in shape.properties} | also
    if not known or root in known:
        return
    forbidden = all(not shape.additionalProperties for shape in shapes)
    if forbidden or nearest(root, known, likeness=A_SLIP):
        yield (
            path,
            f"unknown {kind} '{root}'",
            did_you_mean(root, known, otherwise=f"the tracking plan has {listed(known)}"),
        )
