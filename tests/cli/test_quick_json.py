"""Lines read quickly are read as the hub reads them, whatever stands in them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.replaying.quick_json import quick_parse
from hub.errors import InvalidEvent
from hub.json_values import MAX_DEPTH, parse

numbers = st.from_regex(r"\A-?(0|[1-9][0-9]{0,30})(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?\Z")
values = st.recursive(
    numbers
    | st.text(st.characters(exclude_categories=[])).map(json.dumps)
    | st.text().map(lambda text: json.dumps(text, ensure_ascii=False))
    | st.sampled_from(["NaN", "-Infinity", "null", "true", '"\\ud83d"', '"\\u0000"', "-0", "tru"]),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda parts: f"[{', '.join(parts)}]")
        | st.lists(st.tuples(st.sampled_from(["a", "b", "\\u0061"]), inner), max_size=3).map(
            lambda pairs: "{" + ",".join(f'"{key}":{value}' for key, value in pairs) + "}"
        )
    ),
    max_leaves=8,
)
lines = values.map(lambda text: text.encode(errors="surrogatepass")) | st.binary(max_size=20)


def read(read_line, line):
    """The value with its types, or what kind of error it is."""
    try:
        return repr(read_line(line))
    except (InvalidEvent, ValueError) as error:
        return type(error)


@given(lines)
def test_a_line_is_the_same_value_or_the_same_error(line):
    assert read(quick_parse, line) == read(lambda one: parse(one.decode(errors="replace")), line)


@pytest.mark.parametrize(
    "text",
    [
        str(2**64),
        str(-(2**63) - 1),
        "1" * 400,
        "1e400",
        "9" * 25 + ".5",
        '"\\u0000"',
        "[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1),
        "[" * 5_000 + "]" * 5_000,
        "\ufeff{}",
        "",
    ],
)
def test_what_orjson_reads_otherwise_is_left_to_the_hub(text):
    line = text.encode()

    assert read(quick_parse, line) == read(lambda one: parse(one.decode(errors="replace")), line)
