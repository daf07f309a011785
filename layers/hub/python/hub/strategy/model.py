"""The base of every model of the strategy, and the mistake a marketer can make in one."""

import re
from collections.abc import Iterable
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SerializationInfo, ValidationInfo

AUTHORED: Final = {"authored": True}
"""Validation context for text a person wrote: there, a bare number is no duration and no time."""
AS_WRITTEN: Final = {"as_written": True}
"""Serialisation context for people: durations and times as they are written."""


# A journey's name becomes part of its state machine's, of which AWS takes 80 letters at most.
_NAME = "[a-z][a-z0-9_]{0,39}"


class Mistake(ValueError):
    """What is wrong and what to do instead; `key` is the word it is about, where there is one."""

    def __init__(self, message: str, advice: str = "", *, key: str = "") -> None:
        super().__init__(message, advice)
        self.message = message
        self.advice = advice
        self.key = key

    def __str__(self) -> str:
        return f"{self.message}: {self.advice}" if self.advice else self.message


class Model(BaseModel):
    # By alias: what is written down (`from`, `did`) is read again by the words of the language only.
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True, serialize_by_alias=True)


def authored(info: ValidationInfo) -> bool:
    return bool(info.context and info.context.get("authored"))


def as_written(info: SerializationInfo) -> bool:
    return bool(info.context and info.context.get("as_written"))


def in_words(names: Iterable[str]) -> str:
    """'a', 'b' and 'c'."""
    *most, last = [f"'{name}'" for name in names]
    return f"{', '.join(most)} and {last}" if most else last


def first_twice(values: Iterable[str]) -> str | None:
    """The first value that stands there a second time."""
    seen: set[str] = set()
    return next((value for value in values if value in seen or seen.add(value)), None)  # type: ignore[func-returns-value]


def is_name(text: str) -> bool:
    return re.fullmatch(_NAME, text) is not None


def _check_name(name: str) -> str:
    if not is_name(name):
        raise Mistake(f"'{name}' is no name", "small letters, digits and _, a letter first, at most 40")
    return name


def _check_path(path: str) -> str:
    if path != path.strip() or not all(path.split(".")):
        raise Mistake(f"'{path}' is no property", "write its name, or a dotted path such as products.0.sku")
    return path


def _check_event(name: str) -> str:
    if not name or name != name.strip():
        raise Mistake(f"'{name}' is no event", "write its name as the site sends it, e.g. Product Added")
    return name


Name = Annotated[str, AfterValidator(_check_name), Field(json_schema_extra={"pattern": f"^{_NAME}$"})]
PropertyPath = Annotated[str, AfterValidator(_check_path), Field(json_schema_extra={"minLength": 1})]
OptionalPath = Annotated[str, AfterValidator(lambda path: path and _check_path(path))]
"""A dotted path, or "" for none."""
EventName = Annotated[str, AfterValidator(_check_event), Field(json_schema_extra={"minLength": 1})]
