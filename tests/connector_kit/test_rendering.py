"""The strategy's texts, filled in: what is missing is empty, HTML is safe, values keep their types."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.connector_kit import Rendered, render_template, render_value
from hub.connector_kit.rendering import look_up, render_html, render_text

DOCUMENT: dict[str, Any] = {
    "profile": {"traits": {"first_name": "<b>Anna</b>", "age": 31, "vip": False}},
    "cart": {"items": 2, "lines": [{"name": "Tea & co", "price": 9.5}]},
}


def test_html_is_escaped_and_plain_text_is_not() -> None:
    assert render_html("<p>{{ profile.traits.first_name }}</p>", DOCUMENT) == "<p>&lt;b&gt;Anna&lt;/b&gt;</p>"
    assert render_text("Hi {{ profile.traits.first_name }}", DOCUMENT) == "Hi <b>Anna</b>"


@pytest.mark.parametrize(
    "source",
    [
        "{{ profile.traits.nothing.at.all }}",
        "{% for line in basket.lines %}{{ line.name }}{% endfor %}",
        "{{ profile.traits.nothing | upcase }}",
        "{{ nothing | times: 2 | round | divided_by: 0 }}{% if nothing > 3 %}x{% endif %}",
    ],
)
def test_what_is_missing_or_broken_never_stops_a_letter(source: str) -> None:
    assert render_text(source, {}) in ("", "0")


def test_loops_and_filters_do_their_work() -> None:
    source = "{% for line in cart.lines %}{{ line.name }} {{ line.price | round: 2 }}{% endfor %}"

    assert render_text(source, DOCUMENT) == "Tea & co 9.5"


def test_a_lone_path_keeps_its_type() -> None:
    params = {"items": "{{ cart.items }}", "vip": "{{profile.traits.vip}}", "words": "{{ cart.items }} items"}

    assert render_value(params, DOCUMENT) == {"items": 2, "vip": False, "words": "2 items"}


def test_texts_are_filled_in_at_any_depth_and_other_values_stay() -> None:
    params = {"a": ["{{ cart.lines.0.name }}", 3, {"b": "{{ nothing }}"}], "c": None}

    assert render_value(params, DOCUMENT) == {"a": ["Tea & co", 3, {"b": ""}], "c": None}


def test_a_subject_has_one_line_whatever_the_profile_says() -> None:
    template = Rendered(subject="Hi {{ profile.name }}", html="", text="")

    rendered = render_template(template, {"profile": {"name": "Anna\r\nBcc: all@example.com"}})

    assert rendered.subject == "Hi Anna Bcc: all@example.com"


@given(st.text(max_size=60))
def test_what_a_customer_calls_herself_is_never_run(name: str) -> None:
    document = {"profile": {"name": "{{ 7 | times: 6 }}" + name}}

    assert render_text("{{ profile.name }}!", document) == document["profile"]["name"] + "!"


def test_a_path_leads_through_mappings_and_lists_and_else_to_nothing() -> None:
    assert look_up(DOCUMENT, "cart.lines.0.price") == 9.5
    assert look_up(DOCUMENT, "cart.lines.1.price") == ""
    assert look_up(DOCUMENT, "cart.items.0") == ""
