"""What the demo promises, one small function each: a list of everything that spoke against it."""

from collections.abc import Callable
from dataclasses import dataclass

from cli.demo.acts import Asks, Shopper
from cli.demo.evidence import Evidence, hub_time
from cli.demo.refusals import held_out_in_silence, left_alone_after_withdrawing, silent_after_unsubscribing
from cli.demo.tolerances import EARLY, LATE, OFF_WITHIN
from hub.content import CONNECTOR as SITE

Check = Callable[[Evidence], list[str]]


@dataclass(frozen=True)
class Verdict:
    promise: str
    against: tuple[str, ...]
    """What spoke against it; nothing, if it was kept."""

    @property
    def kept(self) -> bool:
        return not self.against


def judge(evidence: Evidence) -> list[Verdict]:
    return [Verdict(promise, tuple(check(evidence))) for promise, check in PROMISES.items()]


def mailed_as_written(evidence: Evidence) -> list[str]:
    """Everybody got exactly the e-mails that the journey has for her, each when it was due."""
    return [problem for shopper in evidence.shoppers for problem in _mail_problems(evidence, shopper)]


def never_twice(evidence: Evidence) -> list[str]:
    problems = []
    for shopper in evidence.shoppers:
        subjects = [one.what for one in evidence.seen_of(shopper, "message")]
        problems += [
            f"{shopper.name} got {subject!r} twice"
            for subject in set(subjects)
            if subjects.count(subject) > 1
        ]
    return problems


def on_for_the_right_ones(evidence: Evidence) -> list[str]:
    """Audiences and contents were turned on for those, and only those, whose journey came that far."""
    problems = []
    for shopper in evidence.shoppers:
        wanted = {
            due.do.connector
            for due in evidence.expected(shopper)
            if not due.is_message and due.is_seen_by_a_vendor
        }
        got = evidence.connectors_on(shopper)
        problems += [f"{one} was never on for {shopper.name}" for one in sorted(wanted - got)]
        problems += [
            f"{one} was on for {shopper.name}, and should not have been" for one in sorted(got - wanted)
        ]
    return problems


def off_everywhere(evidence: Evidence) -> list[str]:
    """Whose journey is over has nothing left standing; whose is not, has everything, but what she refused."""
    problems = []
    for shopper in evidence.shoppers:
        standing = evidence.standing(shopper)
        if evidence.over(shopper) is not None:
            problems += [f"{one} still stands for {shopper.name}" for one in sorted(standing)]
        else:
            gone = evidence.connectors_on(shopper) - standing - evidence.withdrawn(shopper)
            problems += [f"{one} was taken from {shopper.name} too early" for one in sorted(gone)]
    return problems


def nothing_after_the_end(evidence: Evidence) -> list[str]:
    problems = []
    for shopper in evidence.shoppers:
        over = evidence.over(shopper)
        late = [
            one for one in evidence.seen_of(shopper, "message", "on") if over is not None and one.at > over
        ]
        problems += [
            f"{one.connector} reached {shopper.name} at {hub_time(one.at)}, after the end" for one in late
        ]
    return problems


def off_in_time(evidence: Evidence) -> list[str]:
    spans = {shopper.name: evidence.time_to_off(shopper) for shopper in evidence.shoppers}
    return [
        f"{name} was off everywhere only after {span:.1f} s"
        for name, span in spans.items()
        if span is not None and span > OFF_WITHIN
    ]


def left_alone_at_once(evidence: Evidence) -> list[str]:
    """Who buys at once never begins a journey."""
    problems = []
    for shopper in evidence.whose("buys at once"):
        problems += [
            f"{shopper.name} begins {one['journey']}" for one in evidence.views_of(shopper, "enrollments")
        ]
    return problems


def one_customer_on_two_devices(evidence: Evidence) -> list[str]:
    problems = []
    for shopper in evidence.shoppers:
        view = evidence.views.get(shopper.name)
        known = {one["value"] for one in view["identities"]} if view else set()
        hers = {shopper.user_id, shopper.email, *(shopper.anonymous_id(act.device) for act in shopper.acts)}
        problems += [f"{one} does not lead to {shopper.name}" for one in sorted(hers - known)]
    return problems


