"""Templates as files, and Liquid wherever it is written: syntax, variables and filters checked.

strategy/templates/NAME.liquid is HTML, with YAML front matter for the subject of an e-mail;
NAME.text.liquid is the same as plain text, or stands alone for chat notes and SMS.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from liquid import Environment
from liquid.exceptions import LiquidError
from liquid.static_analysis import Variable
from pydantic import ValidationError

from hub.authoring.problems import Problem, did_you_mean, listed
from hub.authoring.sentences import problems_of
from hub.authoring.written import Written, read_text, read_yaml
from hub.strategy.model import AUTHORED, Model, is_name
from hub.strategy.templates import Template

_ENDING = ".liquid"
_TEXT_ENDING = ".text.liquid"

# The document of hub.documents and what the connector kit adds to it; None: anything may stand below.
DOCUMENT: dict[str, frozenset[str] | None] = {
    "profile": frozenset({"id", "user_id", "email", "phone", "anonymous_id", "traits"}),
    "cart": frozenset({"cart_id", "items", "value", "currency", "summary", "lines", "updated_at"}),
    "segments": None,
    "enrollment": frozenset({"id", "journey", "step"}),
    "message": frozenset({"id"}),
    "unsubscribe_url": None,
}


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
    paths = {path.name: path for path in sorted((directory / "templates").glob(f"*{_ENDING}"))}
    for name in dict.fromkeys(file.removesuffix(_TEXT_ENDING).removesuffix(_ENDING) for file in paths):
        html = _read_html(paths.get(name + _ENDING))
        text = _read_text_part(paths.get(name + _TEXT_ENDING))
        yield _joined(name, html, text)


def liquid_problems(
    text: str, file: str, *, first_line: int, column: int = 1, where: str = ""
) -> list[Problem]:
    """What is wrong with the Liquid in a text; the first fault of syntax hides the rest."""
    try:
        found = _environment().from_string(text).analyze(include_partials=False)
    except LiquidError as error:
        line = _line_of(error, first_line)
        return [Problem(file, line, column, where, f"this is not Liquid: {error.args[0]}", "correct it")]
    variables = [variable for group in found.globals.values() for variable in group]
    said = [(variable.span.index, *fault) for variable in variables if (fault := _unknown_variable(variable))]
    filters = ((name, span) for name, spans in found.filters.items() for span in spans)
    said += [
        (span.index, *_unknown_filter(name)) for name, span in filters if name not in _environment().filters
    ]
    includes = (tag for tag in ("include", "render", "extends") if tag in found.tags)
    said += [
        (found.tags[tag][0].index, f"'{tag}' is not supported", "write it out in this template")
        for tag in includes
    ]
    return [
        Problem(file, first_line + text.count("\n", 0, index), column, where, *fault)
        for index, *fault in said
    ]


@cache
def _environment() -> Environment:
    return Environment()


def _line_of(error: LiquidError, first_line: int) -> int:
    if error.token is None:
        return first_line
    return first_line + error.token.source.count("\n", 0, max(error.token.start_index, 0))


def _unknown_variable(variable: Variable) -> tuple[str, str] | None:
    root, *rest = variable.segments
    if root not in DOCUMENT:
        advice = did_you_mean(str(root), DOCUMENT, otherwise=f"there are {listed(DOCUMENT)}")
        return f"unknown variable '{root}'", advice
    known = DOCUMENT[str(root)]
    if not rest or known is None or rest[0] in known or not isinstance(rest[0], str):
        return None
    advice = did_you_mean(rest[0], known, otherwise=f"{root} has {listed(known)}")
    return f"unknown variable '{root}.{rest[0]}'", advice


def _unknown_filter(name: str) -> tuple[str, str]:
    known = _environment().filters
    return f"unknown filter '{name}'", did_you_mean(name, known, otherwise="use one of Liquid's own filters")


def _joined(name: str, html: _Part | None, text: _Part | None) -> TemplateSource:
    there: Sequence[_Part] = [part for part in (html, text) if part]
    problems = [problem for part in there for problem in (*part.problems, *_liquid_of(part))]
    if not is_name(name):
        advice = "rename the file: small letters, digits and _, a letter first, at most 40"
        problems.append(Problem(there[0].file, 1, 1, "", f"'{name}' is no name", advice))
    template = Template(
        subject=html.subject if html else "", html=html.body if html else "", text=text.body if text else ""
    )
    return TemplateSource(name, there[0].file, None if problems else template, tuple(problems))


def _liquid_of(part: _Part) -> Iterator[Problem]:
    yield from liquid_problems(part.subject, part.file, first_line=part.subject_line, where="subject")
    yield from liquid_problems(part.body, part.file, first_line=part.first_line)


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
