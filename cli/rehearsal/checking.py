"""Words of a test, checked before anything is played: a name that nobody has is met by nothing."""

from collections.abc import Iterable, Sequence

from hub.authoring.problems import Fault, did_you_mean, listed
from hub.strategy.model import Mistake


def no_fault(faults: Iterable[Fault]) -> None:
    """Mistake for the first."""
    for path, message, advice in faults:
        raise Mistake(f"{path[0]}: {message}" if path else message, advice)


def one_of(known: Sequence[str], word: str, what: str) -> None:
    """Mistake for another word; `what`: such a word is a status, an end, …"""
    if word not in known:
        advice = did_you_mean(word, known, otherwise=f"write one of {listed(known)}")
        raise Mistake(f"'{word}' is no {what}", advice)
