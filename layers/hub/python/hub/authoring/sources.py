"""A strategy's directory, file by file: what stands there, read and checked each for itself."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import BaseModel, ValidationError

from hub.authoring.problems import Problem
from hub.authoring.sentences import empty_values, problems_of
from hub.authoring.template_files import TemplateSource, read_templates
from hub.authoring.unread_files import unread_files
from hub.authoring.written import Written, read_file
from hub.strategy.journeys import Journey
from hub.strategy.model import AUTHORED
from hub.strategy.policy import Policy
from hub.strategy.scoring_models import ScoringModel
from hub.strategy.segments import Segment
from hub.strategy.tracking_plan import TrackingPlan

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True)
class Source(Generic[M]):
    """A file and what it says; `model` is None where the file is wrong in itself."""

    stem: str
    written: Written
    model: M | None
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class Sources:
    """The whole directory."""

    segments: tuple[Source[Segment], ...]
    journeys: tuple[Source[Journey], ...]
    policy: Source[Policy] | None
    tracking_plan: Source[TrackingPlan] | None
    templates: tuple[TemplateSource, ...]
    models: tuple[Source[ScoringModel], ...] = ()
    problems: tuple[Problem, ...] = field(default=())
    """About the directory itself."""


def read_sources(directory: Path, trial: Path | None = None) -> Sources:
    """`trial`: a segment's file from elsewhere, which stands for the one of that name; it comes last."""
    segments = tuple(_in_folder(directory, "segments", Segment))
    return Sources(
        segments=_with_trial(segments, trial) if trial else segments,
        journeys=tuple(_in_folder(directory, "journeys", Journey)),
        policy=_single(directory, "policy.yaml", Policy),
        tracking_plan=_single(directory, "tracking_plan.yaml", TrackingPlan),
        templates=tuple(read_templates(directory)),
        models=read_models(directory),
        problems=tuple(_of_directory(directory)),
    )


def read_models(directory: Path) -> tuple[Source[ScoringModel], ...]:
    """They are JSON, since programs write them; which is YAML too."""
    return tuple(_in_folder(directory, "models", ScoringModel, "*.json"))


def _in_folder(directory: Path, folder: str, model: type[M], pattern: str = "*.yaml") -> Iterator[Source[M]]:
    for path in sorted((directory / folder).glob(pattern)):
        if path.is_file():
            yield read_source(path, f"{folder}/{path.name}", model)


def _with_trial(segments: tuple[Source[Segment], ...], file: Path) -> tuple[Source[Segment], ...]:
    read = read_source(file, str(file), Segment)
    name = read.model.name if read.model else file.stem
    others = (one for one in segments if name not in (one.stem, one.model and one.model.name))
    return (*others, replace(read, stem=name))


def _single(directory: Path, name: str, model: type[M]) -> Source[M] | None:
    path = directory / name
    return read_source(path, name, model) if path.is_file() else None


def read_source(path: Path, file: str, model: type[M]) -> Source[M]:
    written = read_file(path, file)
    if written.problems:
        return Source(path.stem, written, None, written.problems)
    empty = tuple(empty_values(written))
    try:
        read = model.model_validate(written.data, context=AUTHORED)
    except ValidationError as error:
        wrong = [
            one for one in problems_of(error, written, model) if one.where not in {two.where for two in empty}
        ]
        return Source(path.stem, written, None, (*empty, *wrong))
    return Source(path.stem, written, None if empty else read, empty)


def _of_directory(directory: Path) -> Iterator[Problem]:
    if not directory.is_dir():
        yield Problem(".", 1, 1, "", f"there is no directory {directory}", "name the strategy's directory")
    elif not any((directory / name).exists() for name in ("segments", "journeys", "policy.yaml")):
        advice = "name the directory that holds segments/ and journeys/"
        yield Problem(".", 1, 1, "", f"{directory} holds no strategy", advice)
    else:
        yield from unread_files(directory)
