import pytest
from pydantic import ValidationError

from hub.errors import StrategyError
from hub.strategy.segments import Segment, ordered


def _segment(name, *others):
    conditions = [{"did": "Product Added"}, *({"not": {"in_segment": other}} for other in others)]
    return Segment.model_validate({"name": name, "when": {"any": conditions}})


def test_a_segment_knows_the_segments_it_refers_to():
    assert _segment("a", "b", "c").refers_to == {"b", "c"}


def test_segments_are_ordered_each_after_those_it_refers_to():
    segments = [_segment("a", "c"), _segment("b"), _segment("c", "b")]

    assert [segment.name for segment in ordered(segments)] == ["b", "c", "a"]


def test_the_order_does_not_depend_on_the_order_given():
    segments = [_segment("a"), _segment("b", "d"), _segment("c"), _segment("d")]

    assert ordered(segments) == ordered(reversed(segments))


def test_a_circle_is_told_as_a_circle():
    with pytest.raises(StrategyError, match=r"circle: (a -> b -> c -> a|b -> c -> a -> b|c -> a -> b -> c)"):
        ordered([_segment("a", "b"), _segment("b", "c"), _segment("c", "a")])


def test_a_segment_that_refers_to_itself_is_a_circle():
    with pytest.raises(StrategyError, match="circle: a -> a"):
        ordered([_segment("a", "a")])


def test_a_missing_segment_is_named():
    with pytest.raises(StrategyError, match="'a' refers to 'b', which does not exist"):
        ordered([_segment("a", "b")])


@pytest.mark.parametrize("name", ["", "VIP", "1st", "a-b", "a b", "é", "x" * 41])
def test_a_name_is_small_letters_digits_and_underscores(name):
    with pytest.raises(ValidationError, match="is no name"):
        _segment(name)
