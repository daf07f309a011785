"""Display & Video 360 Customer Match: customers in and out of audiences, by hashed contact data."""

from collections.abc import Sequence
from typing import Any, ClassVar

from hub import connector_kit as kit
from hub.aws.connector_lambda import connector_handler
from hub.connector_kit import hashing


class DisplayVideo360Credentials(kit.AudienceCredentials):
    """`audiences`: name -> id of a first-party audience of type CUSTOMER_MATCH_CONTACT_INFO."""

    client_id: str
    client_secret: str
    refresh_token: str
    advertiser_id: str

    @classmethod
    def example(cls) -> "DisplayVideo360Credentials":
        secrets = {"client_secret": "secret", "refresh_token": "1//refresh"}
        return cls(
            client_id="id.test", **secrets, advertiser_id="4455", audiences={"cart_abandoners": "778899"}
        )


URL = "https://displayvideo.googleapis.com/v4/firstPartyAndPartnerAudiences"
# Consent is per list and one denial refuses all of it: the gate lets only those through who granted it.
CONSENT = {"adUserData": "CONSENT_STATUS_GRANTED", "adPersonalization": "CONSENT_STATUS_GRANTED"}
_CONTACT = {
    "hashedEmails": ["95772bed64aad795d4b7e0dc75fe136f276f6631b4305fedac91b55bf17da427"],
    "hashedPhoneNumbers": ["fab7be8a931d1088a82f6acf9e468aaf6a3accc07d5112ee5d6fca93281e1583"],
    "hashedFirstName": "55579b557896d0ce1764c47fed644f9b35f58bad620674af23f356d80ed0c503",
    "hashedLastName": "4c617e204d9c1bf3abcb445df3a808c9f5c18c18668b29c3399d38946bc35bd8",
    "countryCode": "NL",
    "zipCodes": ["1012 AB"],
}


def _example(change: str) -> kit.HttpRequest:
    listed = {"contactInfos": [_CONTACT], "consent": CONSENT}
    address = f"{URL}/778899:editCustomerMatchMembers"
    return kit.HttpRequest(method="POST", url=address, json={"advertiserId": "4455", change: listed})


class Join(kit.ContactMembership):
    """Into an audience; leave removes the same hashes."""

    batch: ClassVar[int] = 10_000
    example = kit.Example(
        params={"audience": "cart_abandoners"},
        requests=(_example("addedContactInfoList"),),
        answers=(kit.Answer.of(200, {"firstPartyAndPartnerAudienceId": "778899"}),),
        inverse=(_example("removedContactInfoList"),),
    )

    def row(self) -> kit.Row:
        contact: dict[str, Any] = {}
        if email := hashing.google_email(self.email):
            contact["hashedEmails"] = [hashing.sha256_hex(email)]
        if phone := hashing.e164(self.phone):
            contact["hashedPhoneNumbers"] = [hashing.sha256_hex(phone)]
        if address := self.hashed_address():
            given, family, country, code = address
            contact |= {"hashedFirstName": given, "hashedLastName": family}
            contact |= {"countryCode": country, "zipCodes": [code]}
        return kit.Row(who=contact)

    @classmethod
    def on(
        cls, rows: Sequence[kit.Row], target: str, credentials: DisplayVideo360Credentials
    ) -> kit.HttpRequest:
        return _edit("addedContactInfoList", rows, target, credentials)

    @classmethod
    def off(
        cls, rows: Sequence[kit.Row], target: str, credentials: DisplayVideo360Credentials
    ) -> kit.HttpRequest:
        return _edit("removedContactInfoList", rows, target, credentials)


def _edit(
    change: str, rows: Sequence[kit.Row], target: str, api: DisplayVideo360Credentials
) -> kit.HttpRequest:
    return kit.HttpRequest(
        method="POST",
        url=f"{URL}/{api.audience_id(target)}:editCustomerMatchMembers",
        json={
            "advertiserId": api.advertiser_id,
            change: {"contactInfos": [row.who for row in rows], "consent": CONSENT},
        },
    )


connector = kit.Connector(
    slug="display_video_360",
    credentials=DisplayVideo360Credentials,
    actions=kit.actions(Join),
    auth=kit.RefreshToken(token_url="https://oauth2.googleapis.com/token"),  # noqa: S106 - an address, no secret
    answers=kit.Answers(code=("error.status",), text="error.message", codes=kit.RPC_CODES),
    batch_size=1_000,
    read_timeout=30,
)
handler = connector_handler(connector)
