"""JSON as clients really send it, made safe for everything behind the door.

`json.loads` lets through what a database, a queue or a sum chokes on later: NaN, Infinity, numbers no
double can hold, lone surrogates (half an emoji, cut off by a client), NUL, and nesting without end.
"""

import json
import sys
from collections.abc import Iterable
from typing import Any

from hub.errors import InvalidEvent

MAX_DEPTH = 100
"""Levels of nesting; nobody's event is deeper by intention, and recursion has to end somewhere."""

_LARGEST = sys.float_info.max  # JavaScript reads any number past it as Infinity
_LONGEST = 1 + sys.float_info.max_10_exp + 1  # characters of a whole number: sign and digits


def decode(text: str) -> Any:
    """A JSON text's value, its numbers sound, the rest not yet cleaned; ValueError if it is not JSON."""
    try:
        return _DECODER.decode(text)
    except RecursionError:
        raise _too_deep() from None


def parse(text: str) -> Any:
    """A JSON text's value, cleaned: faster than decode() and clean(), since hazards show in the text."""
    value = decode(text)
    return clean(value) if _may_hide_a_hazard(text) else value


def clean(value: Any) -> Any:
    """The value itself if nothing is wrong with it, as nearly always, else a copy put right.

    NaN and Infinity become None, lone surrogates U+FFFD, NULs go. InvalidEvent("too_deep") past MAX_DEPTH.
    """
    texts: list[str] = []
    numbers_are_sound = _numbers_are_sound((value,), texts, MAX_DEPTH)
    return value if numbers_are_sound and _is_sound("".join(texts)) else _put_right(value)


def _numbers_are_sound(values: Iterable[Any], texts: list[str], depth: int) -> bool:
    """Whether all numbers are; collects the texts on the way, since one look at all of them is faster."""
    if not depth:
        raise _too_deep()
    sound = True
    for value in values:
        kind = type(value)
        if kind is str:
            texts.append(value)
        elif kind is dict:
            texts.extend(value)
            sound &= _numbers_are_sound(value.values(), texts, depth - 1)
        elif kind is list:
            sound &= _numbers_are_sound(value, texts, depth - 1)
        elif kind is float or kind is int:
            sound &= -_LARGEST <= value <= _LARGEST
    return sound


def _is_sound(text: str) -> bool:
    if "\0" in text:
        return False
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _put_right(value: Any) -> Any:
    if isinstance(value, str):
        return _put_text_right(value)
    if isinstance(value, dict):
        return {_put_text_right(key): _put_right(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_put_right(item) for item in value]
    if isinstance(value, float | int) and not -_LARGEST <= value <= _LARGEST:
        return None
    return value


def _put_text_right(text: str) -> str:
    return text.replace("\0", "").encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _may_hide_a_hazard(text: str) -> bool:
    """Escaped NULs and surrogates (most are sound pairs), or enough brackets to nest past MAX_DEPTH."""
    if "\\" in text and ("\\u0000" in text or "\\ud" in text or "\\uD" in text):
        return True
    return text.count("[") + text.count("{") > MAX_DEPTH or not (text.isascii() or _is_sound(text))


def _finite(digits: str) -> float | None:
    value = float(digits)
    return value if -_LARGEST <= value <= _LARGEST else None


def _integer(digits: str) -> int | None:
    value = int(digits) if len(digits) <= _LONGEST else None
    return value if value is None or -_LARGEST <= value <= _LARGEST else None


def _too_deep() -> InvalidEvent:
    return InvalidEvent("too_deep", f"The message is nested more than {MAX_DEPTH} levels deep; flatten it.")


_DECODER = json.JSONDecoder(parse_constant=lambda _: None, parse_float=_finite, parse_int=_integer)
