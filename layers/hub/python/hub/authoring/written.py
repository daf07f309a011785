"""YAML as people write it: the values, where each stands, and what YAML itself is unhappy about.

The rules are YAML 1.2's: `on`, `no` and `yes` are words, 21:00 is not 1260 and 2026-11-27 stays text.
A number with a leading zero (a postcode) stays text too.
"""

import pathlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from hub.authoring.problems import Path, Problem

_TEXT = "tag:yaml.org,2002:str"
_PLAIN = "plain"
_LONGEST_NUMBER = 4_000
"""Characters; Python itself reads no number of more than 4,300 digits."""
_INT = re.compile(r"[-+]?(?:0|[1-9][0-9]*)|0x[0-9a-fA-F]+|0o[0-7]+")
_FLOAT = re.compile(
    r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
)
_WORDS = {"": None, "~": None, "null": None, "Null": None, "NULL": None}
_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}


@dataclass(frozen=True)
class Place:
    line: int
    column: int


@dataclass(frozen=True)
class Written:
    """One file, read: its data, the place of every key and element in it, and problems of form."""

    file: str
    data: Any = None
    places: dict[Path, Place] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    def place(self, path: Path) -> Place:
        """Of the path, or of the innermost thing around it."""
        lengths = range(len(path), -1, -1)
        return next(
            (self.places[path[:length]] for length in lengths if path[:length] in self.places), Place(1, 1)
        )

    def problem(self, path: Path, message: str, advice: str = "") -> Problem:
        place = self.place(path)
        return Problem(self.file, place.line, place.column, ".".join(map(str, path)), message, advice)


class _Loader(yaml.SafeLoader):
    """Composes nodes only; what a plain scalar means is decided below."""

    def resolve(self, kind: type[yaml.Node], _value: Any, implicit: Any) -> str:
        """`implicit` is (True, False) for a scalar that has neither tag nor quotes."""
        return _PLAIN if kind is yaml.ScalarNode and implicit[0] else _TEXT


def read_file(path: pathlib.Path, file: str) -> Written:
    text = read_text(path, file)
    return Written(file, problems=(text,)) if isinstance(text, Problem) else read_yaml(text, file)


def read_text(path: pathlib.Path, file: str) -> str | Problem:
    """The file's text, line ends as \\n and without a byte order mark."""
    content = path.read_bytes()
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return Problem(file, line, 1, "", "this is not UTF-8 text", "save the file as UTF-8")


def read_yaml(text: str, file: str, *, first_line: int = 1) -> Written:
    """`first_line`: where in the file the text begins."""
    try:
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        return Written(file, problems=(_form(file, error, first_line),))
    except yaml.reader.ReaderError as error:
        return Written(file, problems=(_forbidden(file, text, error, first_line),))
    if node is None:
        return Written(
            file, problems=(Problem(file, first_line, 1, "", "the file is empty", "write it, or delete it"),)
        )
    return _Reading(file, first_line).read(node)


class _Reading:
    """Turns nodes into values, noting on the way where each stood."""

    def __init__(self, file: str, first_line: int) -> None:
        self.file = file
        self.first_line = first_line
        self.places: dict[Path, Place] = {}
        self.problems: list[Problem] = []

    def read(self, root: yaml.Node) -> Written:
        self.places[()] = self._place(root)
        data = self._value(root, (), ())
        return Written(self.file, data, self.places, tuple(self.problems))

    def _value(self, node: yaml.Node, path: Path, around: tuple[yaml.Node, ...]) -> Any:
        if node in around:
            return self._refuse(node, path, "an alias inside its own anchor", "write the value out")
        inside = (*around, node)
        match node:
            case yaml.MappingNode():
                entries = self._entries(node, path)
                return {key: self._value(value, (*path, key), inside) for key, value in entries}
            case yaml.SequenceNode():
                return [self._element(one, (*path, index), inside) for index, one in enumerate(node.value)]
            case yaml.ScalarNode():
                return self._scalar(node, path)

    def _scalar(self, node: yaml.ScalarNode, path: Path) -> Any:
        if node.tag not in (_PLAIN, _TEXT):
            return self._refuse(node, path, f"unknown tag '{node.tag}'", "leave it out")
        if node.tag == _PLAIN:
            if len(node.value) > _LONGEST_NUMBER and _INT.fullmatch(node.value):
                return self._refuse(node, path, "a number of too many digits", "write a smaller one")
            return _plain(node.value)
        try:
            return _joined_halves(node.value)
        except UnicodeDecodeError:
            return self._refuse(node, path, "a text with half a character", "write the character itself")

    def _element(self, node: yaml.Node, path: Path, around: tuple[yaml.Node, ...]) -> Any:
        self.places[path] = self._place(node)
        return self._value(node, path, around)

    def _entries(self, node: yaml.MappingNode, path: Path) -> Iterator[tuple[str, yaml.Node]]:
        seen: dict[str, Place] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self._refuse(
                    key, path, "a key is a single word", "put text that begins with { or [ in quotes"
                )
            elif key.value in seen:
                advice = f"it stands on line {seen[key.value].line} already; keep one"
                self._refuse(key, (*path, key.value), f"'{key.value}' is given twice", advice)
            else:
                seen[key.value] = self.places[(*path, key.value)] = self._place(key)
                yield key.value, value

    def _refuse(self, node: yaml.Node, path: Path, message: str, advice: str) -> None:
        place = self._place(node)
        where = ".".join(map(str, path))
        self.problems.append(Problem(self.file, place.line, place.column, where, message, advice))

    def _place(self, node: yaml.Node) -> Place:
        return Place(node.start_mark.line + self.first_line, node.start_mark.column + 1)


def _joined_halves(text: str) -> str:
    """JSON escapes a character past U+FFFF as two halves, which YAML leaves apart."""
    return text if text.isascii() else text.encode("utf-16-le", "surrogatepass").decode("utf-16-le")


def _plain(text: str) -> Any:
    """The value of a scalar without quotes."""
    if text in _WORDS:
        return _WORDS[text]
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if _INT.fullmatch(text):
        return int(text, 0)
    return float(text.replace(".inf", "inf").replace(".nan", "nan")) if _FLOAT.fullmatch(text) else text


def _forbidden(file: str, text: str, error: yaml.reader.ReaderError, first_line: int) -> Problem:
    line = text.count("\n", 0, error.position) + first_line
    return Problem(file, line, 1, "", f"a character YAML forbids: {chr(error.character)!r}", "delete it")


def _form(file: str, error: yaml.MarkedYAMLError, first_line: int) -> Problem:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + first_line, mark.column + 1) if mark else (first_line, 1)
    said = " ".join(filter(None, (error.context, error.problem)))
    return Problem(file, line, column, "", f"this is not YAML: {said}", _advice(error))


def _advice(error: yaml.MarkedYAMLError) -> str:
    said = error.problem or ""
    if "\\t" in said:
        return "indent with spaces, not with tabs"
    if "mapping values are not allowed" in said:
        return "check the indent of this line, and put text with a colon in quotes"
    if "single document" in (error.context or ""):
        return "one file, one document: remove the line ---"
    return "check indents, colons and quotes on this line and the one before"
