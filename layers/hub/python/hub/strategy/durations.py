"""Durations and times as people write them, milliseconds once read."""

import re
from typing import Annotated

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainSerializer,
    SerializationInfo,
    ValidationInfo,
    WithJsonSchema,
)

from hub.clock import DAY, HOUR, MINUTE, SECOND, Duration, Instant, format_instant, parse_instant
from hub.strategy.model import Mistake, as_written, authored

_UNITS = {"s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY}
_SHORT = re.compile(r"(\d+)([smhd])")
# Years and months are left out on purpose: how long one is depends on the day it starts.
_ISO = re.compile(
    r"P(?=.)(?:(\d+)W)?(?:(\d+(?:\.\d+)?)D)?(?:T(?=.)(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?"
)
_ISO_UNITS = (7 * DAY, DAY, HOUR, MINUTE, SECOND)
_LONGEST = 36_500 * DAY
_MOST_LETTERS = 100
_ADVICE = "write for example 30s, 10m, 4h, 7d or PT1H30M"

_DURATION_SCHEMA = {
    "type": "string",
    "pattern": rf"^({_SHORT.pattern}|{_ISO.pattern})$",
    "description": "A duration: 30s, 10m, 4h, 7d, or ISO 8601 (PT1H30M, P7D).",
    "examples": ["30m", "4h", "7d"],
}
# Some digit is not 0: a window of nothing is a mistake.
_POSITIVE_SCHEMA = {**_DURATION_SCHEMA, "pattern": rf"^(?=.*[1-9])({_SHORT.pattern}|{_ISO.pattern})$"}
_TIME_SCHEMA = {
    "type": "string",
    "description": "A time: 2026-11-27T08:00:00+01:00, or a day: 2026-11-27. Without an offset it is UTC.",
    "examples": ["2026-11-27T08:00:00Z"],
}


def parse_duration(text: str) -> Duration:
    """Milliseconds of 30s, 10m, 4h, 7d or an ISO 8601 duration; Mistake for anything else."""
    if len(text) > _MOST_LETTERS:
        raise Mistake(f"'{text[:_MOST_LETTERS]}…' is no duration", _ADVICE)
    duration = _short(text) if _SHORT.fullmatch(text) else _iso(text)
    if duration > _LONGEST:
        raise Mistake(f"'{text}' is longer than a century", _ADVICE)
    return duration


def format_duration(duration: Duration) -> str:
    """The shortest of the ways to write it: 7d, 90s, PT0.25S."""
    for unit in ("d", "h", "m", "s"):
        if duration and duration % _UNITS[unit] == 0:
            return f"{duration // _UNITS[unit]}{unit}"
    return f"PT{duration / SECOND}S" if duration else "0s"


def _short(text: str) -> Duration:
    return int(text[:-1]) * _UNITS[text[-1]]


def _iso(text: str) -> Duration:
    found = _ISO.fullmatch(text)
    if not found:
        raise Mistake(f"'{text}' is no duration", _ADVICE)
    return round(
        sum(float(part) * unit for part, unit in zip(found.groups(), _ISO_UNITS, strict=True) if part)
    )


def _read_duration(value: object, info: ValidationInfo) -> object:
    if isinstance(value, str):
        return parse_duration(value)
    if isinstance(value, bool) or authored(info) or not isinstance(value, int):
        raise Mistake(f"{value!r} is no duration", _ADVICE)
    return value


def _read_time(value: object, info: ValidationInfo) -> object:
    if isinstance(value, int) and not isinstance(value, bool) and not authored(info):
        return value
    try:
        return parse_instant(value)  # type: ignore[arg-type]  # anything but text is a TypeError
    except (TypeError, ValueError):
        raise Mistake(f"'{value}' is no time", "write for example 2026-11-27T08:00:00+01:00") from None


def _write_duration(value: Duration, info: SerializationInfo) -> Duration | str:
    return format_duration(value) if as_written(info) else value


def _write_time(value: Instant, info: SerializationInfo) -> Instant | str:
    return format_instant(value) if as_written(info) else value


def _above_zero(value: Duration) -> Duration:
    if value <= 0:
        raise Mistake("a duration of nothing", "write a duration above zero, e.g. 30m")
    return value


DurationField = Annotated[
    Duration,
    Field(strict=True, ge=0),
    BeforeValidator(_read_duration),
    PlainSerializer(_write_duration),
    WithJsonSchema(_DURATION_SCHEMA),
]
"""Text in, milliseconds kept; dumped as milliseconds and read back as such (never from a person's file)."""

PositiveDuration = Annotated[
    Duration,
    Field(strict=True),
    BeforeValidator(_read_duration),
    AfterValidator(_above_zero),
    PlainSerializer(_write_duration),
    WithJsonSchema(_POSITIVE_SCHEMA),
]
TimeField = Annotated[
    Instant,
    Field(strict=True),
    BeforeValidator(_read_time),
    PlainSerializer(_write_time),
    WithJsonSchema(_TIME_SCHEMA),
]
