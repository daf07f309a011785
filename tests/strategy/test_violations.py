import pytest

from hub.strategy.tracking_plan import Shape
from hub.strategy.violations import Violation, violations

_ORDER = Shape.model_validate(
    {
        "type": "object",
        "required": ["order_id"],
        "properties": {
            "order_id": {"type": "string", "minLength": 2, "maxLength": 8, "pattern": "^o"},
            "revenue": {"type": "number", "minimum": 0, "maximum": 1000},
            "status": {"enum": ["new", "paid"]},
            "email": {"format": "email"},
            "day": {"format": "date"},
            "at": {"format": "date-time"},
            "url": {"format": "uri"},
            "products": {
                "type": "array",
                "minItems": 1,
                "maxItems": 2,
                "items": {"type": "object", "properties": {"price": {"type": ["number", "string"]}}},
            },
        },
    }
)


def _found(**properties):
    return list(violations({"order_id": "o1", **properties}, _ORDER))


def test_what_is_as_planned_breaks_nothing():
    good = {
        "revenue": 12.5,
        "status": "paid",
        "email": "anna@shop.example",
        "day": "2026-11-21",
        "at": "2026-11-21T10:00:00Z",
        "url": "https://shop.example/",
        "products": [{"price": "12.50"}, {"price": 3}],
        "unplanned": True,
    }

    assert _found(**good) == []


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({"order_id": "x"}, [("order_id", "is shorter than 2"), ("order_id", "does not match ^o")]),
        ({"order_id": "o12345678"}, [("order_id", "is longer than 8")]),
        ({"order_id": 5}, [("order_id", "is integer, not string")]),
        ({"revenue": -1}, [("revenue", "is less than 0")]),
        ({"revenue": 1001}, [("revenue", "is more than 1000")]),
        ({"revenue": True}, [("revenue", "is boolean, not number")]),
        ({"status": "lost"}, [("status", "is none of the values listed")]),
        ({"email": "anna"}, [("email", "is no email")]),
        ({"day": "21.11.2026"}, [("day", "is no date")]),
        ({"at": "noon"}, [("at", "is no date-time")]),
        ({"url": "shop"}, [("url", "is no uri")]),
        ({"products": []}, [("products", "has fewer than 1 elements")]),
        ({"products": [{}, {}, {}]}, [("products", "has more than 2 elements")]),
        ({"products": [{"price": []}]}, [("products.0.price", "is array, not number or string")]),
    ],
)
def test_each_break_is_told_with_its_path_and_without_the_value(properties, expected):
    assert [(one.path, one.message) for one in _found(**properties)] == expected


@pytest.mark.parametrize("properties", [{}, {"order_id": None}])
def test_what_is_required_and_not_there_is_missing(properties):
    assert list(violations(properties, _ORDER)) == [Violation("order_id", "is missing", quarantines=True)]


def test_a_null_is_nothing_and_breaks_nothing():
    assert _found(revenue=None) == []


def test_a_closed_shape_takes_no_more_than_it_names():
    closed = Shape.model_validate({"properties": {"a": {}}, "additionalProperties": False})

    assert list(violations({"a": 1, "b": 2}, closed)) == [Violation("b", "is not in the plan")]


def test_a_whole_number_may_be_written_with_a_point():
    assert list(violations(3.0, Shape(type="integer"))) == []


def _quarantines(value, /, **shape):
    found = violations(value, Shape.model_validate(shape))
    return {(one.path, one.message): one.quarantines for one in found}


def test_unless_said_only_what_is_missing_sets_an_event_aside():
    shape = {"required": ["order_id"], "properties": {"revenue": {"type": "number"}}}

    assert _quarantines({"revenue": "12"}, **shape) == {
        ("order_id", "is missing"): True,
        ("revenue", "is string, not number"): False,
    }


def test_a_property_says_what_becomes_of_an_event_that_breaks_it():
    revenue = {"type": "number", "minimum": 0, "on_violation": "quarantine"}
    shape = {"properties": {"revenue": revenue, "coupon": {"type": "string"}}}

    assert _quarantines({"revenue": -1, "coupon": 5}, **shape) == {
        ("revenue", "is less than 0"): True,
        ("coupon", "is integer, not string"): False,
    }


def test_what_a_shape_says_holds_for_all_inside_it_that_says_nothing_itself():
    price = {"properties": {"price": {"type": "number"}, "sku": {"type": "string", "on_violation": "warn"}}}
    shape = {
        "on_violation": "quarantine",
        "additionalProperties": False,
        "properties": {"products": {"items": price}},
    }

    found = _quarantines({"products": [{"price": "1", "sku": 5}], "else": 1}, **shape)

    assert found == {
        ("products.0.price", "is string, not number"): True,
        ("products.0.sku", "is integer, not string"): False,
        ("else", "is not in the plan"): True,
    }


def test_what_is_missing_may_be_taken_lightly_as_a_whole_or_one_by_one():
    whole = {"required": ["a"], "on_violation": "warn"}
    one = {"required": ["a", "b"], "properties": {"a": {"on_violation": "warn"}}}

    assert _quarantines({}, **whole) == {("a", "is missing"): False}
    assert _quarantines({}, **one) == {("a", "is missing"): False, ("b", "is missing"): True}


def test_the_place_of_a_violation_has_nothing_in_it_that_a_client_made_up():
    product = {"additionalProperties": False, "properties": {"price": {"type": "number"}}}
    shape = {
        "additionalProperties": False,
        "properties": {"products": {"items": product}},
        "required": ["id"],
    }
    value = {"anna@shop.example": 1, "products": [{"price": "1"}, {"anna@shop.example": 2}]}

    found = {(one.path, one.place) for one in violations(value, Shape.model_validate(shape))}

    assert found == {
        ("id", "id"),
        ("anna@shop.example", "*"),
        ("products.0.price", "products.*.price"),
        ("products.1.anna@shop.example", "products.*.*"),
    }


def test_a_text_longer_than_a_pattern_can_get_through_does_not_match_it() -> None:
    shape = Shape.model_validate({"pattern": "^[a-z]+(-[a-z]+)*$"})

    assert list(violations("a-b" * 1_000, shape)) == []
    assert [one.message for one in violations("a-b" * 10_000, shape)] == ["does not match ^[a-z]+(-[a-z]+)*$"]
