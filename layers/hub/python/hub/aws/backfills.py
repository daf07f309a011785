"""The steps of a back-fill, as its machine calls them: begin, recall, scan, let it sink in, reconcile, end.

Each takes what the last one gave and gives what the next one takes: plain JSON, ids and numbers only. All may
be done twice; the profiles themselves are written by update_profiles and by nobody else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import islice
from typing import Any

from hub.aggregates import Spec
from hub.archive_hours import Span, hour_of, spans
from hub.archive_search import Search, in_packs
from hub.aws.archive_reading import ArchiveReader
from hub.aws.archive_walk import walk
from hub.aws.backfill_table import BackfillTable, Part, Run
from hub.aws.definition_table import DefinitionTable
from hub.aws.facts_queue import FactsQueue
from hub.aws.profile_scan import ProfileScan
from hub.aws.segment_table import Counted, SegmentTable
from hub.backfilling import Look, is_outdated
from hub.clock import Clock, real_now
from hub.definitions import Definition, Key, succeed, unfilled, wanted
from hub.recalling import Remembered, lacking, memory_of, reaches_back_to
from hub.rules import Rules
from hub.screening import Screen

Told = dict[str, Any]
_LOOKS_IN_A_MESSAGE, _EVENTS_IN_A_MESSAGE = 2, 4
"""A consumer takes up to a hundred messages at once, live ones among them, and those must not wait long."""
_CALM = 5
"""Messages that wait in the queue of a hub at rest."""
_CROWD = 50
"""Messages more than usual that live events may have before them."""
_MOST_WAITS = 120
_TRIES = 5
"""To find a counter at rest."""


@dataclass(frozen=True, kw_only=True)
class Backfill:
    rules: Rules
    screen: Screen
    segments: SegmentTable
    definitions: DefinitionTable
    progress: BackfillTable
    profiles: ProfileScan
    archive: ArchiveReader
    queue: FactsQueue
    clock: Clock
    pages: int = 20
    """Read in one call; the state machine calls again until the part is through."""
    most: int = 250
    """Profiles to be looked at again, or events to be remembered, said in one call and not much exceeded."""

    def begin(self, run: str, asked: Sequence[str]) -> Told:
        """What is to be done: nothing, where nothing changed since the last time and nobody `asked`."""
        known, new = self.definitions.all(), wanted(self.rules.strategy, self.clock.now())
        todo = sorted({*unfilled(known, new), *(("segment", name) for name in asked)} & {*known, *new})
        for key, one in new.items():
            if (put := succeed(known.get(key), one)) != known.get(key):
                self.definitions.put(put)
        self.definitions.forget(key for key in known if key[0] == "journey" and key not in new)
        plan = _plan(run, todo, new)
        if not todo:
            return plan
        lacks, parts = self._lacks(), self.profiles.parts()
        pieces = self._spans(lacks)
        self.progress.put_run(
            Run(
                run=run,
                began_at=self.clock.now(),
                names=tuple(":".join(key) for key in todo),
                items=self.profiles.items(),
                parts=parts,
                spans=len(pieces),
                recalled=tuple(sorted({name for spec in lacks for name in spec.events})),
            )
        )
        usual = self.queue.waiting()
        return plan | {
            "usual": usual,
            "memory": {key: asdict(one) for key, one in memory_of(self.rules.specs).items()},
            "parts": [_part("scan", run, number, of=parts, usual=usual) for number in range(parts)],
            "spans": [
                _part("recall", run, number, usual=usual, **asdict(one)) for number, one in enumerate(pieces)
            ],
        }

    def scan(self, part: Told) -> Told:
        """Some pages of a part of the profiles table; only who is outdated costs more than the reading."""
        if self._is_crowded(part):
            return part | {"crowded": True}
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
            return part | {"crowded": True}
        after: str = part["place"] if "place" in part else part["after"]
        span = Span(after, part["until"])
        search = Search(self._lacks(), self.rules, self.screen, self.clock.now())
        way = walk(self.archive, span, part.get("skip", 0), search.recall, most=self.most)
        self.queue.put(in_packs(way.found, _EVENTS_IN_A_MESSAGE))
        there = {"place": way.place, "skip": way.skip}
        return self._further(part, there, items=way.objects, seen=way.lines, changed=len(way.found))

    def sink_in(self, waits: int, usual: int) -> Told:
        """Whether the queue is as short as it was before, or has been waited for long enough."""
        is_calm = self.queue.waiting() <= max(usual, _CALM)
        return {"waits": waits + 1, "calm": is_calm or waits >= _MOST_WAITS}

    def nightly(self) -> Told:
        """A plan without a back-fill: every counter is held against its members."""
        names = [segment.name for segment in self.rules.strategy.segments]
        return _plan("", (), {}) | {"segments": names}

    def count(self, told: Told) -> Told:
        one = self.segments.counted(told["segment"])
        return {"tries": told.get("tries", 0) + 1, **asdict(one)}

    def put_right(self, told: Told) -> Told:
        """A while after counting; `done` unless the counter moved meanwhile."""
        one = Counted(**{name: told[name] for name in ("segment", "counter", "moves", "counted")})
        off = self.segments.put_right(one, self.clock.now(), at_last=told["tries"] >= _TRIES)
        return {"segment": one.segment, "tries": told["tries"], "done": off is not None, "off": off}

    def end(self, plan: Told) -> Told:
        """From now on all this is known of every profile."""
        now = self.clock.now()
        for kind, name, version in plan["todo"]:
            if version:
                self.definitions.fill((kind, name), version, now)
            else:
                self.definitions.forget([(kind, name)])
        self.definitions.remember({key: Remembered(**one) for key, one in plan["memory"].items()})
        run, _ = self.progress.read()
        if run is not None and run.run == plan["run"]:
            self.progress.put_run(replace(run, ended_at=now))
        return {"run": plan["run"]}

    def _lacks(self) -> list[Spec]:
        """A hub that never wrote down what it remembers has done it for its rules from the first event on."""
        memory = self.definitions.memory()
        return [] if memory is None else lacking(self.rules.specs, memory)

    def _spans(self, lacks: Sequence[Spec]) -> list[Span]:
        oldest = self.archive.first_key() if lacks else None
        hour = hour_of(oldest) if oldest else None
        if hour is None:
            return []
        since = min(reaches_back_to(spec, self.clock.now()) for spec in lacks)
        return spans(max(0, self.clock.real(since)), real_now(), hour)

    def _is_crowded(self, part: Told) -> bool:
        """Whether live events would wait behind what has been said already."""
        usual: int = part["usual"]
        return self.queue.waiting() > usual + _CROWD

    def _further(self, part: Told, there: Told, **more: int) -> Told:
        """The part as it is now; what it has been through is added up. Without a place it is through."""
        told = {name: value for name, value in part.items() if name not in ("place", "skip", "crowded")}
        told |= {name: part.get(name, 0) + number for name, number in more.items()}
        told["crowded"] = False
        told |= {"done": True} if there["place"] is None else {"done": False, **there}
        numbers = {name: told[name] for name in ("items", "seen", "changed", "done")}
        self.progress.put_part(Part(run=part["run"], kind=part["do"], number=part["part"], **numbers))
        return told


def _plan(run: str, todo: Sequence[Key], new: Mapping[Key, Definition]) -> Told:
    """Of a segment that is no more there is no version; it has no members by the end."""
    versions = {key: new[key].version if key in new else "" for key in todo}
    return {
        "run": run,
        "todo": [[*key, versions[key]] for key in todo],
        "segments": [name for kind, name in todo if kind == "segment"],
        "memory": {},
        "parts": [],
        "spans": [],
        "usual": 0,
        "recalling": {"waits": 0},
        "scanning": {"waits": 0},
    }


def _part(do: str, run: str, number: int, **more: Any) -> Told:
    return {"do": do, "run": run, "part": number, "done": False, "crowded": False, **more}
