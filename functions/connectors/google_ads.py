"""Google Ads Customer Match by the Data Manager API; the older API takes no new uploaders."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from hub import connector_kit as kit
from hub.aws.connector_lambda import connector_handler
from hub.connector_kit import hashing


class GoogleAdsCredentials(kit.AudienceCredentials):
    """`audiences`: name -> user list id. All ids are digits without dashes."""

    client_id: str
    client_secret: str
    refresh_token: str
    account_id: str
    login_account_id: str = ""
    """The manager account, where access goes through one."""
    user_project: str = ""
    """Google Cloud project that the quota counts against; user credentials need it."""

    @classmethod
    def example(cls) -> "GoogleAdsCredentials":
        secrets = {"client_secret": "secret", "refresh_token": "1//refresh"}
        accounts = {"account_id": "1234567890", "login_account_id": "9876543210"}
        return cls(client_id="id.test", **secrets, **accounts, audiences={"cart_abandoners": "555000111"})

    def destination(self, audience: str) -> dict[str, Any]:
        accounts = {"operatingAccount": self.account_id, "loginAccount": self.login_account_id}
        named = {
            role: {"accountType": "GOOGLE_ADS", "accountId": one} for role, one in accounts.items() if one
        }
        return {"reference": audience, **named, "productDestinationId": self.audience_id(audience)}


URL = "https://datamanager.googleapis.com/v1/audienceMembers"
GRANTED = {
    "consent": {"adUserData": "CONSENT_GRANTED", "adPersonalization": "CONSENT_GRANTED"},
    "termsOfService": {"customerMatchTermsOfServiceStatus": "ACCEPTED"},
}
_DESTINATION = {
    "reference": "cart_abandoners",
    "operatingAccount": {"accountType": "GOOGLE_ADS", "accountId": "1234567890"},
    "loginAccount": {"accountType": "GOOGLE_ADS", "accountId": "9876543210"},
    "productDestinationId": "555000111",
}
_IDENTIFIERS = [
    {"emailAddress": "95772bed64aad795d4b7e0dc75fe136f276f6631b4305fedac91b55bf17da427"},
    {"emailAddress": "4d619905c7ab2238d5679051212304efc35118b117cbdf9af1d64650c2d02ca4"},
    {"phoneNumber": "fab7be8a931d1088a82f6acf9e468aaf6a3accc07d5112ee5d6fca93281e1583"},
    {
        "address": {
            "givenName": "55579b557896d0ce1764c47fed644f9b35f58bad620674af23f356d80ed0c503",
            "familyName": "4c617e204d9c1bf3abcb445df3a808c9f5c18c18668b29c3399d38946bc35bd8",
            "regionCode": "NL",
            "postalCode": "1012 AB",
        }
    },
]
_BODY = {
    "destinations": [_DESTINATION],
    "audienceMembers": [{"userData": {"userIdentifiers": _IDENTIFIERS}}],
    "encoding": "HEX",
}


class Join(kit.ContactMembership):
    """Into a user list; leave removes by the same identifiers."""

    batch: ClassVar[int] = 10_000
    example = kit.Example(
        params={"audience": "cart_abandoners"},
        requests=(kit.HttpRequest(method="POST", url=f"{URL}:ingest", json={**_BODY, **GRANTED}),),
        answers=(kit.Answer.of(200, {"requestId": "req-1"}),),
        inverse=(kit.HttpRequest(method="POST", url=f"{URL}:remove", json=_BODY),),
    )

    def row(self) -> kit.Row:
        # Google's documentation and its own helper differ on gmail's +suffix: both hashes go, ten may.
        emails = dict.fromkeys((hashing.google_email(self.email), hashing.google_email_dots_only(self.email)))
        identifiers: list[dict[str, Any]] = [
            {"emailAddress": hashing.sha256_hex(one)} for one in emails if one
        ]
        if phone := hashing.e164(self.phone):
            identifiers.append({"phoneNumber": hashing.sha256_hex(phone)})
        if address := self.hashed_address():
            names = ("givenName", "familyName", "regionCode", "postalCode")
            identifiers.append({"address": dict(zip(names, address, strict=True))})
        return kit.Row(who={"userIdentifiers": identifiers})

    @classmethod
    def on(cls, rows: Sequence[kit.Row], target: str, credentials: GoogleAdsCredentials) -> kit.HttpRequest:
        # Without consent nobody comes past the gate.
        return _members("ingest", rows, target, credentials, GRANTED)

    @classmethod
    def off(cls, rows: Sequence[kit.Row], target: str, credentials: GoogleAdsCredentials) -> kit.HttpRequest:
        return _members("remove", rows, target, credentials, {})


def _members(
    verb: str, rows: Sequence[kit.Row], target: str, api: GoogleAdsCredentials, more: Mapping[str, Any]
) -> kit.HttpRequest:
    project = {"x-goog-user-project": api.user_project} if api.user_project else {}
    members = [{"userData": row.who} for row in rows]
    body = {"destinations": [api.destination(target)], "audienceMembers": members, "encoding": "HEX", **more}
    return kit.HttpRequest(method="POST", url=f"{URL}:{verb}", headers=project, json=body)


def _violations(answer: kit.Answer) -> Mapping[int, str]:
    """google.rpc.BadRequest names fields: audience_members[3].user_data… (or in camelCase)."""
    violations = [
        one for detail in answer.at("error.details") or [] for one in detail.get("fieldViolations", [])
    ]
    named = [(re.search(r"[mM]embers\[(\d+)\]", one.get("field", "")), one) for one in violations]
    return {int(found.group(1)): str(one.get("reason", "")) for found, one in named if found}


connector = kit.Connector(
    slug="google_ads",
    credentials=GoogleAdsCredentials,
    actions=kit.actions(Join),
    auth=kit.RefreshToken(token_url="https://oauth2.googleapis.com/token"),  # noqa: S106 - an address, no secret
    # Queued is not processed: the request id finds the result (requestStatus:retrieve) from half an hour on.
    answers=kit.Answers(
        code=("error.status",),
        text="error.message",
        token="requestId",  # noqa: S106
        # Terms not signed, account not allowed, wrong login account: all wait for a person.
        codes={**kit.RPC_CODES, "FAILED_PRECONDITION": "auth"},
        bad_rows=_violations,
    ),
    batch_size=1_000,
    pace=5,
    read_timeout=30,
)
handler = connector_handler(connector)
