"""E-mail addresses and telephone numbers, written so that equal ones have equal texts."""

from functools import lru_cache

_KNOWN = 20_000
"""Addresses and numbers remembered a process: a customer's own come again and again."""


@lru_cache(maxsize=_KNOWN)
def email(text: str) -> str:
    """Trimmed and lower-cased, the domain in its ASCII form (UTS 46); "" when it is no address.

    Addresses that cannot be anybody's (`.test`, `.invalid`, `localhost`, …) are none.
    """
    # Imported late: most batches carry no address, and a cold Lambda pays for what it imports.
    from email_validator import EmailNotValidError, validate_email  # noqa: PLC0415

    try:
        told = validate_email(text.strip(), check_deliverability=False)
    except EmailNotValidError:
        return ""
    return f"{told.local_part.lower()}@{told.ascii_domain}"


@lru_cache(maxsize=_KNOWN)
def phone(text: str, region: str = "") -> str:
    """E.164 with its plus; `region`: where a number without its country's prefix is from. "" when it is none.

    A number with an extension is a company's: all who sit behind it would be one customer.
    """
    from phonenumbers import (  # noqa: PLC0415 - 70 ms, and most batches carry no number
        NumberParseException,
        PhoneNumberFormat,
        format_number,
        is_possible_number,
        is_valid_number,
        parse,
    )

    for said in _readings(text.strip(), region):
        try:
            number = parse(said, region or None)
        except NumberParseException:
            continue
        if is_possible_number(number) and is_valid_number(number) and not number.extension:
            return format_number(number, PhoneNumberFormat.E164)
    return ""


def has_numbers(region: str) -> bool:
    """Whether a country code, as ISO 3166 has it, has telephone numbers of its own."""
    from phonenumbers import SUPPORTED_REGIONS  # noqa: PLC0415

    return region in SUPPORTED_REGIONS


def _readings(said: str, region: str) -> tuple[str, ...]:
    """As it stands; and 00, with which most countries dial abroad, as the plus that it means.

    Digits alone may lack the plus, as where a database kept a number: those that begin like the region's own
    numbers abroad surely do. Without a region they may as well lack their country.
    """
    if said.startswith("00"):
        return (said, "+" + said[2:])
    if not region or not said.isdecimal():
        return (said,)
    from phonenumbers import country_code_for_region  # noqa: PLC0415

    abroad = "+" + said
    return (abroad, said) if said.startswith(str(country_code_for_region(region))) else (said, abroad)
