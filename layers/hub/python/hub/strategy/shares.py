"""Shares of customers: 10% or 0.1."""

import re
from typing import Annotated

from pydantic import BeforeValidator, Field, WithJsonSchema

from hub.strategy.model import Mistake

_PERCENT = re.compile(r"(\d+(?:\.\d+)?) ?%")
_SCHEMA = {
    "anyOf": [
        {"type": "string", "pattern": r"^\d+(\.\d+)? ?%$"},
        {"type": "number", "minimum": 0, "maximum": 1},
    ],
    "description": "A share of customers: 10%, or 0.1.",
    "examples": ["10%"],
}


def _read_share(value: object) -> object:
    share = _percent(value) if isinstance(value, str) else value
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share <= 1:
        raise Mistake(f"'{value}' is no share", "write a share from 0% to 100%, e.g. 10%")
    return share


def _percent(text: str) -> float | None:
    found = _PERCENT.fullmatch(text.strip())
    return float(found[1]) / 100 if found else None


Share = Annotated[float, Field(ge=0, le=1), BeforeValidator(_read_share), WithJsonSchema(_SCHEMA)]
