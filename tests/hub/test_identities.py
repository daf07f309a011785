"""Identifiers: equal people have equal texts, and what stands for nobody is none."""

from typing import Any

import pytest

from hub.events import Event
from hub.identities import Identifier, Reader, profile_id_for, usable
from hub.rules import Rules
from hub.strategy.policy import Policy
from hub.strategy.strategy import Strategy
from tests.builders import an_event, an_identify


def identifiers_of(event: Event, **policy: Any) -> tuple[Identifier, ...]:
    return Rules(Strategy(policy=Policy.model_validate(policy))).identifiers.of(event)


def email(value: Any) -> str:
    return Reader().normalised("email", value)


def phone(value: Any, region: str = "") -> str:
    return Reader(regions={"shop": region}).normalised("phone", value, "shop")


@pytest.mark.parametrize(
    ("value", "address"),
    [
        (" Anna@Example.COM ", "anna@example.com"),
        ("o'neil+shop@mail.example.co.uk", "o'neil+shop@mail.example.co.uk"),
        ("anna@bücher.example", "anna@xn--bcher-kva.example"),
        ("anna@BÜCHER.example", "anna@xn--bcher-kva.example"),
        ("anna@straße.example", "anna@xn--strae-oqa.example"),  # UTS 46: ß is no longer ss
        ("anna@example", ""), ("@example.com", ""), ("anna", ""), ("", ""), ("an na@example.com", ""),
        ("a@b@example.com", ""), ("anna@example..com", ""), ("Anna <anna@example.com>", ""),
        ("anna@shop.test", ""), ("anna@example.invalid", ""), ("root@localhost", ""),
        ("anna@[127.0.0.1]", ""),
        (None, ""), (5, ""), (["anna@example.com"], ""), (f"anna@{'ž' * 80}.example", ""),
    ],
)  # fmt: skip
def test_an_address_is_trimmed_lower_cased_and_in_ascii_or_it_is_none(value: Any, address: str) -> None:
    assert email(value) == address


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("+420 603 123 456", "+420603123456"), ("00420603123456", "+420603123456"),
        ("tel:+420-603-123-456", "+420603123456"), ("+420 (0)603 123 456", ""),
        ("+1 (212) 555-0100", "+12125550100"), ("+44\u00a020 7946 0958", "+442079460958"),
        ("603 123 456", ""), ("+0420603123456", ""), ("+420", ""), ("+420 603 123", ""),
        ("+999 123 456 789", ""),
        ("+420 603 123 456 ext. 7", ""), ("", ""), (None, ""), (420603123456, ""), ("call me", ""),
    ],
)  # fmt: skip
def test_a_telephone_number_is_e164_or_it_is_none(value: Any, number: str) -> None:
    assert phone(value) == number


@pytest.mark.parametrize(
    ("value", "region", "number"),
    [
        ("603 123 456", "CZ", "+420603123456"), ("020 7946 0958", "GB", "+442079460958"),
        ("(212) 555-0100", "US", "+12125550100"), ("+420 603 123 456", "US", "+420603123456"),
        ("00420 603 123 456", "US", "+420603123456"), ("603 123 456", "US", ""),
        (603123456, "CZ", "+420603123456"), (603123456.0, "CZ", "+420603123456"),
        (4915123456789, "DE", "+4915123456789"), ("420603123456", "CZ", "+420603123456"),
        ("4915123456789", "CZ", "+4915123456789"), ("3911234567", "IT", "+393911234567"),
    ],
)  # fmt: skip
def test_a_number_without_its_country_is_read_as_from_its_sources(
    value: str, region: str, number: str
) -> None:
    assert phone(value, region) == number


def test_only_the_source_that_has_a_region_lends_it() -> None:
    sources = {"shop": {"region": "CZ"}, "app": {}}
    said = [
        an_identify(user_id="u-1", traits={"phone": "603123456"}, source=source) for source in ("shop", "app")
    ]

    found = [identifiers_of(event, sources=sources) for event in said]

    assert found == [(("user_id", "u-1"), ("phone", "+420603123456")), (("user_id", "u-1"),)]


@pytest.mark.parametrize(("said", "text"), [(77, "77"), (77.0, "77"), (" 77 ", "77"), (7.5, "7.5")])
@pytest.mark.parametrize("kind", ["user_id", "anonymous_id", "loyalty_card"])
def test_a_number_is_the_same_id_as_its_text(kind: str, said: object, text: str) -> None:
    assert Reader().normalised(kind, said) == text


NOBODYS = ["null", "N/A", "NULL", " undefined ", "None", "nan", "-1", "0", "000",
           "00000000-0000-0000-0000-000000000000", "", "anonymous", "guest", "[object Object]"]  # fmt: skip


