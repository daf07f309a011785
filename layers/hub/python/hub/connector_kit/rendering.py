"""Liquid: the strategy's texts and templates with a customer's document filled in.

What is missing reads as empty, and a broken expression too: a letter with a gap is better than none,
and `hub check` finds syntax errors long before. Only HTML is escaped.
"""

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any, Protocol

from liquid import BoundTemplate, Environment, Mode
from pydantic import BaseModel, ConfigDict

Document = Mapping[str, Any]

_LONE_PATH = re.compile(r"^\{\{-?\s*([A-Za-z_][\w]*(?:\.\w+)*)\s*-?\}\}$")
_LINE_BREAKS = re.compile(r"\s*[\r\n]+\s*")


class TemplateLike(Protocol):
    """A template of the strategy: three Liquid sources, each may be empty."""

    @property
    def subject(self) -> str: ...
    @property
    def html(self) -> str: ...
    @property
    def text(self) -> str: ...


class Rendered(BaseModel):
    """A template filled in. A field of this type takes a template's name in the strategy."""

    model_config = ConfigDict(frozen=True)

    subject: str = ""
    html: str = ""
    text: str = ""

    @property
    def words(self) -> str:
        """The text, else the HTML: for vendors that take one body."""
        return self.text or self.html


def render_template(template: TemplateLike, document: Document) -> Rendered:
    return Rendered(
        # A line break in a subject would start a header of its own.
        subject=_LINE_BREAKS.sub(" ", render_text(template.subject, document)).strip(),
        html=render_html(template.html, document),
        text=render_text(template.text, document),
    )


def render_value(value: Any, document: Document) -> Any:
    """Every text inside a value rendered. A lone {{ path }} keeps its type: a number stays a number."""
    match value:
        case str():
            lone = _LONE_PATH.match(value)
            return look_up(document, lone.group(1)) if lone else render_text(value, document)
        case Mapping():
            return {key: render_value(inner, document) for key, inner in value.items()}
        case list() | tuple():
            return [render_value(inner, document) for inner in value]
        case _:
            return value


def render_text(source: str, document: Document) -> str:
    return _parsed(source, escape=False).render(**document) if "{" in source else source


def render_html(source: str, document: Document) -> str:
    return _parsed(source, escape=True).render(**document) if "{" in source else source


def look_up(document: Document, path: str) -> Any:
    """The value at a dotted path, "" where there is none."""
    found: Any = document
    for step in path.split("."):
        found = _step(found, step)
    return "" if found is None else found


def _step(value: Any, step: str) -> Any:
    if isinstance(value, Mapping):
        return value.get(step)
    if isinstance(value, list | tuple) and step.isdigit() and int(step) < len(value):
        return value[int(step)]
    return None


@lru_cache(maxsize=1_000)
def _parsed(source: str, *, escape: bool) -> BoundTemplate:
    """Parsed once a process: that takes three times as long as filling it in."""
    return _environment(escape=escape).from_string(source)


@cache
def _environment(*, escape: bool) -> Environment:
    return Environment(autoescape=escape, tolerance=Mode.LAX)
