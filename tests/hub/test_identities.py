"""Identifiers: equal people have equal texts, and what stands for nobody is none."""

from typing import Any

import pytest

from hub import identities
from hub.identities import identifiers_of, profile_id_for
from tests.builders import an_event, an_identify


@pytest.mark.parametrize(
    ("value", "address"),
    [
        (" Anna@Example.COM ", "anna@example.com"),
        ("o'neil+shop@mail.example.co.uk", "o'neil+shop@mail.example.co.uk"),
        ("anna@bücher.example", "anna@xn--bcher-kva.example"),
        ("a@b@example.com", "a@b@example.com"),
        ("anna@example", ""), ("@example.com", ""), ("anna", ""), ("", ""), ("an na@example.com", ""),
        (None, ""), (5, ""), (["anna@example.com"], ""), (f"anna@{'ž' * 80}.example", ""),
    ],
)  # fmt: skip
def test_an_address_is_trimmed_lower_cased_and_in_ascii_or_it_is_none(value: Any, address: str) -> None:
    assert identities.email(value) == address


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("+420 603 123 456", "+420603123456"), ("00420603123456", "+420603123456"),
        ("+1 (212) 555-0100", "+12125550100"), ("+44\u00a020 7946 0958", "+442079460958"),
        ("603 123 456", ""), ("+0420603123456", ""), ("+420", ""), ("", ""), (None, ""), (420603123456, ""),
    ],
)  # fmt: skip
def test_a_telephone_number_is_e164_or_it_is_none(value: Any, number: str) -> None:
    assert identities.phone(value) == number


@pytest.mark.parametrize(
    "value",
    ["null", "NULL", " undefined ", "None", "nan", "-1", "0", "000", "00000000-0000-0000-0000-000000000000",
     "", "anonymous", "guest", "[object Object]"],
)  # fmt: skip
def test_what_broken_clients_send_instead_of_nothing_stands_for_nobody(value: str) -> None:
    assert identities.usable(value) == ""
    assert identifiers_of(an_event(user_id=value, anonymous_id=value)) == ()


@pytest.mark.parametrize("value", ["a-1", "-10", "001", "nullable", "Anna"])
def test_any_other_value_stands_for_somebody(value: str) -> None:
    assert identities.usable(f" {value} ") == value


def test_identifiers_come_best_first() -> None:
    event = an_identify(
        user_id="u-1", anonymous_id="a-1", traits={"email": "Anna@Example.com", "phone": "+420603123456"}
    )

    assert identifiers_of(event) == (
        ("user_id", "u-1"),
        ("email", "anna@example.com"),
        ("phone", "+420603123456"),
        ("anonymous_id", "a-1"),
    )


def test_an_alias_carries_the_older_identifier_too() -> None:
    alias = an_event(type="alias", user_id="u-1", previous_id="a-9")

    assert identifiers_of(alias) == (("user_id", "u-1"), ("anonymous_id", "a-9"))


@pytest.mark.parametrize("previous", ["u-1", "null", ""])
def test_an_alias_to_oneself_or_from_nobody_is_harmless(previous: str) -> None:
    alias = an_event(type="alias", user_id="u-1", previous_id=previous)

    assert identifiers_of(alias) == (("user_id", "u-1"),)


def test_only_an_alias_speaks_of_a_previous_id() -> None:
    assert identifiers_of(an_event(user_id="u-1", previous_id="a-9")) == (("user_id", "u-1"),)


def test_each_identifier_is_carried_once() -> None:
    alias = an_event(type="alias", user_id="u-1", anonymous_id="a-1", previous_id="a-1")

    assert identifiers_of(alias) == (("user_id", "u-1"), ("anonymous_id", "a-1"))


def test_the_id_of_a_profile_follows_from_the_identifier_that_founds_it() -> None:
    ids = {profile_id_for(one) for one in (("user_id", "x"), ("anonymous_id", "x"), ("user_id", "y"))}

    assert len(ids) == 3
    assert profile_id_for(("user_id", "x")) in ids
