"""Doing what follows from a changed profile; every act may be done twice."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from hub import stepping
from hub.deliveries import Message
from hub.effects import Effect, EffectKey
from hub.ports import Effects, Machines, Members, Outbox, Run, Runs, Timers
from hub.reactions import ArmTimer, Enter, Finish, Leave, LookAgain, Start, Withdraw
from hub.saying_anew import Anew, Belong, StayOver
from hub.strategy.policy import Policy


@dataclass(frozen=True, kw_only=True)
class Hands:
    """What reacting acts with."""

    members: Members
    runs: Runs
    machines: Machines
    timers: Timers
    effects: Effects
    outbox: Outbox
    policy: Policy


def act(reactions: Iterable[Anew], hands: Hands) -> None:
    """A batch of them in order. What it changes in the segments' sizes is told once, at its end.

    Also if something fails midway: when the batch comes again, who entered is known and counts no more.
    """
    grown: Counter[str] = Counter()
    try:
        for reaction in reactions:
            _act(reaction, hands, grown)
    except Exception:
        hands.members.grow(grown)
        raise
    hands.members.grow(grown)


def _act(reaction: Anew, hands: Hands, grown: Counter[str]) -> None:
    match reaction:
        case ArmTimer(profile_id, at):
            hands.timers.arm(profile_id, at)
        case Enter(segment, profile_id, since, evidence, version):
            grown[segment] += hands.members.enter(segment, profile_id, since, evidence, version)
        case Leave(segment, profile_id):
            grown[segment] -= hands.members.leave(segment, profile_id)
        case Start(enrollment, profile_id, version):
            hands.runs.open(enrollment, profile_id, version)
            hands.machines.start(enrollment.journey, enrollment.enrollment_id, profile_id)
        case Finish():
            _finish(reaction, hands)
        case Withdraw() | LookAgain():
            _turn_levels(reaction, hands)
        case Belong() | StayOver():
            _put_right(reaction, hands, grown)


def _finish(finish: Finish, hands: Hands) -> None:
    """End the run; its machine turns everything off, and where none waits that could, it is done here."""
    run = hands.runs.close(finish.enrollment_id, finish.outcome, finish.at)
    if run is None:
        return
    goes_on = bool(run.token) and hands.machines.succeed(run.token, finish.outcome)
    if not (goes_on and finish.has_machine):
        stepping.turn_off(run, run.levels, hands.effects, hands.outbox)


def _put_right(said: Belong | StayOver, hands: Hands, grown: Counter[str]) -> None:
    """What is as it should be is left alone."""
    if isinstance(said, StayOver):
        _stay_over(said.finish, hands)
        return
    for news in _unheard(said, hands.members):
        _act(news, hands, grown)


def _unheard(belong: Belong, members: Members) -> list[Enter | Leave]:
    names = [*belong.others, *(one.segment for one in belong.entered)]
    listed = members.listed(belong.profile_id, names)
    return [
        *(Leave(name, belong.profile_id) for name in belong.others if name in listed),
        *(one for one in belong.entered if listed.get(one.segment) != one.since),
    ]


def _stay_over(finish: Finish, hands: Hands) -> None:
    """A run that was closed may have been heard of in part: its levels are asked for as well."""
    run = hands.runs.get(finish.enrollment_id)
    if run is not None and (run.closed_at is None or _is_on(run, hands.effects)):
        _finish(finish, hands)


def _is_on(run: Run, effects: Effects) -> bool:
    keys = [
        EffectKey(profile_id=one.profile_id, connector=one.connector, target=one.target) for one in run.levels
    ]
    return any(run.enrollment_id in one.wanted_by or _is_in_doubt(one) for one in effects.read(keys))


def _is_in_doubt(effect: Effect) -> bool:
    """Nobody wants it, and nobody has confirmed that it is off."""
    return not effect.wanted and effect.confirmed != ""


def _turn_levels(said: Withdraw | LookAgain, hands: Hands) -> None:
    if isinstance(said, Withdraw):
        _withdraw(said, hands)
    else:
        _look_again(said, hands)


def _withdraw(withdraw: Withdraw, hands: Hands) -> None:
    run = hands.runs.get(withdraw.enrollment_id)
    if run is not None:
        over = replace(run, closed_at=withdraw.at)
        stepping.turn_off(over, _standing_on(withdraw, run, hands.policy), hands.effects, hands.outbox)


def _standing_on(withdraw: Withdraw, run: Run, policy: Policy) -> list[Message]:
    return [one for one in run.levels if policy.purpose(one.connector, one.action) in withdraw.purposes]


def _look_again(again: LookAgain, hands: Hands) -> None:
    """The gate decides as if it were asked for the first time."""
    run = hands.runs.get(again.enrollment_id)
    if run is None or run.closed_at is not None:
        return
    levels = [one for one in run.levels if one.message_id not in again.settled]
    for one in levels:
        hands.effects.want(one)
    hands.outbox.put(levels)
    _undo_if_closed_meanwhile(again.enrollment_id, hands)


def _undo_if_closed_meanwhile(enrollment_id: str, hands: Hands) -> None:
    run = hands.runs.get(enrollment_id)
    if run is not None and run.closed_at is not None:
        stepping.turn_off(run, run.levels, hands.effects, hands.outbox)
