"""The steps of a back-fill, as its machine calls them: begin, recall, scan, let it sink in, reconcile, end;
or, where changes were lost: everybody is said anew in place of the scan.

Each takes what the last one gave and gives what the next one takes: plain JSON, ids and numbers only. All may
be done twice; what stands in the profiles is written by update_profiles and by nobody else.
"""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, fields
from itertools import islice
from typing import Any

from hub.aggregates import Spec
from hub.archive_hours import Span, hour_of, spans
from hub.archive_search import Search, in_packs
from hub.archive_walk import Archive, walk
from hub.backfill_plans import Todo, Told, called, each, part_of, plan
from hub.backfill_ports import Counters, Definitions, Everybody, Progress, Sayer, WaitingLine
from hub.backfilling import BackfillRun, Look, Part, is_outdated
from hub.clock import Clock, real_now
from hub.counting import Counted, agreed
from hub.definitions import GONE, successors, unfilled, wanted
from hub.recalling import asked_by, lacking, memory_of, reaches_back_to, still_remembered
from hub.rules import Rules
from hub.screening import Screen

_LOOKS_IN_A_MESSAGE, _EVENTS_IN_A_MESSAGE = 2, 4
"""A consumer takes up to a hundred messages at once, live ones among them, and those must not wait long."""
_CALM = 5
"""Messages that wait in the queue of a hub at rest."""
_CROWD = 50
"""Messages more than usual that live events may have before them."""
MOST_WAITS = 120
_COUNTED = tuple(field.name for field in fields(Counted))
LOOKS = 5
"""At a counter, to find it at rest."""


