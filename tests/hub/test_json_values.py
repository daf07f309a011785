"""JSON as clients send it, and what is left of it."""

import json

import pytest

from hub.errors import InvalidEvent
from hub.json_values import MAX_DEPTH, clean, decode, parse


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("NaN", None),
        ("[Infinity, -Infinity]", [None, None]),
        ("1e999", None),
        ("-" + "9" * 400, None),
        ("9" * 5_000, None),
        ("-1" + "0" * 308, -(10**308)),
        ("12345678901234567890", 12345678901234567890),
        (r'"a\u0000b"', "ab"),
        (r'"\ud83d"', "\ufffd"),
        (r'"\uD83D"', "\ufffd"),
        (r'"\ud83c\udf89"', "🎉"),
        (r'"\\u0000"', "\\u0000"),
        ('{"a": 1, "a": 2}', {"a": 2}),
        ('{"": {"č": "ř"}}', {"": {"č": "ř"}}),
    ],
)
def test_a_text_is_read_and_cleaned(text: str, value: object) -> None:
    assert parse(text) == value


@pytest.mark.parametrize("text", ["", "{", "{'a': 1}", "undefined", '"\n"', "[1,]"])
def test_a_text_that_is_not_json_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - that it is one is all that is promised
        parse(text)


@pytest.mark.parametrize("opened", ["[", '{"a":'])
@pytest.mark.parametrize("levels", [MAX_DEPTH + 1, 900, 200_000])
def test_a_text_nested_too_deep_is_refused(opened: str, levels: int) -> None:
    text = opened * levels + "1" + {"[": "]", '{"a":': "}"}[opened] * levels

    with pytest.raises(InvalidEvent, match="flatten"):
        parse(text)


def test_many_brackets_side_by_side_are_not_deep() -> None:
    text = json.dumps([{"a": [index]} for index in range(300)])

    assert parse(text) == json.loads(text)


def test_decoding_alone_leaves_the_texts_as_sent() -> None:
    assert decode(r'["\ud83d", NaN]') == ["\ud83d", None]


def test_a_sound_value_is_not_copied() -> None:
    value = {"a": [1, 2.5, True, None, {"b": "žluťoučký 🎉"}]}

    assert clean(value) is value
