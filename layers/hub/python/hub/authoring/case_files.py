"""Files of cases, read and held against the strategy and the connectors there are."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from hub.authoring.action_problems import policy_action_faults
from hub.authoring.cases import Beat, Cases
from hub.authoring.problems import Fault, StrategyProblems
from hub.authoring.problems import Path as Where
from hub.authoring.references import policy_faults
from hub.authoring.sources import Source, read_source
from hub.authoring.vocabulary import Vocabulary
from hub.connector_kit.declaration import Connector
from hub.strategy.strategy import Strategy

FOLDER = "tests"
"""Beside segments/ and journeys/."""


def find_cases(directory: Path) -> list[Path]:
    """The files of cases of a strategy."""
    return sorted((directory / FOLDER).glob("*.yaml"))


def read_cases(path: Path, strategy: Strategy, connectors: Sequence[Connector]) -> Source[Cases]:
    """StrategyProblems lists all that is wrong with the file, by its lines."""
    source = read_source(path, str(path), Cases)
    faults = [
        *_of_policies(source.model, strategy, connectors),
        *_of_beats(source.model, strategy, connectors),
    ]
    problems = [*source.problems, *(source.written.problem(*fault) for fault in faults)]
    if problems:
        raise StrategyProblems(problems)
    return source


def _of_policies(cases: Cases | None, strategy: Strategy, connectors: Sequence[Connector]) -> Iterator[Fault]:
    for number, case in enumerate(cases.cases if cases else ()):
        yield from _below(("cases", number, "policy"), policy_faults(case.policy, strategy.journey_by_name))
        yield from _below(("cases", number, "policy"), policy_action_faults(case.policy, connectors))


def _of_beats(cases: Cases | None, strategy: Strategy, connectors: Sequence[Connector]) -> Iterator[Fault]:
    vocabulary = Vocabulary(strategy, connectors)
    for where, beat in _beats(cases):
        yield from _below((*where, beat.word), _of_beat(beat, vocabulary))


def _of_beat(beat: Beat, vocabulary: Vocabulary) -> Iterator[Fault]:
    for place, one in enumerate(beat.expect or ()):
        yield from _below((place, one.address), vocabulary.call(one.address, one.fields))
    for address in beat.addresses:
        yield from _below((address,), vocabulary.action(address))
    if slug := beat.vendor_recovers or (beat.vendor_fails and beat.vendor_fails.connector):
        yield from vocabulary.connector(slug)
    for name in (*(beat.member_of or ()), *(beat.not_member_of or ())):
        yield from vocabulary.segment(name)
    for name in filter(None, (beat.pause, beat.resume)):
        yield from vocabulary.journey(name)


def _below(where: Where, faults: Iterator[Fault]) -> Iterator[Fault]:
    yield from (((*where, *path), message, advice) for path, message, advice in faults)


def _beats(cases: Cases | None) -> Iterator[tuple[Where, Beat]]:
    if cases is None:
        return
    yield from ((("before", place), beat) for place, beat in enumerate(cases.before))
    for number, case in enumerate(cases.cases):
        yield from ((("cases", number, "story", place), beat) for place, beat in enumerate(case.story))
