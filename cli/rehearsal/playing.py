"""Cases from files, played: each beat of a story is an act or an expectation of a rehearsal."""

import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from cli.rehearsal.opening import TEN, rehearse
from cli.rehearsal.planned import NotAsPlanned
from cli.rehearsal.rehearsal import NotAsExpected, Rehearsal
from hub.authoring.cases import Beat, Case, Cases
from hub.authoring.problems import Path
from hub.authoring.sources import Source
from hub.authoring.written import Written
from hub.clock import format_instant
from hub.errors import HubError
from hub.strategy.model import Mistake
from hub.strategy.policy import Policy
from hub.strategy.strategy import Strategy


@dataclass(frozen=True, kw_only=True)
class Played:
    """A case that was played; `wrong` is "" where all was as expected."""

    file: str
    line: int
    """Of the beat where it went wrong, else of the case."""
    case: str
    seconds: float
    wrong: str = ""
    timeline: str = ""
    """What happened until then."""
    warnings: tuple[str, ...] = ()
    """What the tracking plan did not expect, each with its file and line."""


def play(source: Source[Cases], strategy: Strategy) -> Iterator[Played]:
    """Every case of a file that was read without problems."""
    if source.model is not None:
        for number in range(len(source.model.cases)):
            yield _Playing(source.written, source.model, number).play(strategy)


class _Playing:
    """One case on its way through its beats."""

    def __init__(self, written: Written, cases: Cases, number: int) -> None:
        self._written = written
        self._cases = cases
        self._case = cases.cases[number]
        self._head: Path = ("cases", number, "name")
        self._where: Path = self._head
        self._warnings: list[str] = []
        self._began = time.monotonic()

    def play(self, strategy: Strategy) -> Played:
        try:
            rehearsal = _open(self._case, self._cases, strategy)
            for where, word, value in self._beats():
                self._where = where
                self._play(word, value, rehearsal)
        except NotAsExpected as otherwise:
            return self._played(otherwise.told, otherwise.sentence)
        except Mistake as mistake:
            return self._played("", _sentence(mistake))
        except HubError as error:
            return self._played("", str(error))
        self._where = self._head
        return self._played(rehearsal.timeline())

    def _play(self, word: str, value: Any, rehearsal: Rehearsal) -> None:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", NotAsPlanned)
            _ACTS[word](rehearsal, value, self._cases.customer)
        place = f"{self._written.file}:{self._written.place(self._where).line}"
        self._warnings += [f"{place}: {one.message}" for one in caught if one.category is NotAsPlanned]

    def _beats(self) -> Iterator[tuple[Path, str, Any]]:
        """Each word with its place in the file; of what is given, each thing on its own."""
        story = (*self._head[:-1], "story")
        for above, beats in ((("before",), self._cases.before), (story, self._case.story)):
            for place, beat in enumerate(beats):
                where = (*above, place)
                yield from _given_singly(where, beat) or [(where, beat.word, getattr(beat, beat.word))]

    def _played(self, timeline: str, wrong: str = "") -> Played:
        return Played(
            file=self._written.file,
            line=self._written.place(self._where).line,
            case=self._case.name,
            seconds=time.monotonic() - self._began,
            wrong=wrong,
            timeline=timeline,
            warnings=tuple(self._warnings),
        )


def _given_singly(where: Path, beat: Beat) -> list[tuple[Path, str, Any]]:
    return [((*where, "given", place), "given", (one,)) for place, one in enumerate(beat.given or ())]


def _sentence(mistake: Mistake) -> str:
    return f"{mistake.message} — {mistake.advice}" if mistake.advice else mistake.message


def _open(case: Case, cases: Cases, strategy: Strategy) -> Rehearsal:
    begins = next((one for one in (case.start, cases.start) if one is not None), None)
    start = TEN if begins is None else format_instant(begins)
    return rehearse(_with_policy(strategy, case.policy), start=start, held_out=case.held_out)


def _with_policy(strategy: Strategy, otherwise: Policy) -> Strategy:
    written = {name: getattr(otherwise, name) for name in otherwise.model_fields_set}
    return strategy.model_copy(update={"policy": strategy.policy.model_copy(update=written)})


def _given(on: Rehearsal, done: Any, customer: str) -> None:
    said = (one.to_message() | ({"ago": one.ago} if one.ago else {}) for one in done)
    on.given(*said, customer=customer)


def _expect(on: Rehearsal, expected: Any, _customer: str) -> None:
    for one in expected:
        on.expect(one.address, **one.fields)


def _withheld(on: Rehearsal, reasons: Any, _customer: str) -> None:
    for address, reason in reasons.items():
        on.withheld(reason, address)


def _reported(on: Rehearsal, statuses: Any, _customer: str) -> None:
    for address, status in statuses.items():
        on.reported(status.value, address)


def _vendor_reports(on: Rehearsal, statuses: Any, _customer: str) -> None:
    for address, status in statuses.items():
        on.vendor_reports(address, status.value)


_ACTS: dict[str, Callable[[Rehearsal, Any, str], object]] = {
    "given": _given,
    "advance": lambda on, duration, _: on.advance(duration),
    "advance_to": lambda on, moment, _: on.advance_to(moment),
    "vendor_fails": lambda on, one, _: on.vendor_fails(
        one.connector, one.status, mode=one.mode, times=one.times
    ),
    "vendor_recovers": lambda on, connector, _: on.vendor_recovers(connector),
    "vendor_reports": _vendor_reports,
    "pause": lambda on, journey, _: on.pause(journey),
    "resume": lambda on, journey, _: on.resume(journey),
    "expect": _expect,
    "expect_nothing": lambda on, only, _: on.expect_nothing(*only),
    "withheld": _withheld,
    "reported": _reported,
    "member_of": lambda on, segments, customer: on.member_of(*segments, customer=customer),
    "not_member_of": lambda on, segments, customer: on.not_member_of(*segments, customer=customer),
    "ended": lambda on, outcome, customer: on.ended(outcome, customer=customer),
    "everything_off": lambda on, _, __: on.everything_off(),
}
