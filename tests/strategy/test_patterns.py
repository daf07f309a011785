"""Regular expressions: those that may never end are refused, the others surely end."""

import re
import time

import pytest

from hub.strategy.patterns import MOST_OPEN, REACH, fault_of, finder

HARMLESS = [
    "^o", "^T.a$", "[0-9]+", "tea", "^[A-Z]{3}$", r"^\d{4}-\d{2}-\d{2}$", "^(CZ|SK|DE)$", "(?i)^(yes|no)$",
    "^[a-z]+(-[a-z]+)*$", "^[a-z]+(?:-[a-z0-9]+)+$", r"^[^@\s]+@[^@\s]+\.[^@\s]+$",
    r"^[\w.+-]+@[\w-]+(\.[\w-]+)+$",
    r"^([^,]*,)*[^,]*$", r"^(\d{1,3}\.){3}\d{1,3}$", r"^\d{1,3}(,\d{3})*(\.\d+)?$", "^https?://",
    r"utm_source=\w+",
    r"^(\+?\d{1,3}[- ]?)?\d+$", "^(?:[A-Z][a-z]+ )*[A-Z][a-z]+$", "^(foo|bar)+$", "^(food|foo)+$",
    "^(ab){2,5}$",
    r"^\w{8}(-\w{4}){3}-\w{12}$", r"^/[a-z]*(/[a-z-]*)*$", r"^(\s*\w+\s*;)*$", "^(?=.*[0-9])[a-z0-9]+$",
    "^[ab|c]*$", r"^\+?\d{1,3}[- ]?\(?\d{1,4}\)?[- ]?\d{1,4}[- ]?\d{1,9}$",
    r"^(a|b)*$", "^(é[a-z]+)+$", r"^(#\w+)+$", r"(?i)^(x[a-w]+)+$", "^$", "", "a??b", r"(.)\1", "^([a-z] )+$",
]  # fmt: skip
ENDLESS = [
    "^([a-z]+ ?)+$", "^(a+)+$", "(a*)*b", "^(a|a?)+$", "(.*)*x", "^(.*,?)+$", r"^(\w+\s?)*$", "^(a|ab|b)*$",
    r"^\w+([.-]?\w+)*@x$", r"^(\d+|[a-z]+)+$", "^(a?){30}a{30}$", "^((a+)b?)+$", "^(?:(?:a+))+$", "(x+x+)+y",
    r"^(\w+_)+$", "^(-[a-z-]+)*$", "^([a-z]{1,9}){2,}$", "(?=(a+)+$)b", "^(a|(b+)+)$", "(?i)^(x[A-Z]+)+$",
    r"^((.)\2*)+$", "^(a+?)+$",
]  # fmt: skip


@pytest.mark.parametrize("pattern", HARMLESS)
def test_what_can_part_a_text_in_one_way_only_is_taken(pattern: str) -> None:
    assert fault_of(pattern) is None


@pytest.mark.parametrize("pattern", ENDLESS)
def test_a_repeated_group_that_can_part_a_text_in_many_ways_is_refused(pattern: str) -> None:
    message, advice = fault_of(pattern) or ("", "")

    assert "many ways" in message
    assert fault_of(re.findall(r"\^\S+$", advice)[0]) is None


def test_more_open_repeats_than_any_text_gets_through_are_refused() -> None:
    assert fault_of("^" + "a*b" * MOST_OPEN) is None
    assert fault_of("^" + "a*b" * (MOST_OPEN + 1)) == (
        "has 6 open repeats",
        "keep 5 at most, ^ at the beginning saves one",
    )


def test_many_small_repeats_are_as_good_as_open_ones() -> None:
    assert fault_of("^" + "a{0,16}" * 6 + "b") is None
    assert fault_of("^" + "a{0,16}" * 7 + "b") is not None
    assert fault_of("^" + "a?" * 30 + "a" * 30) is not None


@pytest.mark.parametrize(
    ("pattern", "reach"),
    [
        ("^o", REACH[0]), ("^[a-z]+$", REACH[1]), ("tea", REACH[1]), ("t[a-z]+", REACH[2]),
        ("^[a-z]+(-[a-z]+)*$", REACH[2]), (r"^\S+@\S+\.\S+$", REACH[3]), ("^(a+|b)x{2,90}", REACH[2]),
    ],
)  # fmt: skip
def test_the_more_open_repeats_the_shorter_a_text_is_looked_at(pattern: str, reach: int) -> None:
    text = {"^o": "o", "^(a+|b)x{2,90}": "axx"}.get(pattern, "tea")
    text = "t@t.tt" if "@" in pattern else text

    assert finder(pattern)(text + text[-1] * (reach - len(text)))
    assert not finder(pattern)(text + text[-1] * (reach - len(text) + 1))


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"^\S+@\S+\.\S+$", "@." * 249 + " "), (".*a.*b!", "ab" * 250), ("a*a*a*b", "a" * 150),
        ("^a*a*a*a*a*b", "a" * 80), ("^a*a*b", "a" * 5_000), ("[a-z]+x", "a" * 5_000),
        ("^[a-z]+(-[a-z]+)*$", "a-" * 2_499 + "!"), ("^" + "a?" * 20 + "a" * 20 + "$", "a" * 19 + "b"),
    ],
)  # fmt: skip
def test_as_far_as_a_text_is_looked_at_it_takes_no_time(pattern: str, text: str) -> None:
    assert fault_of(pattern) is None
    begin = time.process_time()

    finder(pattern)(text)

    assert time.process_time() - begin < 1
