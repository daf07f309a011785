"""Hypothesis strategies for conditions: all that the language allows, over a few events and properties.

`written_conditions(depth)` gives them as YAML would, `conditions(depth)` as models.
"""

from functools import cache
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st
from pydantic import ValidationError

from hub.clock import DAY, HOUR, MINUTE
from hub.strategy.conditions import Condition, read_condition
from hub.strategy.durations import format_duration

EVENTS = ("Product Viewed", "Product Added", "Product Removed", "Order Completed", "page")
PROPERTIES = ("category", "price", "quantity", "revenue", "products.0.sku")
TRAITS = ("country", "age", "birthday", "address.city")
SEGMENTS = ("vip", "tea_drinker")
IDENTIFIERS = ("user_id", "email", "phone", "anonymous_id")
PURPOSES = ("email", "advertising")
REMEMBERED = ("Product Viewed", "Order Completed")

Written = dict[str, Any]

events = st.sampled_from(EVENTS)
some_events = events | st.lists(events, min_size=1, max_size=3, unique=True)
properties = st.sampled_from(PROPERTIES)
remembered = st.sampled_from(REMEMBERED)
_few = st.integers(1, 3)
durations = st.sampled_from((MINUTE, 30 * MINUTE, 4 * HOUR, DAY, 7 * DAY, 30 * DAY)).map(format_duration)
times = st.sampled_from(("2026-11-21T10:00:00Z", "2026-11-27T08:00:00+01:00", "2026-01-01"))
words = st.sampled_from(("Tea", "Cups", "CZ", "500", "", "ä €"))
numbers = st.integers(-1_000, 1_000) | st.floats(-1e6, 1e6, allow_nan=False).map(
    lambda number: round(number, 2)
)
values = words | numbers | st.booleans()


def comparisons() -> st.SearchStrategy[Any]:
    """A bare value, or one or two tests that do not exclude each other."""
    return values | one_test() | pairs_of_tests()


def one_test() -> st.SearchStrategy[Written]:
    return st.one_of(
        number_tests(),
        st.fixed_dictionaries({"contains": st.sampled_from(("e", "Tea"))}),
        st.fixed_dictionaries({"starts_with": st.sampled_from(("T", "5"))}),
        st.fixed_dictionaries({"matches": st.sampled_from(("^T.a$", "[0-9]+"))}),
        st.fixed_dictionaries({"within_last": durations}),
        st.fixed_dictionaries({"within_next": durations}),
        st.fixed_dictionaries({"anniversary_within": durations}),
    )


def number_tests() -> st.SearchStrategy[Written]:
    """What a sum can be put to as well."""
    words_of_one = ("is", "is_not")
    words_of_order = ("more_than", "less_than", "at_least", "at_most")
    return st.one_of(
        *(st.fixed_dictionaries({word: values}) for word in words_of_one),
        *(st.fixed_dictionaries({word: numbers}) for word in words_of_order),
        *(
            st.fixed_dictionaries({word: st.lists(values, min_size=1, max_size=3)})
            for word in ("in", "not_in")
        ),
        st.fixed_dictionaries({"exists": st.booleans()}),
    )


def pairs_of_tests() -> st.SearchStrategy[Written]:
    ordered = st.tuples(st.integers(-100, 100), st.integers(1, 100)).map(
        lambda pair: (pair[0], pair[0] + pair[1])
    )
    return ordered.map(lambda pair: {"at_least": pair[0], "less_than": pair[1]})


def filters() -> st.SearchStrategy[Written]:
    window: st.SearchStrategy[Written] = st.one_of(
        st.just({}),
        st.fixed_dictionaries({"within": durations}),
        st.fixed_dictionaries({"since": st.fixed_dictionaries({"last": events})}),
        st.fixed_dictionaries({"after": times}),
        st.fixed_dictionaries({"before": times}),
    )
    where: st.SearchStrategy[Written] = st.just({}) | st.fixed_dictionaries(
        {"where": st.dictionaries(properties, comparisons(), max_size=2)}
    )
    return _joined(window, where)


