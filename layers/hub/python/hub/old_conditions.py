"""What a step asks that is in the strategy no more: answered where today's rules still remember all of it.

A run finishes on the steps it began with, but what is remembered of customers is what today's strategy asks
for: of the rest, "never happened" and "not remembered" look the same.
"""

from hub.aggregates import Spec
from hub.clock import Instant
from hub.compiling import Compiler
from hub.deliveries import CONDITION_NOT_MET, CONDITION_UNKNOWN, Message
from hub.evaluators import NO_FLOOR, Evaluator
from hub.keyed_runs import seen_by
from hub.profiles import Profile
from hub.rules import Rules, condition_key
from hub.strategy.conditions import Cart, Condition, InSegment, predictions_in, walk


def forbid(message: Message, profile: Profile | None, rules: Rules, now: Instant) -> str:
    """Why the condition of its step holds a message back, "" if it does not: asked when the step is due,
    and again when the message leaves, for it may have waited."""
    if message.only_if is None or profile is None:
        return ""
    evaluator = evaluator_of(message.only_if, rules)
    if evaluator is None:
        return CONDITION_UNKNOWN
    seen = seen_by(profile, profile.enrollments.get(message.enrollment_id))
    return "" if evaluator.evaluate(seen, now, NO_FLOOR)[0] else CONDITION_NOT_MET


def evaluator_of(condition: Condition, rules: Rules) -> Evaluator | None:
    """None: nobody can tell any more."""
    known = rules.step_conditions.get(condition_key(condition))
    if known is not None:
        return known
    compiler = Compiler(rules.strategy.models)
    evaluator = compiler.compile(condition)
    is_remembered = _counts(compiler, rules) and _looks_at_what_is_there(condition, rules)
    return evaluator if is_remembered else None


def _counts(compiler: Compiler, rules: Rules) -> bool:
    known = {spec.key: spec for spec in rules.specs}
    return all(spec.key in known and _reaches(known[spec.key], spec) for spec in compiler.specs)


def _reaches(known: Spec, asked: Spec) -> bool:
    """As many and as far back."""
    is_long = known.horizon is None or (asked.horizon is not None and asked.horizon <= known.horizon)
    return is_long and known.count >= asked.count


def _looks_at_what_is_there(condition: Condition, rules: Rules) -> bool:
    parts = [part for _, part in walk(condition)]
    segments = {part.segment for part in parts if isinstance(part, InSegment)}
    products = {path.split(".")[0] for part in parts if isinstance(part, Cart) for path in part.contains}
    models = {model.trait for model in rules.strategy.models}
    return (
        segments <= rules.segment_names
        and products <= rules.asked_of_products
        and predictions_in(condition) <= models
    )
