"""Times of day where the customer is: quiet hours, delivery windows."""

import re
from datetime import datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationInfo, WithJsonSchema, model_validator

from hub.clock import DAY, HOUR, MINUTE, SECOND, Duration
from hub.strategy.model import Mistake, Model, authored

_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
_TIME_SCHEMA = {"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$", "examples": ["21:00"]}
_WINDOW = re.compile(r"(\d\d:\d\d) ?- ?(\d\d:\d\d)")


def _read_local_time(value: object, info: ValidationInfo) -> object:
    if isinstance(value, str) and (found := _TIME.fullmatch(value)):
        return int(found[1]) * HOUR + int(found[2]) * MINUTE
    if isinstance(value, int) and not isinstance(value, bool) and not authored(info):
        return value
    raise Mistake(f"'{value}' is no time of day", "write hours and minutes, e.g. 08:30 or 21:00")


LocalTime = Annotated[
    Duration,
    Field(strict=True, ge=0, lt=DAY),
    BeforeValidator(_read_local_time),
    WithJsonSchema(_TIME_SCHEMA),
]
"""Milliseconds since local midnight."""


def time_of_day(local: datetime) -> Duration:
    """Milliseconds since midnight, by the clock on her wall."""
    return local.hour * HOUR + local.minute * MINUTE + local.second * SECOND


class LocalWindow(Model):
    """From a time of day until another, `to` excluded; over midnight when `to` is the earlier one."""

    from_: LocalTime = Field(alias="from")
    """It begins at this time of day where the customer is, e.g. 21:00."""
    to: LocalTime
    """It ends at this time of day; earlier than `from` means the next morning."""

    def covers(self, time_of_day: Duration) -> bool:
        if self.from_ < self.to:
            return self.from_ <= time_of_day < self.to
        return time_of_day >= self.from_ or time_of_day < self.to

    def lies_in(self, other: "LocalWindow") -> bool:
        """Whether the other covers all of it."""
        begins = (self.from_ - other.from_) % DAY
        return begins + (self.to - self.from_) % DAY <= (other.to - other.from_) % DAY

    @property
    def in_words(self) -> str:
        """22:00-06:00, as it is written."""
        return f"{_in_words(self.from_)}-{_in_words(self.to)}"

    @model_validator(mode="after")
    def _lasts(self) -> "LocalWindow":
        if self.from_ == self.to:
            raise Mistake("begins and ends at the same time", "give two times of day, e.g. 09:00 and 20:00")
        return self


def _in_words(time: Duration) -> str:
    return f"{time // HOUR:02}:{time % HOUR // MINUTE:02}"


def read_window(value: Any) -> Any:
    """09:00-20:00 as {from: 09:00, to: 20:00}; anything else is left to the model."""
    if not isinstance(value, str):
        return value
    found = _WINDOW.fullmatch(value.strip())
    if not found:
        raise Mistake(f"'{value}' is no window of the day", "write for example 09:00-20:00")
    return {"from": found[1], "to": found[2]}
