"""Liquid wherever the strategy writes it: syntax, variables and filters, checked before a message is made."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from liquid import Environment, RenderContext
from liquid.ast import Node
from liquid.builtin.expressions import Path, StringLiteral
from liquid.builtin.expressions.logical import ContainsExpression
from liquid.exceptions import LiquidError
from liquid.expression import Expression
from liquid.static_analysis import TemplateAnalysis, Variable

from hub.authoring.problems import Problem, did_you_mean, listed, nearest
from hub.strategy.lifetime import TOTALS

# The document of hub.documents and what the connector kit adds to it; None: anything may stand below.
DOCUMENT: dict[str, frozenset[str] | None] = {
    "profile": frozenset(
        {"id", "user_id", "email", "phone", "anonymous_id", "traits", "lifetime", "predicted"}
    ),
    "cart": frozenset({"cart_id", "items", "value", "currency", "summary", "lines", "updated_at"}),
    "segments": None,
    "enrollment": frozenset({"id", "journey", "step"}),
    "message": frozenset({"id"}),
    "unsubscribe_url": None,
}
LIFETIME = "profile.lifetime"
_MARKUP = re.compile(r"\{\{.*?\}\}|\{%-?\s*(\w+).*?%\}", re.DOTALL)
_UNCLOSED = re.compile(r"expected tag end(\w+)")
# The kit renders single templates: there is no place others could be loaded from.
_UNSUPPORTED = ("include", "render", "extends", "block")

Fault = tuple[int, str, str]
"""(index in the text, message, advice)"""
Named = tuple[int, str]
"""(index in the text, name)"""


@dataclass(frozen=True)
class LiquidText:
    """A text, and where it stands."""

    text: str
    file: str
    first_line: int
    column: int = 1
    where: str = ""

    def problem(self, fault: Fault) -> Problem:
        index, message, advice = fault
        line = self.first_line + self.text.count("\n", 0, index)
        return Problem(self.file, line, self.column, self.where, message, advice)


@dataclass(frozen=True)
class Uses:
    """The names of the strategy's own that a text speaks of."""

    traits: tuple[Named, ...] = ()
    predicted: tuple[Named, ...] = ()
    segments: tuple[Named, ...] = ()


def liquid_problems(text: LiquidText) -> list[Problem]:
    """What is wrong with the Liquid in a text; the first fault of syntax hides the rest."""
    return [text.problem(fault) for fault in sorted(_faults(text.text))]


def uses_of(text: str) -> Uses:
    """None of a text that is no Liquid."""
    try:
        template = _environment().from_string(text)
    except LiquidError:
        return Uses()
    groups = template.analyze(include_partials=False).globals.values()
    of_profile = [one for group in groups for one in group if one.segments[0] == "profile"]
    asked = (inner for one in _expressions(template.nodes, RenderContext(template)) for inner in _inner(one))
    return Uses(
        traits=tuple(_below("traits", of_profile)),
        predicted=tuple(_below("predicted", of_profile)),
        segments=tuple(_asked_about("segments", asked)),
    )


def _below(part: str, variables: Iterable[Variable]) -> Iterator[Named]:
    for variable in variables:
        _, *rest = variable.segments
        if rest[:1] == [part] and all(isinstance(one, str | int) for one in rest[1:]) and rest[1:]:
            yield variable.span.index, ".".join(map(str, rest[1:]))


def _asked_about(root: str, expressions: Iterable[Expression]) -> Iterator[Named]:
    """segments contains 'vip'"""
    for one in expressions:
        match one:
            case ContainsExpression(left=Path(path=[name]), right=StringLiteral(value=asked)) if name == root:
                yield one.token.start_index, asked


def _expressions(nodes: Iterable[Node], context: RenderContext) -> Iterator[Expression]:
    for node in nodes:
        yield from node.expressions()
        yield from _expressions(node.children(context, include_partials=False), context)


def _inner(expression: Expression) -> Iterator[Expression]:
    yield expression
    for one in expression.children():
        yield from _inner(one)


@cache
def _environment() -> Environment:
    return Environment()


def _faults(text: str) -> Iterator[Fault]:
    try:
        found = _environment().from_string(text).analyze(include_partials=False)
    except LiquidError as error:
        yield _index_of(error, text), f"this is not Liquid: {error.args[0]}", "correct it"
        return
    yield from _unknown_variables(found)
    yield from _unknown_filters(found)
    for tag in _UNSUPPORTED:
        if tag in found.tags:
            yield found.tags[tag][0].index, f"'{tag}' is not supported", "write it out in this template"


def _unknown_variables(found: TemplateAnalysis) -> Iterator[Fault]:
    for variable in (variable for group in found.globals.values() for variable in group):
        root, *rest = variable.segments
        if root not in DOCUMENT:
            advice = did_you_mean(str(root), DOCUMENT, otherwise=f"known: {listed(DOCUMENT)}")
            yield variable.span.index, f"unknown variable '{root}'", advice
        elif rest:
            yield from _unknown_part(variable, str(root), str(rest[0]))
            if (root, rest[0]) == ("profile", "lifetime") and len(rest) > 1:
                yield from _unknown_total(variable, str(rest[1]))


def _unknown_part(variable: Variable, root: str, part: str) -> Iterator[Fault]:
    known = DOCUMENT[root]
    if known is None or part in known:
        return
    near = nearest(part, known)
    advice = f"did you mean '{root}.{near}'?" if near else f"{root} has {listed(known)}"
    yield variable.span.index, f"unknown variable '{root}.{part}'", advice


def _unknown_total(variable: Variable, part: str) -> Iterator[Fault]:
    if part not in TOTALS:
        near = nearest(part, TOTALS)
        advice = f"did you mean '{LIFETIME}.{near}'?" if near else f"{LIFETIME} has {listed(TOTALS)}"
        yield variable.span.index, f"unknown variable '{LIFETIME}.{part}'", advice


def _unknown_filters(found: TemplateAnalysis) -> Iterator[Fault]:
    known = _environment().filters
    for name, spans in found.filters.items():
        if name not in known:
            advice = did_you_mean(name, known, otherwise="use one of Liquid's own filters")
            yield from ((span.index, f"unknown filter '{name}'", advice) for span in spans)


def _index_of(error: LiquidError, text: str) -> int:
    """python-liquid knows no place for what ends too early: then it is looked for."""
    if error.token is not None and error.token.start_index >= 0:
        return error.token.start_index
    unclosed = _UNCLOSED.search(str(error.args[0]))
    return _never_closed(unclosed[1], text) if unclosed else _fails_alike(str(error.args[0]), text)


def _never_closed(tag: str, text: str) -> int:
    opened: list[int] = [0]
    for markup in _MARKUP.finditer(text):
        if markup[1] == tag:
            opened.append(markup.start())
        elif markup[1] == f"end{tag}":
            opened.pop()
    return opened[-1]


def _fails_alike(message: str, text: str) -> int:
    """The first piece of markup that, read alone, is refused in the same words."""
    return next((one.start() for one in _MARKUP.finditer(text) if _refusal(one[0]) == message), 0)


def _refusal(markup: str) -> str:
    try:
        _environment().from_string(markup)
    except LiquidError as error:
        return str(error.args[0])
    return ""
