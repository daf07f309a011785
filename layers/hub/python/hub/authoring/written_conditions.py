"""Every condition in a strategy's files, with its place; also those of a file that is wrong elsewhere."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from hub.authoring.problems import Path
from hub.authoring.sources import Sources
from hub.authoring.written import Written
from hub.strategy.conditions import Condition, read_condition, walk
from hub.strategy.journeys import Journey
from hub.strategy.model import Mistake

Placed = tuple[Written, Path, Condition]


def conditions(sources: Sources) -> Iterator[Placed]:
    """Inner ones too; of a file that cannot be read as a whole, the leaves that can."""
    for written, path, condition in roots(sources):
        for inner, part in walk(condition):
            yield written, path + inner, part
    for broken in _broken(sources):
        yield from _readable(broken)


def roots(sources: Sources) -> Iterator[Placed]:
    """The outermost, of the files that are right in themselves."""
    for segment in sources.segments:
        if segment.model:
            yield segment.written, ("when",), segment.model.when
    for journey in sources.journeys:
        if journey.model:
            yield from ((journey.written, path, condition) for path, condition in _of_journey(journey.model))


def _of_journey(journey: Journey) -> Iterator[tuple[Path, Condition]]:
    yield ("goal",), journey.goal.condition
    if journey.exit:
        yield ("exit",), journey.exit
    for index, step in enumerate(journey.steps):
        if step.only_if:
            yield ("steps", index, "only_if"), step.only_if


def _broken(sources: Sources) -> Iterator[Written]:
    yield from (source.written for source in sources.segments if source.model is None)
    yield from (source.written for source in sources.journeys if source.model is None)


def _readable(source: Written) -> Iterator[Placed]:
    for path, written in _beginnings(source.data if isinstance(source.data, dict) else {}):
        yield from ((source, inner, leaf) for inner, leaf in _leaves(written, path))


def _beginnings(data: Mapping[str, Any]) -> Iterator[tuple[Path, Any]]:
    """Where conditions stand in a segment or a journey."""
    for word in ("when", "goal", "exit"):
        yield (word,), data.get(word)
    steps = data.get("steps")
    for place, step in enumerate(steps if isinstance(steps, list) else ()):
        if isinstance(step, dict):
            yield ("steps", place, "only_if"), step.get("only_if")


def _leaves(written: Any, path: Path) -> Iterator[tuple[Path, Condition]]:
    if not isinstance(written, dict):
        return
    for word in ("all", "any"):
        parts = written.get(word)
        for place, part in enumerate(parts) if isinstance(parts, list) else ():
            yield from _leaves(part, (*path, word, place))
    yield from _leaves(written.get("not"), (*path, "not"))
    if not {"all", "any", "not"} & written.keys() and (leaf := _leaf(written)) is not None:
        yield path, leaf


def _leaf(written: Mapping[str, Any]) -> Condition | None:
    """Without the keys that are wrong, which have been told of already."""
    try:
        return read_condition(written)
    except ValidationError as error:
        wrong = {word for detail in error.errors() for word in _blamed(detail)}
    try:
        return read_condition({word: told for word, told in written.items() if word not in wrong})
    except ValidationError:
        return None


def _blamed(detail: ErrorDetails) -> tuple[str | int, ...]:
    mistake = detail.get("ctx", {}).get("error")
    return (*detail["loc"], *((mistake.key,) if isinstance(mistake, Mistake) else ()))
