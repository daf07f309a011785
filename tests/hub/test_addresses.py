"""Addresses and numbers of real, published test data, normalised as other software agrees they are."""

import csv
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hub import addresses

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
NUMBERS, ADDRESSES = DATA / "libphonenumber_examples.csv.gz", DATA / "email_validator_vectors.json.gz"
WORLD = "001"
"""The region of numbers that belong to no country, as satellite telephones' and international free ones'."""

OUT_OF_USE = {"+22920211234", "+22990011234", "+55300123456", "+385611234", "+9668110123456"}
"""By the numbering plans our library knows: Benin's numbers have ten digits since the end of 2024, say."""

needs_numbers = pytest.mark.skipif(not NUMBERS.exists(), reason="libphonenumber's examples are not here")
needs_addresses = pytest.mark.skipif(not ADDRESSES.exists(), reason="the address vectors are not here")


def examples() -> Iterator[dict[str, str]]:
    with gzip.open(NUMBERS, "rt") as rows:
        yield from csv.DictReader(rows)


@needs_numbers
def test_every_countrys_example_numbers_are_read_with_and_without_their_prefix() -> None:
    told = [row for row in examples() if row["e164"] not in OUT_OF_USE]
    dialled = [(row, addresses.phone(row["national_example"], row["region"])) for row in told]

    wrong = [(row, got) for row, got in dialled if got != row["e164"] and row["region"] != WORLD]
    abroad = [row for row in told if addresses.phone(row["e164"]) != row["e164"]]

    assert len(told) > 1_000
    assert wrong == []
    assert abroad == []


@needs_numbers
@pytest.mark.parametrize("number", sorted(OUT_OF_USE))
def test_a_number_that_no_plan_knows_any_more_is_none(number: str) -> None:
    assert number in {row["e164"] for row in examples()}
    assert addresses.phone(number) == ""


@needs_numbers
def test_national_numbers_mean_nothing_without_a_region() -> None:
    assert {addresses.phone(row["national_example"]) for row in examples()} == {""}


@pytest.fixture(scope="module")
def vectors() -> dict[str, list[Any]]:
    with gzip.open(ADDRESSES, "rt") as text:
        read: dict[str, list[Any]] = json.load(text)
    return read


@needs_addresses
@pytest.mark.parametrize("group", ["test_email_valid", "test_email_valid_intl_local_part"])
def test_valid_addresses_are_taken_with_their_domain_in_ascii(
    group: str, vectors: dict[str, list[Any]]
) -> None:
    """But for display names, quoted local parts and literal domains: nobody signs up with those."""
    plain = [(text, told) for text, told in vectors[group] if not {'"', "<", "["} & set(text)]

    got = {text: addresses.email(text) for text, _ in plain}

    assert len(plain) >= 5
    assert got == {text: f"{told['local_part'].lower()}@{told['ascii_domain']}" for text, told in plain}


@needs_addresses
@pytest.mark.parametrize("group", ["test_email_invalid_syntax", "test_email_invalid_reserved_domain"])
def test_invalid_addresses_are_none(group: str, vectors: dict[str, list[Any]]) -> None:
    """But for blanks around them, which we trim."""
    told = [one if isinstance(one, str) else one[0] for one in vectors[group]]
    texts = [text for text in told if text == text.strip()]

    assert len(texts) > 5
    assert {text: addresses.email(text) for text in texts} == dict.fromkeys(texts, "")
