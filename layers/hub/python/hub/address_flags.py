"""What is wrong with a customer's addresses, said by traits of the hub's own beside them.

`email_invalid`, `email_disposable` and `phone_invalid` are there only while true. They are derived anew from
the address that won whenever another may have: so they hang on no order, and a better address clears them.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from hub import addresses
from hub.identities import Reader, usable
from hub.traits import OWN, Traits, TraitValue

_WATCHED = OWN | {"email", "phone"}
_KNOWN = 20_000
"""Domains remembered a process."""


def concern(said: Mapping[str, Any]) -> bool:
    """Whether traits that were heard can change what is wrong, or claim to know it."""
    return not _WATCHED.isdisjoint(said)


def flag(traits: Traits, reader: Reader) -> None:
    """Say it of the addresses as they stand now."""
    email, phone = traits.get("email"), traits.get("phone")
    _say(traits, "email_invalid", email, is_so=_is_said(email) and not _normalised(email))
    _say(traits, "email_disposable", email, is_so=is_disposable(_normalised(email).rpartition("@")[2]))
    _say(traits, "phone_invalid", phone, is_so=_is_said(phone) and not _number(phone, reader))


@lru_cache(maxsize=_KNOWN)
def is_disposable(domain: str) -> bool:
    """Whether a domain, or one that it is part of, gives away addresses to be thrown away."""
    # 200 KB of names: not for Lambdas and batches that meet no address.
    from disposable_email_domains import blocklist  # noqa: PLC0415

    labels = domain.split(".")
    return any(".".join(labels[start:]) in blocklist for start in range(len(labels) - 1))


def _say(traits: Traits, name: str, address: TraitValue | None, *, is_so: bool) -> None:
    """With the party, time and message of the address itself."""
    if is_so and address is not None:
        traits[name] = replace(address, value=True, displaced=())
    else:
        traits.pop(name, None)


def _is_said(address: TraitValue | None) -> bool:
    """ "null", "none" and nothing at all say that there is no address."""
    return address is not None and address.value is not None and bool(usable(str(address.value)))


def _normalised(email: TraitValue | None) -> str:
    return addresses.email(email.value.strip()) if email and isinstance(email.value, str) else ""


def _number(phone: TraitValue | None, reader: Reader) -> str:
    return reader.normalised("phone", phone.value, phone.source) if phone else ""
