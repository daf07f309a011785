import pytest
from hypothesis import given, settings
from pydantic import TypeAdapter, ValidationError

from hub.clock import DAY, MINUTE
from hub.strategy.comparisons import Comparison
from hub.strategy.conditions import KINDS, All, Any_, Cart, Condition, Not, Trait, read_condition, walk
from hub.strategy.event_conditions import Did, DidNot, QuietFor, Sum
from tests.condition_strategies import conditions

_ADAPTER = TypeAdapter(Condition)


def _refusal(written):
    with pytest.raises(ValidationError) as refused:
        read_condition(written)
    return str(refused.value)


def test_each_condition_is_told_by_its_word():
    written = [
        {"all": [{"quiet_for": "30m"}]},
        {"any": [{"quiet_for": "30m"}]},
        {"not": {"quiet_for": "30m"}},
        {"did": "Product Added"},
        {"did_not": "Product Added"},
        *(
            {word: "revenue", "of": "Order Completed", "more_than": 1}
            for word in ("sum", "average", "minimum", "maximum")
        ),
        *({word: "revenue", "of": "Order Completed", "is": 1} for word in ("first", "last")),
        {"trait": "country", "is": "CZ"},
        {"cart": {"items": 1}},
        {"quiet_for": "30m"},
        {"in_segment": "vip"},
        {"identified_by": "email"},
        {"consents_to": "email"},
    ]

    read = [type(read_condition(one)) for one in written]

    assert read == list(KINDS)


def test_did_takes_one_event_or_several():
    assert read_condition({"did": "Product Added"}).events == ("Product Added",)
    assert read_condition({"did": ["Product Added", "Cart Viewed"]}).events == (
        "Product Added",
        "Cart Viewed",
    )


def test_the_example_of_the_design_reads_as_it_stands():
    read = read_condition(
        {
            "all": [
                {"did": "Product Added", "within": "7d"},
                {"cart": {"items": {"at_least": 1}}},
                {"quiet_for": "30m"},
            ]
        }
    )

    match read:
        case All(conditions=(Did(within=within), Cart() as cart, QuietFor(duration=quiet))):
            assert (within, cart.items.at_least, quiet) == (7 * DAY, 1, 30 * MINUTE)
        case _:
            pytest.fail(f"read as {read}")


@pytest.mark.parametrize(
    ("count", "lower", "upper"),
    [
        ({}, 1, None),
        ({"at_least": 3}, 3, None),
        ({"at_most": 2}, 0, 2),
        ({"at_most": 0}, 0, 0),
        ({"exactly": 2}, 2, 2),
        ({"exactly": 0}, 0, 0),
    ],
)
def test_a_count_says_how_many_events_it_takes_and_how_many_are_too_many(count, lower, upper):
    did = read_condition({"did": "Product Viewed", **count})

    assert (did.lower, did.upper) == (lower, upper)


def test_a_test_stands_beside_its_subject_and_is_one_comparison():
    total = read_condition({"sum": "revenue", "of": "Order Completed", "within": "90d", "more_than": 500})
    country = read_condition({"trait": "country", "in": ["CZ", "SK"]})

    assert (type(total), total.test) == (Sum, Comparison.model_validate({"more_than": 500}))
    assert (type(country), country.test) == (Trait, Comparison.model_validate({"in": ["CZ", "SK"]}))


def test_exactly_in_a_cart_means_is():
    assert read_condition({"cart": {"items": {"exactly": 0}}}) == read_condition({"cart": {"items": 0}})


def test_walking_tells_the_path_of_every_condition_as_it_is_written():
    condition = read_condition(
        {"all": [{"any": [{"did": "A"}, {"not": {"did_not": "B"}}]}, {"quiet_for": "1m"}]}
    )

    walked = [(path, type(part)) for path, part in walk(condition)]

    assert walked == [
        ((), All),
        (("all", 0), Any_),
        (("all", 0, "any", 0), Did),
        (("all", 0, "any", 1), Not),
        (("all", 0, "any", 1, "not"), DidNot),
        (("all", 1), QuietFor),
    ]


