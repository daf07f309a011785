"""Display & Video 360 Customer Match: customers in and out of audiences, by hashed contact data."""

from collections.abc import Sequence
from typing import Any, ClassVar

from hub.aws.connector_lambda import connector_handler
from hub.connector_kit import (
    Answer,
    Answers,
    AudienceCredentials,
    Connector,
    ContactMembership,
    Example,
    HttpRequest,
    RefreshToken,
    Row,
    actions,
)
from hub.connector_kit import hashing as h
from hub.connector_kit.examples import ANNA


class DisplayVideo360Credentials(AudienceCredentials):
    """`audiences`: name -> id of a first-party audience of type CUSTOMER_MATCH_CONTACT_INFO."""

    client_id: str
    client_secret: str
    refresh_token: str
    advertiser_id: str

    @classmethod
    def example(cls) -> "DisplayVideo360Credentials":
        return cls(
            client_id="id.apps.googleusercontent.com",
            client_secret="secret",  # noqa: S106
            refresh_token="1//refresh",  # noqa: S106
            advertiser_id="4455",
            audiences={"cart_abandoners": "778899"},
        )


# Consent is per list and one denial refuses the whole list: the gate lets only those through who granted it.
CONSENT = {"adUserData": "CONSENT_STATUS_GRANTED", "adPersonalization": "CONSENT_STATUS_GRANTED"}

_URL = "https://displayvideo.googleapis.com/v4/firstPartyAndPartnerAudiences/778899:editCustomerMatchMembers"
_LIST = {
    "contactInfos": [
        {
            "hashedEmails": ["95772bed64aad795d4b7e0dc75fe136f276f6631b4305fedac91b55bf17da427"],
            "hashedPhoneNumbers": ["fab7be8a931d1088a82f6acf9e468aaf6a3accc07d5112ee5d6fca93281e1583"],
            "hashedFirstName": "55579b557896d0ce1764c47fed644f9b35f58bad620674af23f356d80ed0c503",
            "hashedLastName": "4c617e204d9c1bf3abcb445df3a808c9f5c18c18668b29c3399d38946bc35bd8",
            "countryCode": "NL",
            "zipCodes": ["1012 AB"],
        }
    ],
    "consent": CONSENT,
}


class Join(ContactMembership):
    """Into an audience; leave removes the same hashes."""

    batch: ClassVar[int] = 10_000
    example = Example(
        params={"audience": "cart_abandoners"},
        document=ANNA,
        requests=(
            HttpRequest(
                method="POST", url=_URL, json={"advertiserId": "4455", "addedContactInfoList": _LIST}
            ),
        ),
        answers=(Answer.of(200, {"firstPartyAndPartnerAudienceId": "778899"}),),
        inverse=(
            HttpRequest(
                method="POST", url=_URL, json={"advertiserId": "4455", "removedContactInfoList": _LIST}
            ),
        ),
    )

    def row(self) -> Row:
        email, phone = h.google_email(self.email), h.e164(self.phone)
        contact = {
            "hashedEmails": [h.sha256_hex(email)] if email else [],
            "hashedPhoneNumbers": [h.sha256_hex(phone)] if phone else [],
        }
        return Row(who={name: hashes for name, hashes in contact.items() if hashes} | self._address())

    def _address(self) -> dict[str, Any]:
        """All four parts or none."""
        parts = {
            "hashedFirstName": h.sha256_hex(h.bare_name(self.first_name)),
            "hashedLastName": h.sha256_hex(h.bare_name(self.last_name)),
            "countryCode": h.iso_country(self.country).upper(),
            "zipCodes": [self.postal_code.strip()] if self.postal_code.strip() else [],
        }
        return parts if all(parts.values()) else {}

    @classmethod
    def on(cls, rows: Sequence[Row], target: str, credentials: DisplayVideo360Credentials) -> HttpRequest:
        return _edit("addedContactInfoList", rows, target, credentials)

    @classmethod
    def off(cls, rows: Sequence[Row], target: str, credentials: DisplayVideo360Credentials) -> HttpRequest:
        return _edit("removedContactInfoList", rows, target, credentials)


def _edit(
    change: str, rows: Sequence[Row], target: str, credentials: DisplayVideo360Credentials
) -> HttpRequest:
    audience = credentials.audience_id(target)
    changed = {"contactInfos": [row.who for row in rows], "consent": CONSENT}
    return HttpRequest(
        method="POST",
        url=f"https://displayvideo.googleapis.com/v4/firstPartyAndPartnerAudiences/{audience}:editCustomerMatchMembers",
        json={"advertiserId": credentials.advertiser_id, change: changed},
    )


connector = Connector(
    slug="display_video_360",
    credentials=DisplayVideo360Credentials,
    actions=actions(Join),
    auth=RefreshToken(token_url="https://oauth2.googleapis.com/token"),  # noqa: S106 - an address, not a secret
    answers=Answers(
        code=("error.status",),
        text="error.message",
        codes={
            "INVALID_ARGUMENT": "row",
            "NOT_FOUND": "gone",
            "UNAUTHENTICATED": "auth",
            "PERMISSION_DENIED": "auth",
            **dict.fromkeys(["RESOURCE_EXHAUSTED", "UNAVAILABLE", "DEADLINE_EXCEEDED", "INTERNAL"], "retry"),
        },
    ),
    batch_size=1_000,
    read_timeout=30,
)
handler = connector_handler(connector)