@pytest.mark.parametrize("value", NOBODYS)
def test_what_broken_clients_send_instead_of_nothing_stands_for_nobody(value: str) -> None:
    assert usable(value) == ""
    assert identifiers_of(an_event(user_id=value, anonymous_id=value)) == ()
    assert identifiers_of(an_identify(user_id=value, traits={"email": value, "phone": value})) == ()


@pytest.mark.parametrize("value", ["a-1", "-10", "001", "nullable", "Anna"])
def test_any_other_value_stands_for_somebody(value: str) -> None:
    assert usable(f" {value} ") == value


def test_what_the_policy_blocks_stands_for_nobody_in_any_spelling() -> None:
    policy = {"identifiers": {"blocked": ["Kiosk", "test@Example.com", "+420 603 123 456", "+420603999999"]}}
    traits = {"email": " TEST@example.COM", "phone": "+420 603 123 456"}

    assert identifiers_of(an_identify(user_id="KIOSK", anonymous_id="a-1", traits=traits), **policy) == (
        ("anonymous_id", "a-1"),
    )
    assert identifiers_of(an_identify(user_id="u", traits={"phone": "+420 603 999 999"}), **policy) == (
        ("user_id", "u"),
    )
    assert identifiers_of(an_event(user_id="kiosk"), **policy) == ()


SPELLINGS = [
    ("+420 603 123 456", "+420603123456"), ("+420 603 123 456", "00420603123456"),
    ("603123456", "+420 603 123 456"), ("00420603123456", "603 123 456"),
]  # fmt: skip


@pytest.mark.parametrize(("blocked", "said"), SPELLINGS)
def test_a_blocked_number_is_blocked_in_any_spelling_that_a_source_may_use(blocked: str, said: str) -> None:
    reader = Reader(blocked=[blocked], regions={"shop": "CZ", "other": "DE"})

    assert reader.normalised("phone", said, "shop") == ""
    assert reader.normalised("phone", "+420603123457", "shop") == "+420603123457"


@pytest.mark.parametrize(
    ("blocked", "said"),
    [
        ("info@bücher.example", "INFO@xn--bcher-kva.example"),
        ("info@xn--bcher-kva.example", "info@BÜCHER.example"),
        (" Info@bücher.example", "info@bücher.example "),
    ],
)
def test_a_blocked_address_is_blocked_in_any_spelling(blocked: str, said: str) -> None:
    reader = Reader(blocked=[blocked])

    assert reader.normalised("email", said) == ""
    assert reader.normalised("email", "anna@bücher.example") == "anna@xn--bcher-kva.example"


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


def test_which_types_there_are_and_which_is_better_is_the_policys() -> None:
    event = an_identify(
        user_id="u-1", anonymous_id="a-1", traits={"email": "anna@example.com", "phone": "+420603123456"}
    )

    found = identifiers_of(event, identifiers={"priority": ["email", "user_id", "anonymous_id"]})

    assert found == (("email", "anna@example.com"), ("user_id", "u-1"), ("anonymous_id", "a-1"))
    assert identifiers_of(an_event(anonymous_id="a-1"), identifiers={"priority": ["anonymous_id", "user_id"]})


VENDORS = {"priority": ["user_id", "braze_id", "email", "loyalty_card", "anonymous_id"]}


def test_vendors_ids_are_read_from_external_ids_and_from_traits_of_their_name() -> None:
    external = [
        {"id": "b-1", "type": "braze_id", "collection": "users", "encoding": "none"},
        {"id": 77, "type": "loyalty_card"},
        {"id": "acme", "type": "braze_id", "collection": "accounts"},
        {"id": "z-1", "type": "unheard_of"},
        {"id": "mail@example.com", "type": "email"},
        {"id": ["b-2"], "type": "braze_id"},
        {"id": "null", "type": "braze_id"},
        "b-3",
    ]
    event = an_identify(
        user_id="u-1", traits={"loyalty_card": " 4-711 "}, context={"externalIds": external, "locale": "cs"}
    )

    assert identifiers_of(event, identifiers=VENDORS) == (
        ("user_id", "u-1"),
        ("braze_id", "b-1"),
        ("loyalty_card", "4-711"),
        ("loyalty_card", "77"),
    )


def test_a_vendors_id_counts_on_any_event_and_only_where_the_policy_names_it() -> None:
    event = an_event(anonymous_id="a-1", context={"externalIds": [{"id": "b-1", "type": "braze_id"}]})

    assert identifiers_of(event, identifiers=VENDORS) == (("braze_id", "b-1"), ("anonymous_id", "a-1"))
    assert identifiers_of(event) == (("anonymous_id", "a-1"),)
    assert identifiers_of(an_event(anonymous_id="a-1", context={"externalIds": 5}), identifiers=VENDORS)


def test_a_vendors_id_longer_than_an_id_may_be_is_none() -> None:
    event = an_identify(user_id="u-1", traits={"braze_id": "b" * 257})

    assert identifiers_of(event, identifiers=VENDORS) == (("user_id", "u-1"),)


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
