"""Two hundred shoppers of random behaviour on the live local stack, held against a model of its own.

    python -m tests.benchmarks.two_hundred_shoppers [--json] [--seed N] [--speed N] [--shoppers N]

The journey is the project's own: quiet for half an hour, then mails and audiences over twelve hours, all off
when she buys or empties her cart. The model knows the journey's text and what each shopper did, nothing of
the hub: when she should have entered, what should have reached her until when, and that it all is off again.
What came due within GRACE of her leaving may have reached her or not. Ten minutes at speed 120.
"""

import random
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from cli.target import Target
from hub.clock import HOUR, MINUTE, SECOND, Duration, Instant
from hub.identities import Identifier
from hub.profiles import Profile
from tests.benchmarks.live import Seen, Shop, Shopper, percentile, stack, until
from tests.benchmarks.rows import Row, alone

STRATEGY = Path(__file__).resolve().parents[2] / "strategy"
SHOPPERS = 200
ARRIVALS: Duration = 2 * HOUR
WATCHED: Duration = 14 * HOUR
"""How long after she came each is watched."""
QUIET: Duration = 30 * MINUTE
DUE: Mapping[str, Duration] = {
    "meta_custom_audiences": 0,
    "optimizely": 0,
    "display_video_360": 4 * HOUR,
    "google_ads": 12 * HOUR,
}
"""Where something is turned on, and how long after the entry."""
MAILS: Sequence[Duration] = (0, 12 * HOUR)
MAILER = "amazon_ses"
STATES = 3 + 2
"""Of the machine: three steps, and what may come before and after."""
GRACE = 20.0
"""Real seconds: how late a busy laptop may be."""
_LEFT = {"Order Completed": "goal", "Product Removed": "exit"}

Did = Literal["Product Added", "Product Viewed", "Order Completed", "Product Removed"]


@dataclass
class Story:
    """What one shopper is going to do, counted from the opening, and when she did it."""

    shopper: Shopper
    plan: Sequence[tuple[Duration, Did]]
    done: list[tuple[Instant, Did]] = field(default_factory=list)

    def entered(self) -> Instant | None:
        """Half an hour after the first time that she was quiet for so long with something in her cart."""
        ends = [*(at for at, _ in self.done[1:]), None]
        for (at, did), following in zip(self.done, ends, strict=True):
            if did in _LEFT:
                return None
            if following is None or following - at > QUIET:
                return at + QUIET
        return None

    def left(self) -> tuple[Instant | None, str]:
        """When and how her journey ended by what she did."""
        at, did = self.done[-1]
        return (at, _LEFT[did]) if did in _LEFT else (None, "running")


def rows() -> list[Row]:
    seed, speed, shoppers = _option("--seed", 1), _option("--speed", 120), _option("--shoppers", SHOPPERS)
    stories = [_story(number, random.Random(f"{seed} {number}")) for number in range(shoppers)]
    with stack(STRATEGY, speed=speed) as hub:
        shop = Shop(hub)
        opening = hub.now + MINUTE
        _play(shop, stories, opening)
        until(lambda: hub.now > opening + ARRIVALS + WATCHED, 3_600, "the fourteen hours to pass")
        _settle(shop)
        return _judge(hub, shop.seen(), stories, speed)


def _option(name: str, otherwise: int) -> int:
    return int(sys.argv[sys.argv.index(name) + 1]) if name in sys.argv else otherwise


def _story(number: int, dice: random.Random) -> Story:
    """She fills her cart, perhaps looks around again, and buys, empties it, or never comes back."""
    came = dice.randrange(ARRIVALS)
    looks = [came + dice.randrange(MINUTE, WATCHED - 2 * HOUR) for _ in range(dice.choice((0, 0, 1, 2)))]
    plan: list[tuple[Duration, Did]] = [(came, "Product Added"), *((at, "Product Viewed") for at in looks)]
    ending: Did | None = dice.choice(("Order Completed", "Order Completed", "Product Removed", None))
    looked = max(came, *looks, 0)
    if ending:
        plan.append((dice.randrange(looked + MINUTE, came + WATCHED - HOUR), ending))
    return Story(Shopper(f"shopper-{number:03}"), sorted(plan))


