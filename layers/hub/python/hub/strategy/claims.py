"""What is said of a customer at one moment: that a condition holds of her, or that it does not."""

from dataclasses import dataclass

from hub.condition_words import in_words
from hub.strategy.conditions import Condition


@dataclass(frozen=True)
class Claim:
    condition: Condition
    holds: bool = True

    def is_about_the_same(self, other: "Claim") -> bool:
        """Word for word: to Python, 1 is True."""
        return self.condition == other.condition and repr(self.condition) == repr(other.condition)

    @property
    def words(self) -> str:
        return f"'{in_words(self.condition)}'" + ("" if self.holds else " not holding")


@dataclass(frozen=True)
class World:
    """What else of the strategy decides whether a condition can hold."""

    only_own: bool = False
    """Every event is the customer's own: there is no source of partners or bought data."""
    probabilities: frozenset[str] = frozenset()
    """The predicted traits, without their prefix, that lie between 0 and 1."""
