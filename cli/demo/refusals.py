"""What is promised to those whom the hub must leave alone, by their own word or by the draw."""

from collections.abc import Iterator

from cli.demo.acts import Shopper
from cli.demo.evidence import Evidence, hub_time
from cli.demo.tolerances import EARLY, OFF_WITHIN
from hub.clock import Instant


def silent_after_unsubscribing(evidence: Evidence) -> list[str]:
    """No e-mail after it, and the hub can say why."""
    problems = []
    for shopper in evidence.whose("unsubscribes"):
        silent = evidence.unsubscribed(shopper)
        late = [one for one in evidence.seen_of(shopper, "message") if silent is not None and one.at > silent]
        problems += [f"{shopper.name} was mailed at {hub_time(one.at)} all the same" for one in late]
        if not _says(evidence, shopper, "unsubscribed"):
            problems.append(f"no delivery of {shopper.name} says that she unsubscribed")
    return problems


def held_out_in_silence(evidence: Evidence) -> list[str]:
    """The hold-out gets nothing, and every message that was not sent is written down."""
    problems = []
    for shopper in evidence.whose("held out"):
        reached = evidence.seen_of(shopper, "message", "on")
        problems += [f"{one.connector} reached {shopper.name}" for one in reached]
        if not _says(evidence, shopper, "hold-out"):
            problems.append(f"no delivery of {shopper.name} says that she is held out")
    return problems


def left_alone_after_withdrawing(evidence: Evidence) -> list[str]:
    """No more on a purpose that she refused, what stood on it is off in time, and the hub can say why."""
    problems: list[str] = []
    for shopper in evidence.whose("withdraws her consent"):
        withdrew = evidence.withdrew(shopper)
        if withdrew is None:
            problems.append(f"{shopper.name} did not withdraw her consent")
            continue
        problems += _reached_all_the_same(evidence, shopper, withdrew)
        problems += _held_on_to(evidence, shopper, withdrew)
        problems += _unexplained(evidence, shopper)
    return problems


def _says(evidence: Evidence, shopper: Shopper, words: str) -> bool:
    return any(words in one["reason"] for one in evidence.spared(shopper))


def _reached_all_the_same(evidence: Evidence, shopper: Shopper, withdrew: Instant) -> Iterator[str]:
    for one in evidence.seen_of(shopper, "message", "on"):
        if one.at > withdrew and one.connector in evidence.withdrawn(shopper):
            yield f"{one.connector} reached {shopper.name} at {hub_time(one.at)}, after her no"


def _held_on_to(evidence: Evidence, shopper: Shopper, withdrew: Instant) -> Iterator[str]:
    """The vendors themselves were told, each after she withdrew and in time."""
    standing = evidence.standing(shopper)
    told = {one.connector: one.at for one in evidence.seen_of(shopper, "off")}
    for connector in sorted(evidence.connectors_on(shopper) & evidence.withdrawn(shopper)):
        if connector in standing:
            yield f"{connector} still stands for {shopper.name}"
        elif not -EARLY <= (span := evidence.seconds(told[connector] - withdrew)) <= OFF_WITHIN:
            yield f"{connector} let go of {shopper.name} {span:+.1f} s after her no"


def _unexplained(evidence: Evidence, shopper: Shopper) -> Iterator[str]:
    """Each message and each level that came due after it has its own delivery, and that says why."""
    known = {(one["connector"], one["step"], one["reason"]) for one in evidence.spared(shopper)}
    for due in evidence.refused(shopper):
        if (due.do.connector, due.step, f"no consent to {due.purpose}") not in known:
            yield f"no delivery of {due.do.connector} to {shopper.name} says: no consent to {due.purpose}"
