"""One step of a journey: what to ask of which connector, and turning everything off at the end."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from hub import choosing, deliveries, old_conditions, variants
from hub.clock import Instant
from hub.deliveries import Delivery, Message, Status
from hub.effects import EffectKey
from hub.enrollments import Breakdown, Enrollment
from hub.errors import ConfigurationError
from hub.keyed_runs import seen_by
from hub.ports import Effects, Machines, Outbox, Outcomes, Profiles, Run, Runs
from hub.profiles import Profile, bucket_of
from hub.rules import Rules
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

    @classmethod
    def of(cls, payload: Mapping[str, Any]) -> Self:
        """`payload`: as infra/journey_machines.py writes it into the state."""
        return cls(
            enrollment_id=payload["enrollment_id"],
            profile_id=payload["profile_id"],
            journey=payload["journey"],
            step=payload["step"],
            definition=Step.model_validate(payload["definition"]),
            token=payload["token"],
        )


def run_step(call: StepCall, hands: Hands, rules: Rules, now: Instant) -> None:
    """Ask for everything the step does, then leave the state waiting; or end it, if the run is over.

    May be called again after a crash anywhere: message ids are derived, levels are idempotent.
    """
    profile = hands.profiles.get(call.profile_id)
    enrollment = profile.enrollments.get(call.enrollment_id) if profile else None
    call = _with_its_choice(call, profile, hands.runs, rules)
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
    """The machine's last state: everything this run turned on is turned off.

    Goals, exits and ends are the profile's own doing; that a machine broke, it has to be told.
    """
    run = hands.runs.close(enrollment_id, outcome, now)
    if run is None:
        return
    turn_off(run, run.levels, hands.effects, hands.outbox)
    if outcome == "failed":
        hands.outcomes.broke(Breakdown(run.profile_id, enrollment_id, now))


def turn_off(run: Run, levels: Iterable[Message], effects: Effects, outbox: Outbox) -> None:
    """Want each level no longer and let its connector look; `planned_at` is the instant the run was over."""
    over = [
        message.model_copy(update={"planned_at": run.closed_at or message.planned_at, "turns_off": True})
        for message in levels
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
    refusal = old_conditions.forbid(messages[0], profile, rules, now)
    if not refusal:
        return messages, []
    return [], [
        withheld(message, facts_of(do), refusal, now)
        for message, (do, _) in zip(messages, chosen, strict=True)
    ]


def withheld(message: Message, facts: ActionFacts, reason: str, now: Instant) -> Delivery:
    return outcome(message, facts, Status.WITHHELD, now, reason)


def outcome(message: Message, facts: ActionFacts, status: Status, now: Instant, reason: str = "") -> Delivery:
    return deliveries.outcome_of(message, status, now, channel=facts.channel, paid=facts.paid, reason=reason)


_LEVELS = frozenset({"join", "upsert", "show"})


def _with_its_choice(call: StepCall, profile: Profile | None, runs: Runs, rules: Rules) -> StepCall:
    """Chosen once: after a crash another channel may look better, and she would be written to on both."""
    step = call.definition
    if profile is None or not step.choose:
        return call
    place = runs.choose(call.enrollment_id, call.step, _choice(call, profile, rules))
    definition = step.model_copy(update={"do": (*step.do, step.choose[place]), "choose": ()})
    return replace(call, definition=definition)


def _choice(call: StepCall, profile: Profile, rules: Rules) -> int:
    seen = seen_by(profile, profile.enrollments.get(call.enrollment_id))
    return choosing.best_of(call.definition.choose, seen, rules.policy)


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
        chosen.append(step.choose[_choice(call, profile, rules)])
    if not step.variants:
        return [(do, "") for do in chosen]
    place = variants.place_of(_draw(call, profile, rules), step)
    name = step.variant_names[place]
    # All of them: what every variant does, is a part of what this one was.
    return [(do, name) for do in (*chosen, *step.variants[place].do)]


def _draw(call: StepCall, profile: Profile, rules: Rules) -> int:
    """As it stands since the entry: a merge, a retry or another version would else be another variant."""
    one = profile.enrollments.get(call.enrollment_id)
    if one is not None and one.draw is not None:
        return one.draw
    journey = rules.journeys.get(call.journey)
    return variants.draw(bucket_of(profile), call.journey, journey.version if journey else "")


def _message(call: StepCall, do: Do, due: Instant, variant: str) -> Message:
    facts = facts_of(do)
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
        only_if=call.definition.only_if,
        variant=variant,
    )


def facts_of(do: Do) -> ActionFacts:
    if do.facts is None:
        raise ConfigurationError(
            f"{do.address}: the strategy was compiled without its connectors; deploy again"
        )
    return do.facts


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