@dataclass(frozen=True, kw_only=True)
class Backfill:
    rules: Rules
    screen: Screen
    segments: Counters
    definitions: Definitions
    progress: Progress
    profiles: Everybody
    sayer: Sayer
    archive: Archive
    queue: WaitingLine
    clock: Clock
    pages: int = 20
    """Read in one call; the state machine calls again until the part is through."""
    most: int = 250
    """Profiles to be looked at again, or events to be remembered, said in one call and not much exceeded."""

    def begin(self, run: str, asked: Sequence[str]) -> Told:
        """What is to be done: nothing, where nothing changed since the last time and nobody `asked`.

        From here on no run that began before can end: what it set out to do is no longer what is live.
        """
        self._take_over(run)
        todo, lacks = self._todo(asked), self._lacks(asked)
        if not todo and not lacks:
            return plan(run)
        parts, pieces = self.profiles.parts(), self._spans(lacks)
        self.progress.put_run(
            BackfillRun(
                run=run,
                began_at=self.clock.now(),
                names=tuple(f"{kind}:{name}" for kind, name, _ in todo),
                items=self.profiles.items(),
                parts=parts,
                spans=len(pieces),
                recalled=tuple(sorted({name for spec in lacks for name in spec.events})),
            )
        )
        usual = self.queue.waiting()
        scan = [part_of("scan", run, number, of=parts, usual=usual) for number in range(parts)]
        told = {"usual": usual, "asked": list(asked)}
        recall = [part_of("recall", run, number, **told, **asdict(one)) for number, one in enumerate(pieces)]
        return plan(run, todo=todo, usual=usual, scan=scan, recall=recall)

    def _take_over(self, run: str) -> None:
        """A hub that never wrote down what it remembers has done it for its rules from the first event on."""
        memory, then = self.definitions.memory(), memory_of(self.rules.specs)
        left = then if memory is None else still_remembered(self.rules.specs, memory)
        self.definitions.begin(run, left, then)

    def _todo(self, asked: Sequence[str]) -> list[Todo]:
        """(kind, name, version) of what is to be filled; all of today's is written down."""
        known, now = self.definitions.known(), self.clock.now()
        new = wanted(self.rules.strategy, now)
        todo = sorted({*unfilled(known, new), *(("segment", name) for name in asked)} & {*known, *new})
        for one in successors(known, new, now):
            self.definitions.put(one)
        return [(*key, new[key].version if key in new else GONE) for key in todo]

    def scan(self, part: Told) -> Told:
        """Some pages of a part of the profiles table; only who is outdated costs more than the reading."""
        if self._is_crowded(part):
            return called(part) | {"crowded": True}
        outdated: list[str] = []
        seen = items = 0
        place, now = part.get("place"), self.clock.now()
        for page in islice(self.profiles.pages(part["part"], part["of"], place), self.pages):
            outdated += [one.profile_id for one in page.profiles if is_outdated(one, self.rules, now)]
            seen, items, place = seen + len(page.profiles), items + page.items, page.place
            if len(outdated) >= self.most:
                break
        looks = [Look(one, now) for one in outdated]
        self.queue.put(looks[i : i + _LOOKS_IN_A_MESSAGE] for i in range(0, len(looks), _LOOKS_IN_A_MESSAGE))
        return self._further(part, {"place": place}, items=items, seen=seen, changed=len(outdated))

    def recall(self, part: Told) -> Told:
        """Some of the archive: the events that a rule of today asks for and none of yesterday did."""
        if self._is_crowded(part):
            return called(part) | {"crowded": True}
        after: str = part["place"] if "place" in part else part["after"]
        span = Span(after, part["until"])
        search = Search(self._lacks(part["asked"]), self.rules, self.screen, self.clock.now())
        way = walk(self.archive, span, part.get("skip", 0), search.recall, most=self.most)
        self.queue.put(in_packs(way.found, _EVENTS_IN_A_MESSAGE))
        there = {"place": way.place, "skip": way.skip}
        return self._further(part, there, items=way.objects, seen=way.lines, changed=len(way.found))

    def anew(self, run: str) -> Told:
        """A plan to say everybody anew, for changes that were lost; nothing counts as filled by it."""
        parts = self.profiles.parts()
        self.progress.put_run(
            BackfillRun(
                run=run,
                began_at=self.clock.now(),
                names=("everybody anew",),
                items=self.profiles.items(),
                parts=parts,
                spans=0,
            )
        )
        usual = self.queue.waiting()
        said = [part_of("say_anew", run, number, of=parts, usual=usual) for number in range(parts)]
        return plan(run, usual=usual, scan=said) | self._all_segments()

    def say_anew(self, part: Told) -> Told:
        """Who stands on a page of a part, and then a pause: the stream is live changes' own as well, and
        nobody tells how far behind it is."""
        if self._is_crowded(part):
            return called(part) | {"crowded": True}
        now = self.clock.now()
        page = self.profiles.keys(part["part"], part["of"], part.get("place"), most=self.most)
        for key in page.keys:
            self.sayer.say(key, now)
        said = len(page.keys)
        told = self._further(part, {"place": page.place}, items=page.items, seen=said, changed=said)
        return told | {"crowded": True}

    def sink_in(self, waits: int, usual: int) -> Told:
        """Whether the queue is as short as it was before, or has been waited for long enough."""
        is_calm = self.queue.waiting() <= max(usual, _CALM)
        return {"waits": waits + 1, "calm": is_calm or waits >= MOST_WAITS}

    def left(self, of: Told) -> Told:
        """The parts that are not through: the next children's, who have all their calls before them."""
        parts = [part | {"calls": 0} for part in of["left"] if not part["done"]]
        return {"left": parts, "rounds": of["rounds"] + 1}

    def nightly(self) -> Told:
        """A plan without a back-fill: every counter is held against its members."""
        return plan("") | self._all_segments()

    def _all_segments(self) -> Told:
        segments = [("segment", one.name, "") for one in self.rules.strategy.segments]
        return {"segments": each(segments)}

    def count(self, told: Told) -> Told:
        return {"offs": told.get("offs", []), **asdict(self.segments.counted(told["segment"]))}

    def put_right(self, told: Told) -> Told:
        """A while after counting; `done` if it stood still meanwhile, or was looked at often enough."""
        one = Counted(**{name: told[name] for name in _COUNTED})
        offs, now = [*told["offs"], one.off], self.clock.now()
        off = self.segments.put_right(one, now)
        if off is None and len(offs) >= LOOKS:
            off = agreed(offs)
            self.segments.shift(one, off, now)
        return {"segment": one.segment, "offs": offs, "done": off is not None, "off": off}

    def end(self, run: str, todo: Sequence[Sequence[Any]]) -> Told:
        """From now on all this is known of every profile, unless another run has begun since."""
        now = self.clock.now()
        if self.definitions.end(run):
            for kind, name, version in todo:
                if version == GONE:
                    self.definitions.forget_gone((kind, name))
                else:
                    self.definitions.fill((kind, name), version, now)
        self.progress.end_run(run, now)
        return {"run": run}

    def _lacks(self, asked: Collection[str]) -> list[Spec]:
        """What is to be looked for in the archive; all of it again for the segments `asked` for by name."""
        again = {spec.key for spec in asked_by(asked, self.rules)}
        lacks = {spec.key for spec in lacking(self.rules.specs, self.definitions.memory() or {})}
        return [spec for spec in self.rules.specs if spec.key in again | lacks]

    def _spans(self, lacks: Sequence[Spec]) -> list[Span]:
        if not lacks:
            return []
        oldest, now = self.archive.first_key(), real_now()
        since = min(reaches_back_to(spec, self.clock.now()) for spec in lacks)
        return spans(max(0, self.clock.real(since)), now, (hour_of(oldest) if oldest else None) or now)

    def _is_crowded(self, part: Told) -> bool:
        """Whether live events would wait behind what has been said already."""
        usual: int = part["usual"]
        return self.queue.waiting() > usual + _CROWD

    def _further(self, part: Told, there: Told, **more: int) -> Told:
        """The part as it is now; what it has been through is added up. Without a place it is through."""
        told = {name: value for name, value in called(part).items() if name not in ("place", "skip")}
        told |= {name: part.get(name, 0) + number for name, number in more.items()}
        told["crowded"] = False
        told |= {"done": True} if there["place"] is None else {"done": False, **there}
        numbers = {name: told[name] for name in ("items", "seen", "changed", "done")}
        self.progress.put_part(Part(run=part["run"], kind=part["do"], number=part["part"], **numbers))
        return told
