"""A real shop's three hours on the live local stack: who is in which segment, held against the back-test.

    python -m tests.benchmarks.live_segments [--json] [--speed N] [--each N]

REES46's clicks, and what tests/past makes up of their customers, of each thirtieth customer (`--each 1`: of
all, more than an emulator keeps up with at speed); then an hour in which nobody does anything. Segments:
those of tests/past and of live_segments.yaml. Posted as `hub send --paced` does, but without `sentAt`: by
that, the hub would add the way to each timestamp, seconds of hub time. Ten minutes at speed 24.

While it plays, who is in is read every twenty minutes, and may differ where the customer did something or her
answer changed by itself within GRACE. At the end nothing may differ, nor any `since` by a millisecond. About
two customers `hub segment explain` is asked before time lets them in, while they are in, and after time let
them out; `.hub/live_segments/` has the answers.
"""

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from cli.local_stack.places import HOME
from cli.sending.batching import Batch, paced
from cli.sending.lines import Line, read
from cli.sending.posting import Poster, Rejection
from cli.sending.sending import send
from cli.target import Target
from hub.clock import MINUTE, SECOND, Duration, Instant, format_instant
from hub.profiles import identifier_of
from tests.benchmarks.latencies import LATE
from tests.benchmarks.live import percentile, stack, tick_lateness
from tests.benchmarks.real_shop import LAST, OPENING, START, WINDOW, Shop, hub_says, segments
from tests.benchmarks.rows import Row, alone
from tests.benchmarks.stays import WAYS, Judged, Reading, Stay, Truth

EVERY: Duration = 20 * MINUTE
GRACE = 20.0
"""Real seconds: how late a busy laptop may be."""
SHOWN = ("looked_and_left", "average_dear")
OUT = HOME / "live_segments"


def rows() -> list[Row]:
    speed, each = _option("--speed", 24), _option("--each", 30)
    with TemporaryDirectory() as directory:
        shop = Shop.of(each, Path(directory))
        truth = shop.truth()
        with stack(shop.strategy, speed=speed, start=START) as hub:
            play = Play(hub, shop, truth, round(GRACE * SECOND * speed))
            play.run()
            return [*play.rows(), _by_time(truth), _ticks(speed)]


def _option(name: str, otherwise: int) -> int:
    return int(sys.argv[sys.argv.index(name) + 1]) if name in sys.argv else otherwise


@dataclass
class Play:
    hub: Target
    shop: Shop
    truth: Truth
    grace: Duration
    found: list[Judged] = field(default_factory=list)
    """By the segments table and by the profiles, one after the other."""
    tables_differ: int = 0
    """Members told by one table and not by the other, at the end."""
    said: dict[tuple[str, str], str] = field(default_factory=dict)
    """(segment, moment) -> what was explained."""

    def run(self) -> None:
        agenda = sorted(self._agenda(), key=lambda one: one[0])
        with ThreadPoolExecutor(1) as pool:
            sending = pool.submit(_post, self.hub, self.shop.events)
            for at, act in agenda:
                self._wait(at, sending)
                act()
            sending.result()

    def rows(self) -> list[Row]:
        return [self._while_it_played(), self._at_the_end(), self._explained()]

    def _agenda(self) -> Iterator[tuple[Instant, Callable[[], None]]]:
        end = LAST + WINDOW + self.grace
        yield from ((at, self._look) for at in (*range(OPENING + EVERY, end, EVERY), end + SECOND))
        for stay in map(self._example, SHOWN):
            for moment, at in self._moments(stay).items():
                yield at, partial(self._explain, stay, moment)

    def _wait(self, at: Instant, sending: "Future[None]") -> None:
        while (seconds := self.hub.clock.real(at) / SECOND - time.time()) > 0:
            if sending.done():
                sending.result()
            time.sleep(min(1.0, seconds))

    def _look(self) -> None:
        readings = _readings(self.hub)
        judged = [self.truth.judge(one, self.grace) for one in readings]
        self.found += judged
        self.tables_differ = len(readings[0].members.items() ^ readings[1].members.items())
        told = ", ".join(f"{one.fresh} + {len(one.wrong)} of {one.stood} differ" for one in judged)
        sys.stderr.write(f"{format_instant(readings[0].begun)} {told}\n")

    def _example(self, segment: str) -> Stay:
        """A customer whom time lets in and out after the last click; who stays longest gives time to look."""
        late = [one for one in self.truth.both_by_time_alone(segment) if one.entered > LAST + self.grace]
        if not late:
            raise RuntimeError(f"nobody to be shown in {segment}: take a lower --speed or --each")
        return max(late, key=lambda one: one.lasted)

    def _moments(self, stay: Stay) -> dict[str, Instant]:
        entered, left = stay.entered, stay.entered + stay.lasted
        return {
            "before": entered - self.grace // 2,
            "in": (entered + left) // 2,
            "after": left + self.grace // 2,
        }

    def _explain(self, stay: Stay, moment: str) -> None:
        words = ("segment", "explain", stay.segment, "--user-id", stay.who)
        asked = f"{format_instant(self.hub.now)}: hub {' '.join(words)}\n"
        said = self.said[stay.segment, moment] = asked + hub_says(
            *words, "--strategy", str(self.shop.strategy)
        )
        OUT.mkdir(parents=True, exist_ok=True)
        (OUT / f"{stay.segment}_{moment}.txt").write_text(said)

    def _while_it_played(self) -> Row:
        numbers = [(one.stood, one.fresh, len(one.wrong)) for one in self.found]
        stood, fresh, wrong = map(sum, zip(*numbers, strict=True))
        return Row(
            what=f"memberships, {len(self.shop.messages):,} messages",
            measured=f"{wrong:,} of {stood:,} differ, {fresh:,} within {GRACE:.0f} s",
            target="0",
            ok=not wrong,
            figures={"readings": numbers, "wrong": [sorted(one.wrong.items()) for one in self.found]},
        )

    def _at_the_end(self) -> Row:
        last, counted = self.found[-2:], Counter(segment for _, segment in self.truth.members(self.hub.now))
        differ = sum(one.fresh + len(one.wrong) for one in last)
        sizes = {name: size.members for name, size in self.hub.segments.sizes(segments()).items()}
        off = {name: size for name, size in sizes.items() if size != counted[name]}
        return Row(
            what="the same at the end, with since; counters",
            measured=f"{differ} of {sum(one.stood for one in last):,}; {len(off)} of {len(sizes)} differ",
            target="0",
            ok=not differ and not off and not self.tables_differ,
            figures={"counters_off": off, "tables_differ": self.tables_differ},
        )

    def _explained(self) -> Row:
        right = sum((" is in " in told) == (moment == "in") for (_, moment), told in self.said.items())
        return Row(
            what="explained before, in and after",
            measured=f"{right} of {len(self.said)}",
            target="all",
            ok=right == len(self.said),
            figures={" ".join(key): told for key, told in self.said.items()},
        )


