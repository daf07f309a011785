"""Templates as files.

strategy/templates/NAME.liquid is HTML, with YAML front matter for the subject of an e-mail;
NAME.text.liquid is the same as plain text, or stands alone for chat notes and SMS.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from hub.authoring.liquid_text import LiquidText, liquid_problems
from hub.authoring.problems import Problem
from hub.authoring.sentences import problems_of
from hub.authoring.written import Written, read_text, read_yaml
from hub.strategy.model import AUTHORED, Model, is_name
from hub.strategy.templates import Template

_ENDING = ".liquid"
_TEXT_ENDING = ".text.liquid"


class FrontMatter(Model):
    """The lines between --- and --- at the head of a template."""

    subject: str = ""
    """The subject of the e-mail; Liquid may stand in it."""


@dataclass(frozen=True)
class TemplateSource:
    """A template's files; `template` is None where one is wrong in itself."""

    name: str
    file: str
    template: Template | None
    problems: tuple[Problem, ...] = ()
    texts: tuple[LiquidText, ...] = ()
    """All that is written in it."""


@dataclass(frozen=True)
class _Part:
    """A file of a template: its front matter, its body, and the line of the file the body begins on."""

    file: str
    subject: str = ""
    subject_line: int = 1
    body: str = ""
    first_line: int = 1
    problems: tuple[Problem, ...] = ()


def read_templates(directory: Path) -> Iterator[TemplateSource]:
    found = sorted((directory / "templates").glob(f"*{_ENDING}"))
    paths = {path.name: path for path in found if path.is_file()}
    for name in dict.fromkeys(file.removesuffix(_TEXT_ENDING).removesuffix(_ENDING) for file in paths):
        html = _read_html(paths.get(name + _ENDING))
        text = _read_text_part(paths.get(name + _TEXT_ENDING))
        yield _joined(name, html, text)


def _joined(name: str, html: _Part | None, text: _Part | None) -> TemplateSource:
    there: Sequence[_Part] = [part for part in (html, text) if part]
    texts = tuple(text for part in there for text in _liquid_of(part))
    problems = [problem for part in there for problem in part.problems]
    problems += [problem for text in texts for problem in liquid_problems(text)]
    if not is_name(name):
        advice = "rename the file: small letters, digits and _, a letter first, at most 40"
        problems.append(Problem(there[0].file, 1, 1, "", f"'{name}' is no name", advice))
    template = Template(
        subject=html.subject if html else "", html=html.body if html else "", text=text.body if text else ""
    )
    return TemplateSource(name, there[0].file, None if problems else template, tuple(problems), texts)


def _liquid_of(part: _Part) -> Iterator[LiquidText]:
    yield LiquidText(part.subject, part.file, part.subject_line, where="subject")
    yield LiquidText(part.body, part.file, part.first_line)


def _read_text_part(path: Path | None) -> _Part | None:
    if path is None:
        return None
    text = read_text(path, f"templates/{path.name}")
    file = f"templates/{path.name}"
    return _Part(file, problems=(text,)) if isinstance(text, Problem) else _Part(file, body=text)


def _read_html(path: Path | None) -> _Part | None:
    part = _read_text_part(path)
    if part is None or not part.body.startswith("---\n"):
        return part
    head, fence, body = part.body.removeprefix("---\n").partition("\n---\n")
    if not fence:
        return _Part(
            part.file,
            problems=(Problem(part.file, 1, 1, "", "the front matter has no end", "add a line ---"),),
        )
    written = read_yaml(head, part.file, first_line=2)
    return _with_front_matter(part.file, written, body, first_line=head.count("\n") + 4)


def _with_front_matter(file: str, written: Written, body: str, *, first_line: int) -> _Part:
    if written.problems:
        return _Part(file, body=body, first_line=first_line, problems=written.problems)
    try:
        subject = FrontMatter.model_validate(written.data, context=AUTHORED).subject
    except ValidationError as error:
        found = tuple(problems_of(error, written, FrontMatter))
        return _Part(file, body=body, first_line=first_line, problems=found)
    return _Part(file, subject, written.place(("subject",)).line, body, first_line)