def the_site_knows_her(evidence: Evidence) -> list[str]:
    """Who returns during her journey sees her cart on the site; after it, or after a no, nothing of it."""
    problems = []
    for shopper in evidence.shoppers:
        ended = evidence.let_go(shopper, SITE)
        asked = [(at, slots) for at, name, slots in evidence.played.shown if name == shopper.name]
        if len(asked) != sum(isinstance(act, Asks) for act in shopper.acts):
            problems.append(f"the site did not answer {shopper.name} each time")
        for at, slots in asked:
            html = " ".join(one["html"] for one in slots.values())
            is_over = ended is not None and at > ended
            if is_over and slots:
                problems.append(f"the site still showed {sorted(slots)} to {shopper.name} after the end")
            if not is_over and not all(name in html for name in shopper.goods):
                problems.append(f"the site did not show {shopper.name} her cart")
    return problems


def the_trail_is_kept(evidence: Evidence) -> list[str]:
    """The purchase knows its worth, and what had reached her before."""
    problems = []
    for shopper in evidence.whose("buys"):
        found = [one["conversion"] for one in evidence.views_of(shopper, "enrollments") if one["conversion"]]
        if len(found) != 1:
            problems.append(f"{shopper.name} has {len(found)} conversions instead of one")
            continue
        trail = {(one["connector"], one["step"]) for one in found[0]["trail"]}
        wanted = {(due.do.connector, due.step) for due in evidence.expected(shopper)}
        missing = ", ".join(f"{connector} of step {step}" for connector, step in sorted(wanted - trail))
        problems += [f"the trail of {shopper.name} lacks {missing}"] if missing else []
        problems += [] if found[0]["value"] else [f"the purchase of {shopper.name} has no value"]
    return problems


def nothing_is_lost(evidence: Evidence) -> list[str]:
    """No dead letters, and nothing the shoppers' own programs complained of."""
    dead = [
        f"{one['messages']} messages in {one['queue']}" for one in evidence.dead_letters if one["messages"]
    ]
    return [*dead, *evidence.played.errors]


PROMISES: dict[str, Check] = {
    f"Everybody is mailed exactly what the journey has for her, at most {LATE:.0f} s late": mailed_as_written,
    "No message comes twice": never_twice,
    "Audiences and contents are on for the right shoppers": on_for_the_right_ones,
    "Everything is off, everywhere, once a journey is over": off_everywhere,
    "Nothing reaches a shopper after that": nothing_after_the_end,
    f"The last vendor is told within {OFF_WITHIN:.0f} s": off_in_time,
    "Who buys at once is left alone": left_alone_at_once,
    "Who unsubscribes gets no further e-mail, and the reason is known": silent_after_unsubscribing,
    "Who withdraws her consent gets nothing further that needs it, the reason is known, "
    f"and what stood is off within {OFF_WITHIN:.0f} s": left_alone_after_withdrawing,
    "Who is held out gets nothing, and the reason is known": held_out_in_silence,
    "Two devices are one customer": one_customer_on_two_devices,
    "The site greets who returns, until she has bought or refused it": the_site_knows_her,
    "A purchase keeps the trail that led to it": the_trail_is_kept,
    "Nothing is lost": nothing_is_lost,
}


def _mail_problems(evidence: Evidence, shopper: Shopper) -> list[str]:
    due = [one for one in evidence.expected(shopper) if one.is_message]
    got = evidence.seen_of(shopper, "message")
    if len(due) != len(got):
        return [f"{shopper.name} got {len(got)} messages instead of {len(due)}"]
    return [
        f"{shopper.name} got her message of {hub_time(one.at)} {seconds:+.1f} s off"
        for one, seconds in evidence.lateness(shopper)
        if not -EARLY <= seconds <= LATE
    ]
