"""Files of cases, read and held against the connectors there are."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from hub.authoring.cases import Beat, Cases
from hub.authoring.problems import Path as Where
from hub.authoring.problems import Problem, StrategyProblems, did_you_mean, listed
from hub.authoring.sources import Source, read_source
from hub.connector_kit.declaration import Connector

FOLDER = "tests"
"""Beside segments/ and journeys/."""


def find_cases(directory: Path) -> list[Path]:
    """The files of cases of a strategy."""
    return sorted((directory / FOLDER).glob("*.yaml"))


def read_cases(path: Path, connectors: Sequence[Connector]) -> Source[Cases]:
    """StrategyProblems lists all that is wrong with the file, by its lines."""
    source = read_source(path, str(path), Cases)
    problems = [*source.problems, *_unknown_actions(source, connectors)]
    if problems:
        raise StrategyProblems(problems)
    return source


def _unknown_actions(source: Source[Cases], connectors: Sequence[Connector]) -> Iterator[Problem]:
    """An action that nobody has would never be called, and `expect_nothing` be fine with it."""
    known = set(_addresses(connectors))
    slugs = {connector.slug for connector in connectors}
    for where, beat in _beats(source.model):
        for address in beat.addresses:
            if address not in known:
                yield source.written.problem(
                    (*where, beat.word), f"there is no action '{address}'", _advice(address, known)
                )
        failing = beat.vendor_recovers or (beat.vendor_fails and beat.vendor_fails.connector)
        if failing and failing not in slugs:
            yield source.written.problem(
                (*where, beat.word), f"there is no connector '{failing}'", _advice(failing, slugs)
            )


def _advice(word: str, known: set[str]) -> str:
    return did_you_mean(word, known, otherwise=f"there are {listed(known)}")


def _addresses(connectors: Sequence[Connector]) -> Iterator[str]:
    for connector in connectors:
        yield connector.slug
        for name, action in connector.actions.items():
            yield f"{connector.slug}.{name}"
            if action.inverse:
                yield f"{connector.slug}.{action.inverse}"


def _beats(cases: Cases | None) -> Iterator[tuple[Where, Beat]]:
    if cases is None:
        return
    yield from ((("before", place), beat) for place, beat in enumerate(cases.before))
    for number, case in enumerate(cases.cases):
        yield from ((("cases", number, "story", place), beat) for place, beat in enumerate(case.story))