def _post(hub: Target, events: Path) -> None:
    """As `hub send --paced`, but that timestamps stand as they are."""
    lines = [line for line in read(events) if isinstance(line, Line)]
    send(paced([lines], hub.clock), Poster(hub.endpoint, stamped=False).post, _insist, at_once=4)


def _insist(_: Batch, rejections: Sequence[Rejection]) -> None:
    if rejections:
        raise RuntimeError(f"the hub refused {rejections[0].line.place}: {rejections[0].message}")


def _readings(hub: Target) -> tuple[Reading, Reading]:
    """By the segments table, and by the profiles."""
    begun, members, between = hub.now, list(_members(hub)), hub.now
    profiles = [one for page in hub.scan.pages(0, 1) for one in page.profiles]
    names = {one.profile_id: identifier_of(one, "user_id") for one in profiles}
    told = {(names.get(who, who), segment): since for who, segment, since in members}
    own = {(names[one.profile_id], name): at for one in profiles for name, at in one.memberships.items()}
    return Reading(begun, between, told), Reading(between, hub.now, own)


def _members(hub: Target) -> Iterator[tuple[str, str, Instant]]:
    """(profile id, segment, since), in one scan: shard by shard keeps the emulator busy for seconds."""
    values = {":member": {"S": "member#"}}
    asked = {"FilterExpression": "begins_with(sk, :member)", "ExpressionAttributeValues": values}
    pages = hub.client("dynamodb").get_paginator("scan").paginate
    found = (page["Items"] for page in pages(TableName=hub.output("SegmentsTable"), **asked))
    for item in (item for items in found for item in items):
        _, segment, _ = item["pk"]["S"].split("#")
        yield item["sk"]["S"].removeprefix("member#"), segment, int(item["since"]["N"])


def _by_time(truth: Truth) -> Row:
    ways = Counter((way, stay.segment) for way, stay in truth.by_time_alone())
    both = [name for name in segments() if all(ways[way, name] for way in WAYS)]
    turns = Counter(way for way, _ in truth.by_time_alone())
    return Row(
        what="segments entered and left by time alone",
        measured=f"{len(both)} of {len(segments())} (in {turns['entered']:,}, out {turns['left']:,} times)",
        target="≥ a third",
        ok=3 * len(both) >= len(segments()),
        figures={"both": both},
    )


def _ticks(speed: int) -> Row:
    """The hub's own metric, in hub seconds."""
    late = tick_lateness()
    middle, high = percentile(late, 0.5), percentile(late, 0.99)
    return Row(
        what=f"lateness of {len(late):,} ticks, real seconds",
        measured=f"p50 {middle / speed:.2f}, p99 {high / speed:.2f} s (hub: {middle:.0f}, {high:.0f} s)",
        target=f"p99 ≤ {LATE:.0f} s",
        ok=high / speed <= LATE,
        figures={"p50_hub_s": middle, "p99_hub_s": high, "max_hub_s": max(late), "speed": speed},
    )


if __name__ == "__main__":
    alone(rows)