@given(conditions(depth=2))
@settings(max_examples=150, deadline=None)
def test_a_dumped_condition_reads_back_as_the_same(condition):
    assert _ADAPTER.validate_json(_ADAPTER.dump_json(condition, by_alias=True)) == condition
    assert read_condition(condition.model_dump(by_alias=True, exclude_defaults=True)) == condition


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ({}, "no known condition"),
        ({"didd": "Product Added"}, "no known condition"),
        ([{"did": "A"}], "a list is no condition: put it under all"),
        ("Product Added", "'Product Added' is no condition"),
        (None, "'None' is no condition"),
        ({"all": []}, "at least 1 item"),
        ({"any": []}, "at least 1 item"),
        ({"not": [{"did": "A"}]}, "a list is no condition"),
        ({"did": ""}, "'' is no event"),
        ({"did": " A"}, "' A' is no event"),
        ({"did": []}, "at least 1 item"),
        ({"did": ["A", "A"]}, "'A' is named twice"),
        ({"did": 404}, "'404' is no event"),
        ({"did": "A", "wihtin": "7d"}, "Extra inputs are not permitted"),
        ({"did": "A", "did_not": "B"}, "Extra inputs are not permitted"),
        ({"did": "A", "within": "0s"}, "a duration of nothing"),
        (
            {"did": "A", "within": "7d", "since": {"last": "B"}},
            "'within' and 'since' stand together: keep one",
        ),
        (
            {"did_not": "A", "after": "2026-01-01", "before": "2026-02-01"},
            "'after' and 'before' stand together",
        ),
        ({"did": "A", "since": "B"}, "valid dictionary"),
        ({"did": "A", "at_least": 3, "at_most": 2}, "nothing happens at least 3 and at most 2 times"),
        ({"did": "A", "at_least": 1, "at_most": 2}, "'at_least' and 'at_most' stand together: keep one"),
        ({"did": "A", "exactly": 2, "at_least": 1}, "'at_least' and 'exactly' stand together"),
        ({"did": "A", "at_least": 0}, "greater than or equal to 1"),
        ({"did": "A", "at_most": -1}, "greater than or equal to 0"),
        ({"did": "A", "at_least": "3"}, "valid integer"),
        ({"did": "A", "at_least": True}, "valid integer"),
        ({"did": "A", "at_least": 1_001}, "less than or equal to 1000"),
        ({"did": "A", "where": {"a..b": 1}}, "'a..b' is no property"),
        ({"did": "A", "where": {"category": None}}, "no value is given"),
        ({"did": "A", "where": {"category": {"matches": "["}}}, "is no regular expression"),
        ({"did_not": "A", "at_least": 1}, "Extra inputs are not permitted"),
        ({"sum": "revenue", "of": "A"}, "nothing is tested"),
        ({"sum": "revenue", "more_than": 5}, "Field required"),
        ({"sum": "revenue", "of": "A", "contains": "5"}, "sum gives a number, 'contains' is for others"),
        ({"average": "revenue", "of": "A", "within_last": "7d"}, "average gives a number"),
        ({"first": "revenue", "of": [], "is": 5}, "at least 1 item"),
        ({"maximum": "revenue", "of": ["A", "A"], "more_than": 1}, "'A' is named twice"),
        ({"trait": "country", "is": ["CZ"]}, "write in: [one, two]"),
        ({"trait": "country"}, "nothing is tested"),
        ({"trait": "country", "within": "7d"}, "Extra inputs are not permitted"),
        ({"cart": {}}, "nothing is tested: add items, value or contains"),
        ({"cart": {"items": {"exactly": 0, "is": 0}}}, "'is' and 'exactly' stand together"),
        (
            {"cart": {"items": {"at_least": 0}}},
            "every cart has at least 0 items: write at_least: 1, or exactly",
        ),
        ({"cart": {"items": {"more_than": -1}}}, "every cart has more than -1 items"),
        ({"cart": {"items": {"less_than": 0}}}, "no cart has less than 0 items"),
        ({"cart": {"items": {"at_most": -1}}}, "no cart has at most -1 items"),
        ({"cart": {"items": -1}}, "no cart has -1 items"),
        ({"cart": {"value": {"exactly": 0}}}, "Extra inputs are not permitted"),
        ({"quiet_for": "0s"}, "a duration of nothing"),
        ({"quiet_for": "30m", "within": "7d"}, "Extra inputs are not permitted"),
        ({"in_segment": "VIP"}, "'VIP' is no name"),
    ],
)
def test_what_can_never_be_right_is_refused(written, sentence):
    assert sentence in _refusal(written)


def test_a_lifetime_total_is_a_trait_by_its_name():
    assert read_condition({"trait": "lifetime.net", "more_than": 500}).name == "lifetime.net"


@pytest.mark.parametrize("name", ["lifetime", "lifetime.spent", "lifetime.net.x"])
def test_a_lifetime_total_that_there_is_not_is_refused_with_those_there_are(name):
    refusal = _refusal({"trait": name, "more_than": 500})

    assert f"unknown trait '{name}'" in refusal
    assert "lifetime. goes before 'orders', 'revenue'" in refusal
