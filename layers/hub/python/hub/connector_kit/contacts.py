"""Membership in audiences that are matched by contact data: what most ad platforms do."""

from typing import Annotated, Self

from pydantic import model_validator

from hub.connector_kit.declaration import Membership
from hub.connector_kit.fields import From
from hub.connector_kit.hashing import bare_name, e164, iso_country, plain_email, sha256_hex


class ContactMembership(Membership):
    """The customer's contact data as the hub knows it; the vendor's file brings it into form in `row`."""

    external_id: Annotated[str, From("profile.user_id", "profile.id")] = ""
    email: Annotated[str, From("profile.traits.email", "profile.email")] = ""
    phone: Annotated[str, From("profile.phone", "profile.traits.phone")] = ""
    first_name: Annotated[str, From("profile.traits.first_name", "profile.traits.firstName")] = ""
    last_name: Annotated[str, From("profile.traits.last_name", "profile.traits.lastName")] = ""
    city: Annotated[str, From("profile.traits.address.city", "profile.traits.city")] = ""
    postal_code: Annotated[
        str, From("profile.traits.address.postal_code", "profile.traits.address.postalCode")
    ] = ""
    country: Annotated[str, From("profile.traits.address.country", "profile.traits.country")] = ""

    @model_validator(mode="after")
    def _can_be_matched(self) -> Self:
        if not (plain_email(self.email) or e164(self.phone)):
            raise ValueError("neither email nor phone")
        return self

    def hashed_address(self) -> tuple[str, str, str, str] | None:
        """Given and family name hashed, country (ISO alpha-2) and post code plain: all four or none."""
        given, family = sha256_hex(bare_name(self.first_name)), sha256_hex(bare_name(self.last_name))
        country, code = iso_country(self.country).upper(), self.postal_code.strip()
        return (given, family, country, code) if given and family and country and code else None
