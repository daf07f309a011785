"""How AWS says that a condition did not hold or that somebody else was at the same item, and what then."""

import random
import time

from botocore.exceptions import BotoCoreError, ClientError

from hub.errors import ConfigurationError, Conflict, RetryLater

_CONDITION = "ConditionalCheckFailed"
_CONTENTION = "TransactionConflict"
_FIRST_PAUSE = 0.005
"""Seconds."""
_WORTHLESS = {"Validation", "ValidationError", "ItemCollectionSizeLimitExceeded"}
"""What AWS says of a request that will never be right, e.g. an item past 400 KB."""


def is_conflict(error: ClientError) -> bool:
    """Somebody else was faster, in a single write or in any part of a transaction."""
    codes = _codes(error)
    return _CONDITION in codes or _CONTENTION in codes


def condition_failed(error: ClientError) -> bool:
    """The condition itself did not hold: trying the same again is useless."""
    return _CONDITION in _codes(error)


def is_passing(error: Exception) -> bool:
    """Whether an error is not the fault of what was worked on: it works later, or after a person's help."""
    if isinstance(error, ClientError):
        return not _codes(error) & _WORTHLESS
    return isinstance(error, Conflict | RetryLater | ConfigurationError | BotoCoreError | OSError)


def step_aside(attempt: int) -> None:
    """A little while, longer with every attempt and by chance, so that those who met do not meet again."""
    time.sleep(_FIRST_PAUSE * 2**attempt * random.random())  # noqa: S311 - no secret hangs on it


def has_code(error: ClientError, *codes: str) -> bool:
    return error.response["Error"]["Code"] in codes


def _codes(error: ClientError) -> set[str]:
    code = error.response["Error"]["Code"]
    if code != "TransactionCanceledException":
        return {code.removesuffix("Exception")}
    return {reason.get("Code", "") for reason in error.response.get("CancellationReasons", ())}
