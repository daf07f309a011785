"""Identifiers in the vendors' forms; the digests are the vendors' own check values and the hub's vectors."""

import pytest

from hub.connector_kit import hashing as h

RAW_EMAIL = " Anna.Jansen+Shop@Gmail.com "


@pytest.mark.parametrize(
    ("normal", "digest"),
    [
        (h.plain_email(RAW_EMAIL), "a618476a3af2aed73b8158f46a446a4765d8e6bde1bb59f58a698a2567ac3b9d"),
        (h.google_email(RAW_EMAIL), "95772bed64aad795d4b7e0dc75fe136f276f6631b4305fedac91b55bf17da427"),
        (
            h.google_email("user.name+NYC@Example.com"),
            "f109a2a632fbcea5fc82049f50beed3d8621bf9034399f437fb622222acccdac",
        ),
        (
            h.plain_email("Anna.Jansen@Example.com"),
            "9004c5b0ea116d2c8e0d4b6528ac0cac005835265bbd742c19c2e807381959f3",
        ),
        (h.digits_only("+31612345678"), "e03d152bbe638d9fe7a04f9b88a67674bf15b73c0981755c16eb78d177721e03"),
        (h.e164("+31 6 1234 5678"), "fab7be8a931d1088a82f6acf9e468aaf6a3accc07d5112ee5d6fca93281e1583"),
        (h.bare_name("Anna"), "55579b557896d0ce1764c47fed644f9b35f58bad620674af23f356d80ed0c503"),
        (h.bare_name("Jansen"), "4c617e204d9c1bf3abcb445df3a808c9f5c18c18668b29c3399d38946bc35bd8"),
        (h.meta_city("Amsterdam"), "26c98ec3b46b0a4f7bd5e464268df74a0ca7af24f2f1ec6cfdc27b5122a598fa"),
        (h.meta_zip("1012 AB"), "4eae493e6faa833589c87de609450298d15d3a344685a821ecb61d385f97e090"),
        (h.iso_country("NL"), "1843653496800edfd0d30326c82f53b0338ed408468cca4a2f1b52f2f6395fc9"),
        ("cust-42", "8a3c5a67cad508582b5edf6b8352cea3ffbad7f44812c1a736b4444c0f5746aa"),
        # Published by the vendors.
        (
            h.plain_email("mary@example.com"),
            "f1904cf1a9d73a55fa5de0ac823c4403ded71afd4c3248d00bdcd0866552bb79",
        ),
        (h.digits_only("+15559876543"), "1ef970831d7963307784fa8688e8fce101a15685d62aa765fed23f3a2c576a4e"),
        (
            h.plain_email("john_smith@gmail.com"),
            "62a14e44f765419d10fea99367361a727c12365e2520f32218d505ed9aa0f62f",
        ),
        (
            h.digits_only("+1 650-555-1212"),
            "e323ec626319ca94ee8bff2e4c87cf613be6ea19919ed1364124e16807ab3176",
        ),
        (h.iso_country("US"), "79adb2a2fce5c6ba215fe5f27f532d4e7edbac4b6a5e09e1ef3a08084a904621"),
        (
            h.google_email("alexz@example.com"),
            "509e933019bb285a134a9334b8bb679dff79d0ce023d529af4bd744d47b4fd8a",
        ),
        (h.e164("+18005550100"), "fb4f73a6ec5fdb7077d564cdd22c3554b43ce49168550c3b12c547b78c517b30"),
    ],
)
def test_digests_are_those_the_vendors_compute(normal: str, digest: str) -> None:
    assert h.sha256_hex(normal) == digest


def test_only_gmails_dots_and_suffixes_are_ignored_and_googlemail_stays_googlemail() -> None:
    assert h.google_email("A.B+c@googlemail.com") == "ab@googlemail.com"
    assert h.google_email("a.b+c@example.com") == "a.b+c@example.com"
    assert h.google_email_dots_only("a.b+c@gmail.com") == "ab+c@gmail.com"


def test_the_unusable_is_left_out_and_never_hashed() -> None:
    unusable = [
        h.plain_email("nobody"),
        h.e164("06-1234 5678"),
        h.digits_only("12"),
        h.iso_country("Holland"),
    ]

    assert unusable == ["", "", "", ""]
    assert h.sha256_hex("") == ""


def test_names_keep_accents_and_lose_punctuation() -> None:
    assert h.bare_name(" Anne-Marie d'É ") == "annemariedé"


def test_a_city_that_metas_libraries_disagree_on_is_left_out() -> None:
    assert (h.meta_city("St. Pölten"), h.meta_city("Paris 8")) == ("", "paris")


def test_american_post_codes_have_five_digits() -> None:
    assert h.meta_zip("94105-1234", "US") == "94105"
    assert h.meta_zip("941051234", "us") == "94105"


def test_an_address_to_deliver_to_keeps_its_local_part_and_gets_an_ascii_domain() -> None:
    assert h.delivery_email(" Anna.Jansen@EXAMPLE.com ") == "Anna.Jansen@example.com"
    assert h.delivery_email("anna@bücher.example") == "anna@xn--bcher-kva.example"


@pytest.mark.parametrize(
    "address", ["", "anna", "@example.com", "ännä@example.com", "an na@example.com", "a@b"]
)
def test_what_cannot_be_delivered_to_is_an_error(address: str) -> None:
    with pytest.raises(ValueError, match="not a deliverable"):
        h.delivery_email(address)
