"""What templates and connectors see of a customer."""

from typing import Any

import pytest

from hub.connector_kit.fields import From
from hub.documents import document
from tests.builders import NOW, a_profile, an_identify

EMAIL = From("profile.traits.email", "profile.email")


def seen(*told: Any) -> dict[str, Any]:
    events = [
        an_identify(NOW + place, user_id="u-1", message_id=f"m{place}", traits={"email": email})
        for place, email in enumerate(told)
    ]
    return document(a_profile(*events))


@pytest.mark.parametrize("broken", [12, "anna at home", True, "undefined", "N/A", "", None])
def test_a_trait_that_is_no_address_gives_way_to_the_address_she_is_known_by(broken: object) -> None:
    told = seen("anna@example.com", broken)

    assert told["profile"]["traits"]["email"] == "anna@example.com"
    assert EMAIL.find(told) == "anna@example.com"


def test_an_address_stays_as_she_wrote_it() -> None:
    assert seen("anna@example.com", "Anna@Example.org")["profile"]["traits"]["email"] == "Anna@Example.org"


def test_where_no_address_is_known_what_was_told_stands() -> None:
    assert seen("anna at home")["profile"]["traits"]["email"] == "anna at home"
    assert "email" not in seen(None)["profile"]["traits"]
