"""One step of a journey: what to ask of which connector, and turning everything off at the end."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from hub import deliveries
from hub.clock import Instant
from hub.compiling import Compiler
from hub.deliveries import Delivery, Message, Status
from hub.enrollments import Enrollment
from hub.errors import ConfigurationError
from hub.evaluators import Evaluator
from hub.policy import CAPPED_VERBS
from hub.ports import EffectKey, Effects, Machines, Outbox, Outcomes, Profiles, Run, Runs
from hub.profiles import Profile
from hub.rules import Rules, condition_key
from hub.strategy.journeys import ActionFacts, Do, Step


@dataclass(frozen=True, kw_only=True)
class Hands:
    """What a step acts with."""

    profiles: Profiles
    runs: Runs
    machines: Machines
    effects: Effects
    outbox: Outbox
    outcomes: Outcomes


@dataclass(frozen=True, kw_only=True)
class StepCall:
    """What a machine's state says when it begins."""

    enrollment_id: str
    profile_id: str
    journey: str
    step: int
    definition: Step
    """The step as it stood when the run began: it finishes on the definition it started with."""
    token: str


def run_step(call: StepCall, hands: Hands, rules: Rules, now: Instant) -> None:
    """Ask for everything the step does, then leave the state waiting; or end it, if the run is over.

    May be called again after a crash anywhere: message ids are derived, levels are idempotent.
    """
    profile = hands.profiles.get(call.profile_id)
    enrollment = profile.enrollments.get(call.enrollment_id) if profile else None
    messages, held = _plan(call, profile, enrollment, rules, now)
    levels = [message for message in messages if message.target or message.verb in _LEVELS]
    run = hands.runs.begin_step(call.enrollment_id, call.step, call.token, levels)
    if run is None or enrollment is None or enrollment.closed_at is not None:
        _end(call, enrollment, hands, now)
        return
    _ask(messages, levels, hands)
    hands.outcomes.put(held)
    _undo_if_closed_meanwhile(call, hands)


def close_run(enrollment_id: str, outcome: str, hands: Hands, now: Instant) -> None:
    """The machine's last state: everything this run turned on is turned off."""
    run = hands.runs.close(enrollment_id, outcome, now)
    if run is not None:
        turn_off(run, run.levels, hands.effects, hands.outbox)


def turn_off(run: Run, levels: Iterable[Message], effects: Effects, outbox: Outbox) -> None:
    """Want each level no longer and let its connector look; `planned_at` is the instant the run was over."""
    over = [
        message.model_copy(update={"planned_at": run.closed_at or message.planned_at}) for message in levels
    ]
    for message in over:
        effects.unwant(
            EffectKey(profile_id=message.profile_id, connector=message.connector, target=message.target),
            run.enrollment_id,
        )
    outbox.put(over)


def plan(
    call: StepCall, entered_at: Instant, profile: Profile, rules: Rules, now: Instant
) -> tuple[list[Message], list[Delivery]]:
    """The step's messages, and the deliveries of those that its own condition holds back."""
    due = entered_at + call.definition.after
    chosen = _chosen(call, profile, rules)
    messages = [_message(call, do, due, variant) for do, variant in chosen]
    if _condition_holds(call.definition, profile, rules, now):
        return messages, []
    return [], [
        withheld(message, _facts(do), "condition not met", now)
        for message, (do, _) in zip(messages, chosen, strict=True)
    ]


def withheld(message: Message, facts: ActionFacts, reason: str, now: Instant) -> Delivery:
    return outcome(message, facts, Status.WITHHELD, now, reason)


def outcome(message: Message, facts: ActionFacts, status: Status, now: Instant, reason: str = "") -> Delivery:
    return Delivery(
        message_id=message.message_id,
        profile_id=message.profile_id,
        enrollment_id=message.enrollment_id,
        journey=message.journey,
        step=message.step,
        connector=message.connector,
        action=message.action,
        channel=facts.channel,
        status=status,
        at=now,
        reason=reason,
        paid=facts.paid,
        capped=facts.verb in CAPPED_VERBS,
        variant=message.variant,
    )


_LEVELS = frozenset({"join", "upsert", "show"})


