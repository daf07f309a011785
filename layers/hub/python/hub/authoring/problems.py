"""What is wrong in a strategy, told to the person who can put it right."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from hub.errors import StrategyError

Path = tuple[str | int, ...]
Fault = tuple[Path, str, str]
"""Where below something, what is wrong there, and what to do."""

A_SLIP = 0.8
"""So alike that a word nobody declared is more likely a slip of the pen than meant."""


@dataclass(frozen=True, order=True)
class Problem:
    """`file` is relative to the strategy's directory, `line` and `column` count from 1, `where` is a path."""

    file: str
    line: int
    column: int
    where: str
    message: str
    advice: str = ""

    def __str__(self) -> str:
        """segments/vip.yaml:7: unknown key 'wihtin' — did you mean 'within'?"""
        return f"{self.file}:{self.line}: {self.message}" + (f" — {self.advice}" if self.advice else "")


class StrategyProblems(StrategyError):
    """Every problem found, not only the first."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        # A YAML alias brings the same words to many paths: told once.
        self.problems = list(
            {(one.file, one.line, one.column, one.message): one for one in sorted(problems)}.values()
        )
        super().__init__("\n".join(map(str, self.problems)))


def did_you_mean(word: str, known: Iterable[str], *, otherwise: str = "") -> str:
    """did you mean 'within'? — or what else to do when nothing is near."""
    near = nearest(word, known)
    return f"did you mean '{near}'?" if near else otherwise


def nearest(word: str, known: Iterable[str], *, likeness: float = 0.6) -> str | None:
    """`likeness` from 0 (anything) to 1 (the same)."""
    by_small_letters = {name.lower(): name for name in known}
    found = get_close_matches(word.lower(), by_small_letters, n=1, cutoff=likeness)
    return by_small_letters[found[0]] if found else None


def listed(names: Iterable[str], *, most: int = 12) -> str:
    """a, b, c — or the first few and how many more."""
    ordered: Sequence[str] = sorted(names)
    more = f" and {len(ordered) - most} more" if len(ordered) > most else ""
    return ", ".join(ordered[:most]) + more
