"""Values as clients send them: at a path, as a number, as a time."""

import re
from hashlib import blake2b
from math import isfinite
from typing import Any

from hub.clock import DAY, Instant, parse_instant

# Python would also read "1_000", "nan" and "٣" as numbers; a shop that sends one means a text.
_NUMBER = re.compile(r"\s*[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\s*")
LARGEST = 1e12
"""No shop sells more than this of anything, nor for more: what is beyond is an error of the sender."""
MILLION = 1_000_000
LONGEST_ID = 256
"""Characters; e-mail addresses, the longest ids people use, have at most 254."""
_MILLISECONDS_FROM = 100_000_000_000
"""Seconds would be the year 5138, milliseconds 1973: what is larger is milliseconds."""
_FIRST: Instant = parse_instant("0001-01-01") + 2 * DAY
_LAST: Instant = parse_instant("9999-12-31") - 2 * DAY
"""The years that calendars reach, wherever on Earth."""


def pick(document: object, path: str) -> Any:
    """The value at a dotted path ("products.0.sku"), None where there is none."""
    for part in path.split("."):
        if isinstance(document, dict):
            document = document.get(part)
        elif isinstance(document, list) and part.isdecimal() and int(part) < len(document):
            document = document[int(part)]
        else:
            return None
    return document


def id_text(value: object) -> str | None:
    """An id as a text, trimmed: several clients and spreadsheets send numbers, and 7.0 is 7. Else None."""
    if type(value) is str:
        return value.strip()
    if type(value) is int:
        return str(value)
    if type(value) is float:
        return str(int(value)) if value.is_integer() else repr(value)
    return None


def read_id(value: Any) -> str:
    """What names a cart or an order; its digest where it is longer than any id: such names are kept often."""
    text = str(value) if (told := id_text(value)) is None else told
    return text if len(text) <= LONGEST_ID else blake2b(text.encode(), digest_size=16).hexdigest()


def read_number(value: Any) -> float | None:
    """The number a value reads as, or None: "12.50" does, true and "NaN" do not."""
    if isinstance(value, (int, float)):
        return None if isinstance(value, bool) else float(value)
    if not isinstance(value, str) or not _NUMBER.fullmatch(value):
        return None
    number = float(value)
    return number if isfinite(number) else None


def read_millionths(value: Any) -> int | None:
    """An amount as whole millionths: unlike floats, they add up to the same in any order."""
    number = read_number(value)
    return round(number * MILLION) if number is not None and abs(number) <= LARGEST else None


def read_time(value: Any) -> Instant | None:
    """A time as clients send it: ISO 8601, or seconds or milliseconds since 1970."""
    instant = _iso(value) if isinstance(value, str) else _epoch(value)
    return instant if instant is not None and _FIRST <= instant <= _LAST else None


def _iso(text: str) -> Instant | None:
    try:
        return parse_instant(text.strip())
    except (ValueError, OverflowError):
        return None


def _epoch(value: Any) -> Instant | None:
    number = read_number(value)
    if number is None or not isfinite(number):
        return None
    return round(number * 1_000) if abs(number) < _MILLISECONDS_FROM else round(number)