def _plan(
    call: StepCall, profile: Profile | None, enrollment: Enrollment | None, rules: Rules, now: Instant
) -> tuple[list[Message], list[Delivery]]:
    if profile is None or enrollment is None or enrollment.closed_at is not None:
        return [], []
    return plan(call, enrollment.entered_at, profile, rules, now)


def _chosen(call: StepCall, profile: Profile, rules: Rules) -> list[tuple[Do, str]]:
    """Each action with the name of its variant."""
    step = call.definition
    chosen = list(step.do)
    if step.choose:
        chosen.append(best_of(step.choose, profile))
    journey = rules.journeys.get(call.journey)
    place = _variant(call, step, journey.version if journey else "") if step.variants else None
    if place is None:
        return [(do, "") for do in chosen]
    name = step.variant_names[place]
    # All of them: what every variant does, is a part of what this one was.
    return [(do, name) for do in (*chosen, *step.variants[place].do)]


def best_of(choices: Sequence[Do], profile: Profile) -> Do:
    """The action that stood last before most of her conversions; the first written, where none did."""
    worked = [conversion.trail[-1] for conversion in profile.conversions if conversion.trail]
    wins = [(touch.connector, touch.action) for touch in worked]
    return max(choices, key=lambda do: wins.count((do.connector, do.action)))


def _variant(call: StepCall, step: Step, version: str) -> int:
    """Its place: by weight and by a stable hash of the customer and the step, so that she keeps hers."""
    salted = f"variant\x1f{call.journey}\x1f{version}\x1f{call.step}\x1f{call.profile_id}"
    share = int.from_bytes(blake2b(salted.encode(), digest_size=4).digest(), "big") / (1 << 32)
    left = share * sum(variant.weight for variant in step.variants)
    for place, variant in enumerate(step.variants):
        left -= variant.weight
        if left < 0:
            return place
    return len(step.variants) - 1


def _message(call: StepCall, do: Do, due: Instant, variant: str) -> Message:
    facts = _facts(do)
    expires = call.definition.expires_after
    return Message(
        message_id=deliveries.message_id(
            call.enrollment_id, call.step, do.connector, do.action, facts.target or do.model_dump_json()
        ),
        profile_id=call.profile_id,
        enrollment_id=call.enrollment_id,
        journey=call.journey,
        step=call.step,
        connector=do.connector,
        action=do.action,
        verb=facts.verb,
        params=do.params,
        target=facts.target,
        planned_at=due,
        expires_at=due + expires if expires is not None else None,
        between=call.definition.between,
        variant=variant,
    )


def facts_of(message: Message, rules: Rules) -> ActionFacts:
    """The facts of the action that a message came from."""
    steps = rules.strategy.journey_by_name[message.journey].steps
    same = (
        do
        for do in steps[message.step].actions
        if (do.connector, do.action, do.params) == (message.connector, message.action, message.params)
    )
    return _facts(next(same))


def _facts(do: Do) -> ActionFacts:
    if do.facts is None:
        raise ConfigurationError(
            f"{do.address}: the strategy was compiled without its connectors; deploy again"
        )
    return do.facts


def _condition_holds(step: Step, profile: Profile, rules: Rules, now: Instant) -> bool:
    if step.only_if is None:
        return True
    evaluator: Evaluator = rules.step_conditions.get(condition_key(step.only_if)) or Compiler().compile(
        step.only_if
    )
    return evaluator.evaluate(profile, now, -1)[0]


def _ask(messages: Sequence[Message], levels: Sequence[Message], hands: Hands) -> None:
    for message in levels:
        hands.effects.want(message)
    hands.outbox.put(messages)


def _end(call: StepCall, enrollment: Enrollment | None, hands: Hands, now: Instant) -> None:
    """The run is over already: the waiting state is let go, and goes on to close."""
    outcome_of = enrollment.outcome if enrollment and enrollment.outcome else "failed"
    if not hands.machines.succeed(call.token, outcome_of):
        close_run(call.enrollment_id, outcome_of, hands, now)


def _undo_if_closed_meanwhile(call: StepCall, hands: Hands) -> None:
    """The goal may have come between noting the levels and wanting them: they were turned off too early."""
    run = hands.runs.get(call.enrollment_id)
    if run is not None and run.closed_at is not None:
        turn_off(run, run.levels, hands.effects, hands.outbox)
