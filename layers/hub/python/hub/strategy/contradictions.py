"""Conditions that cannot hold together, however the customer behaves."""

from collections.abc import Sequence
from itertools import permutations

from hub.strategy.durations import format_duration
from hub.strategy.event_conditions import WINDOW_WORDS, Did, DidNot, Filtered, QuietFor
from hub.strategy.model import Model


def contradiction(together: Sequence[Model]) -> str:
    """Why these can never hold together, as a sentence; "" where nothing speaks against it."""
    sentences = (_too_quiet(one, other) or _too_few(one, other) for one, other in permutations(together, 2))
    return next(filter(None, sentences), "")


def _too_quiet(did: Model, quiet: Model) -> str:
    """An event inside the last W and a quiet of D need D < W."""
    if not (isinstance(did, Did) and isinstance(quiet, QuietFor) and did.lower > 0):
        return ""
    if did.within is None or did.within > quiet.duration:
        return ""
    window, duration = format_duration(did.within), format_duration(quiet.duration)
    return f"'{did.events[0]}' within {window} ends a quiet of {duration}"


def _too_few(did: Model, bound: Model) -> str:
    """One asks for more events than the other, which looks at all of these and more, lets be."""
    if not isinstance(did, Did) or not isinstance(bound, Did | DidNot):
        return ""
    most = bound.upper if isinstance(bound, Did) else 0
    if most is None or did.lower <= most or not _sees_all_of(bound, did):
        return ""
    limit = f"at most {most} times" if most else "not at all"
    return f"'{did.events[0]}' at least {did.lower} times, and {limit}"


def _sees_all_of(bound: Did | DidNot, did: Did) -> bool:
    as_wide = all(did.where.get(path) == test for path, test in bound.where.items())
    return as_wide and set(did.events) <= set(bound.events) and _reaches_as_far(bound, did)


def _reaches_as_far(bound: Filtered, did: Filtered) -> bool:
    if all(getattr(bound, window) is None for window in WINDOW_WORDS):
        return True
    if bound.within is not None and did.within is not None:
        return bound.within >= did.within
    return all(getattr(bound, window) == getattr(did, window) for window in WINDOW_WORDS)
