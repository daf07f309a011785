"""Doing what follows from a changed profile; every act may be done twice."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from hub import stepping
from hub.deliveries import Message
from hub.ports import Effects, Machines, Members, Outbox, Run, Runs, Timers
from hub.reactions import ArmTimer, Enter, Finish, Leave, Reaction, Start, Withdraw
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


def act(reactions: Iterable[Reaction], hands: Hands) -> None:
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


def _act(reaction: Reaction, hands: Hands, grown: Counter[str]) -> None:
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
        case Withdraw():
            _withdraw(reaction, hands)


def _finish(finish: Finish, hands: Hands) -> None:
    """End the run; its machine turns everything off, and where none waits that could, it is done here."""
    run = hands.runs.close(finish.enrollment_id, finish.outcome, finish.at)
    if run is None:
        return
    goes_on = bool(run.token) and hands.machines.succeed(run.token, finish.outcome)
    if not (goes_on and finish.has_machine):
        stepping.turn_off(run, run.levels, hands.effects, hands.outbox)


def _withdraw(withdraw: Withdraw, hands: Hands) -> None:
    run = hands.runs.get(withdraw.enrollment_id)
    if run is not None:
        over = replace(run, closed_at=withdraw.at)
        stepping.turn_off(over, _standing_on(withdraw, run, hands.policy), hands.effects, hands.outbox)


def _standing_on(withdraw: Withdraw, run: Run, policy: Policy) -> list[Message]:
    return [one for one in run.levels if policy.purpose(one.connector, one.action) in withdraw.purposes]