def _play(shop: Shop, stories: Sequence[Story], opening: Instant) -> None:
    acts = sorted(
        ((opening + at, place, did) for place, story in enumerate(stories) for at, did in story.plan)
    )
    for at, place, did in acts:
        time.sleep(max(0.0, (shop.hub.clock.real(at) - time.time_ns() // 1_000_000) / SECOND))
        story = stories[place]
        line = {"product_id": "tea", "name": "Green tea", "price": 12.5, "quantity": 2}
        told = {**line, "cart_id": story.shopper.name, "order_id": story.shopper.name, "revenue": 25}
        story.done.append((shop.tell(story.shopper, did, **told), did))


def _settle(shop: Shop) -> None:
    """Until the vendors hear nothing new for a while."""
    heard, since = -1, time.monotonic()
    while time.monotonic() - since < GRACE:
        now = len(shop.seen())
        heard, since = (now, time.monotonic()) if now != heard else (heard, since)
        time.sleep(1)


@dataclass
class Judged:
    """One shopper, as the vendors and the hub know her, against what the model says."""

    story: Story
    seen: Sequence[Seen]
    profile: Profile
    grace: Duration

    def wrongs(self) -> Iterator[str]:
        entered, (left, outcome) = self.story.entered(), self.story.left()
        runs = list(self.profile.enrollments.values())
        if entered is None or (left is not None and left <= entered):
            yield from ("reached without a journey",) if runs or self.seen else ()
            return
        if [run.outcome or "running" for run in runs] != [outcome]:
            yield f"ended as {[run.outcome for run in runs]}, not {outcome}"
        # An event counts from when it was received, a round trip after she did it.
        if [run for run in runs if abs(run.entered_at - entered) > self.grace / 10]:
            yield f"entered at {runs[0].entered_at}, not {entered}"
        held_out = any(run.arm == "holdout" for run in runs)
        yield from self._mails(entered, left, held_out=held_out)
        for connector, after in DUE.items():
            yield from self._level(connector, entered + after, left, held_out=held_out)

    def _mails(self, entered: Instant, left: Instant | None, *, held_out: bool) -> Iterator[str]:
        came = [one.at for one in self.seen if one.connector == MAILER]
        wanted = [self._wanted(entered + after, left, held_out=held_out) for after in MAILS]
        if not wanted.count(True) <= len(came) <= len(wanted) - wanted.count(False):
            yield f"{len(came)} mails, and {wanted} wanted"
        if late := [at for at in came if left is not None and at > left + self.grace]:
            yield f"a mail {late[0] - (left or 0)} ms after she left"

    def _level(self, connector: str, due: Instant, left: Instant | None, *, held_out: bool) -> Iterator[str]:
        told = [one.kind for one in self.seen if one.connector == connector]
        wanted = self._wanted(due, left, held_out=held_out)
        if wanted is not None and ("on" in told) != wanted:
            yield f"{connector} {'never on' if wanted else 'on for nothing'}"
        if told and told[-1] != ("off" if left is not None else "on"):
            yield f"{connector} ended {told[-1]}"

    def _wanted(self, due: Instant, left: Instant | None, *, held_out: bool) -> bool | None:
        """None: too near to her leaving to say."""
        if held_out or (left is not None and left <= due):
            return False
        return None if left is not None and left < due + self.grace else True

    def off_after(self) -> Duration | None:
        """Hub time from her leaving to the last vendor's off."""
        left, _ = self.story.left()
        offs = [one.at for one in self.seen if one.kind == "off"]
        return max(offs) - left if left is not None and offs else None


def _judge(hub: Target, seen: Sequence[Seen], stories: Sequence[Story], speed: int) -> list[Row]:
    judged = [
        Judged(story, _of(story, seen), _profile(hub, story), round(GRACE * SECOND * speed))
        for story in stories
    ]
    wrongs = [f"{one.story.shopper.name}: {wrong}" for one in judged for wrong in one.wrongs()]
    sys.stderr.write("".join(f"{wrong}\n" for wrong in wrongs))
    runs = [run for one in judged for run in one.profile.enrollments.values()]
    ends = Counter(run.outcome or "running" for run in runs)
    held_out = sum(run.arm == "holdout" for run in runs)
    offs = [span / SECOND / speed for one in judged if (span := one.off_after()) is not None]
    return [
        Row(
            what=f"{len(stories)} shoppers against the model",
            measured=f"{len(wrongs)} differ",
            target="0",
            ok=not wrongs,
            figures={"enrollments": len(runs), **ends, "held_out": held_out, "wrongs": wrongs[:20]},
        ),
        _transitions(hub),
        Row(
            what="time to off, real seconds",
            measured=f"p50 {percentile(offs, 0.5):.1f}, p95 {percentile(offs, 0.95):.1f} s",
            figures={"p50_s": percentile(offs, 0.5), "p95_s": percentile(offs, 0.95), "offs": len(offs)},
        ),
    ]


def _of(story: Story, seen: Sequence[Seen]) -> list[Seen]:
    vendors = {MAILER, *DUE}
    mine = (one for one in seen if one.who & story.shopper.marks and one.connector in vendors)
    return sorted(mine, key=lambda one: one.at)


def _profile(hub: Target, story: Story) -> Profile:
    who: Identifier = ("user_id", story.shopper.name)
    found = hub.profiles.get(hub.profiles.find([who])[who])
    if found is None:
        raise RuntimeError(f"the hub has no profile of {story.shopper.name}")
    return found


def _transitions(hub: Target) -> Row:
    """State transitions an execution, of those that have ended."""
    machines = hub.client("stepfunctions")
    counts = [
        sum(event["type"].endswith("StateEntered") for event in _history(machines, execution))
        for machine in machines.list_state_machines()["stateMachines"]
        if "-journey-" in machine["name"]
        for execution in _ended(machines, machine["stateMachineArn"])
    ]
    return Row(
        what="state transitions an enrollment",
        measured=f"mean {sum(counts) / len(counts):.2f}, most {max(counts)}",
        target=f"≤ {STATES}",
        ok=max(counts) <= STATES,
        figures={"mean": sum(counts) / len(counts), "max": max(counts), "executions": len(counts)},
    )


def _ended(machines: object, arn: str) -> Iterator[str]:
    pages = machines.get_paginator("list_executions").paginate(stateMachineArn=arn)  # type: ignore[attr-defined]
    for page in pages:
        yield from (one["executionArn"] for one in page["executions"] if one["status"] != "RUNNING")


def _history(machines: object, execution: str) -> list[Mapping[str, str]]:
    pages = machines.get_paginator("get_execution_history").paginate(executionArn=execution)  # type: ignore[attr-defined]
    return [event for page in pages for event in page["events"]]


if __name__ == "__main__":
    alone(rows)