def counts() -> st.SearchStrategy[Written]:
    return st.one_of(
        st.just({}),
        st.fixed_dictionaries({"at_least": st.integers(1, 5)}),
        st.fixed_dictionaries({"at_most": st.integers(0, 5)}),
        st.fixed_dictionaries({"exactly": st.integers(0, 5)}),
    )


def leaves() -> st.SearchStrategy[Written]:
    numeric = [
        _joined(_one(kind, properties, of=some_events), filters(), number_tests())
        for kind in ("sum", "average")
    ]
    others = [
        _joined(_one(kind, properties, of=some_events), filters(), one_test())
        for kind in ("minimum", "maximum", "first", "last")
    ]
    return st.one_of(
        _joined(_one("did", some_events), filters(), counts()),
        _joined(_one("did_not", some_events), filters()),
        *numeric,
        *others,
        _joined(_one("trait", st.sampled_from(TRAITS)), one_test()),
        _one("cart", _cart()),
        _one("quiet_for", durations),
        _one("in_segment", st.sampled_from(SEGMENTS)),
        _one("identified_by", st.sampled_from(IDENTIFIERS)),
        _one("consents_to", st.sampled_from(PURPOSES)),
    )


@st.composite
def written_conditions(draw: st.DrawFn, depth: int = 2) -> Written:
    """As YAML gives them; what contradicts itself is left out."""
    written = draw(_nested(depth))
    assume(_is_valid(written))
    return written


def conditions(depth: int = 2) -> st.SearchStrategy[Condition]:
    return written_conditions(depth).map(read_condition)


REMEMBERING_ALL: dict[str, Written] = {
    name.replace(" ", "_").lower(): {"did": name, "at_least": 100} for name in REMEMBERED
}
"""Rules with no member; for them a profile remembers everything that happened, whenever."""


@st.composite
def remembered_conditions(draw: st.DrawFn) -> Written:
    """Those of which a profile that remembers all still knows what they came to at any earlier time.

    Of quiet only the last is known: so it stands where nothing holds without it.
    """
    counted = st.one_of(
        _one("did", remembered, at_least=_few),
        _one("did", remembered, at_most=_few),
        _one("did", remembered, exactly=_few),
        _one("did_not", remembered),
    )
    leaf = _joined(counted, st.just({}) | _one("within", durations))
    several = st.lists(leaf, min_size=2, max_size=3)
    quiet = st.tuples(_one("quiet_for", durations), leaf).map(lambda pair: {"all": list(pair)})
    written = draw(st.one_of(leaf, quiet, _one("not", leaf), _one("all", several), _one("any", several)))
    assume(_is_valid(written))
    return written


@cache
def _nested(depth: int) -> st.SearchStrategy[Written]:
    if depth == 0:
        return leaves()
    inner = _nested(depth - 1)
    several = st.lists(inner, min_size=1, max_size=3)
    return st.one_of(leaves(), _one("all", several), _one("any", several), _one("not", inner))


def _cart() -> st.SearchStrategy[Written]:
    items = number_tests() | st.fixed_dictionaries({"exactly": st.integers(0, 5)}) | st.integers(0, 5)
    contains = st.dictionaries(properties, comparisons(), min_size=1, max_size=2)
    return st.one_of(
        st.fixed_dictionaries({"items": items}),
        st.fixed_dictionaries({"value": number_tests()}),
        st.fixed_dictionaries({"contains": contains}),
        st.fixed_dictionaries({"items": items, "value": number_tests(), "contains": contains}),
    )


def _one(
    word: str, subject: st.SearchStrategy[Any], **beside: st.SearchStrategy[Any]
) -> st.SearchStrategy[Written]:
    return st.fixed_dictionaries({word: subject, **beside})


def _joined(*parts: st.SearchStrategy[Written]) -> st.SearchStrategy[Written]:
    return st.tuples(*parts).map(lambda found: {key: value for part in found for key, value in part.items()})


def _is_valid(written: Written) -> bool:
    try:
        read_condition(written)
    except ValidationError:
        return False
    return True
