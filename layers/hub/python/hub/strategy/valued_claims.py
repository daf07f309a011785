"""Claims about values: of which value, what is asked of it, and what it can be."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from hub.strategy.claims import Claim, World
from hub.strategy.comparisons import Comparison
from hub.strategy.conditions import Cart, Trait
from hub.strategy.event_conditions import Aggregate
from hub.strategy.lifetime import total_of
from hub.strategy.possible_values import AMOUNT, ANYTHING, COUNT, NUMBER, Asked, Domain, is_possible
from hub.strategy.scoring_models import predicted_by

ITEMS = Domain(low=0, texts=False, missing=False)
PROBABILITY = Domain(low=0, high=1, texts=False)
_AMOUNTS = {"revenue", "refunded", "net"}
_COUNTS = {"orders", "refunds", "cancelled"}
_SOMETHING = Asked(Comparison.model_construct(more_than=0))
_NOTHING = 0.0


@dataclass(frozen=True)
class Valued:
    """What a claim asks of one value; claims about the same have the same subject."""

    subject: object
    asked: Asked
    domain: Domain
    claim: Claim


def no_value(claims: Sequence[Claim], world: World) -> str:
    """Why no value is all that these ask of it."""
    asked: dict[object, list[Valued]] = {}
    for one in (valued for claim in claims for valued in _valued(claim, world)):
        asked.setdefault(one.subject, []).append(one)
    return next(filter(None, (_why(of_one) for of_one in asked.values())), "")


def domain_of(condition: Trait | Aggregate, world: World) -> Domain:
    if isinstance(condition, Aggregate):
        return _of_aggregate(condition.kind)
    total = total_of(condition.name)
    if total in _COUNTS:
        return COUNT
    if total in _AMOUNTS:
        return AMOUNT
    if predicted := predicted_by(condition.name):
        return PROBABILITY if predicted in world.probabilities else NUMBER
    return NUMBER if total == "average_order" else ANYTHING


def _of_aggregate(kind: str) -> Domain:
    if kind in ("first", "last"):
        return ANYTHING
    return AMOUNT if kind == "sum" else NUMBER


def _why(together: Sequence[Valued]) -> str:
    """Named are the two that exclude each other, where there are two, else all."""
    if _can_be(together):
        return ""
    few: Iterable[Sequence[Valued]] = (*((one,) for one in together), *combinations(together, 2), together)
    guilty = next(some for some in few if not _can_be(some))
    words = list(dict.fromkeys(one.claim.words for one in guilty))
    return (
        f"{' and '.join(words)} exclude each other" if len(words) > 1 else f"no value makes {words[0]} hold"
    )


def _can_be(together: Sequence[Valued]) -> bool:
    return is_possible([one.asked for one in together], together[0].domain)


def _valued(claim: Claim, world: World) -> Iterator[Valued]:
    match claim.condition:
        case Trait() as trait:
            yield Valued(
                ("trait", trait.name), Asked(trait.test, claim.holds), domain_of(trait, world), claim
            )
        case Aggregate() as aggregate if claim.holds or not aggregate.since:
            # Before the event of its `since` ever happened, an aggregate passes no test and fails none.
            yield Valued(
                _whole(aggregate), Asked(aggregate.test, claim.holds), domain_of(aggregate, world), claim
            )
        case Cart() as cart:
            yield from _of_cart(cart, claim)


def _whole(aggregate: Aggregate) -> object:
    """All of an aggregate but its test."""
    told = aggregate.model_dump(exclude=set(Comparison.model_fields))
    return (aggregate.kind, repr(sorted(told.pop("of"))), repr(sorted(told.items(), key=str)))


def _of_cart(cart: Cart, claim: Claim) -> Iterator[Valued]:
    """Of a cart that is not so, one part is not: which, is only known where there is one."""
    parts = [(name, test) for name in ("items", "value") if (test := getattr(cart, name)) is not None]
    if not claim.holds and len(parts) + bool(cart.contains) > 1:
        return
    for name, test in parts:
        yield Valued(("cart", name), Asked(test, claim.holds), ITEMS if name == "items" else AMOUNT, claim)
    if claim.holds and (cart.contains or any(not Asked(test).of(_NOTHING) for _, test in parts)):
        yield Valued(("cart", "items"), _SOMETHING, ITEMS, claim)
