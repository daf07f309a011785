"""Google Ads Customer Match, by the Data Manager API (the Google Ads API takes no new uploaders since 2026-04)."""

import re
from collections.abc import Mapping, Sequence
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


class GoogleAdsCredentials(AudienceCredentials):
    """`audiences`: name -> user list id."""

    client_id: str
    client_secret: str
    refresh_token: str
    account_id: str
    """Digits without dashes."""
    login_account_id: str = ""
    """The manager account, where access goes through one."""
    user_project: str = ""
    """Google Cloud project billed for the quota; user credentials need it."""

    @classmethod
    def example(cls) -> "GoogleAdsCredentials":
        return cls(
            client_id="id.apps.googleusercontent.com",
            client_secret="secret",  # noqa: S106
            refresh_token="1//refresh",  # noqa: S106
            account_id="1234567890",
            login_account_id="9876543210",
            audiences={"cart_abandoners": "555000111"},
        )

    def destination(self, audience: str) -> dict[str, Any]:
        accounts = {"operatingAccount": self.account_id, "loginAccount": self.login_account_id}
        named = {
            role: {"accountType": "GOOGLE_ADS", "accountId": number}
            for role, number in accounts.items()
            if number
        }
        return {"reference": audience, **named, "productDestinationId": self.audience_id(audience)}


URL = "https://datamanager.googleapis.com/v1/audienceMembers"
CONSENT = {"adUserData": "CONSENT_GRANTED", "adPersonalization": "CONSENT_GRANTED"}
TERMS = {"customerMatchTermsOfServiceStatus": "ACCEPTED"}

_EXAMPLE = {
    "destinations": [
        {
            "reference": "cart_abandoners",
            "operatingAccount": {"accountType": "GOOGLE_ADS", "accountId": "1234567890"},
            "loginAccount": {"accountType": "GOOGLE_ADS", "accountId": "9876543210"},
            "productDestinationId": "555000111",
        }
    ],
    "audienceMembers": [
        {
            "userData": {
                "userIdentifiers": [
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
            }
        }
    ],
    "encoding": "HEX",
}
_GRANTED = {"consent": CONSENT, "termsOfService": TERMS}


class Join(ContactMembership):
    """Into a user list; leave removes by the same identifiers."""

    batch: ClassVar[int] = 10_000
    example = Example(
        params={"audience": "cart_abandoners"},
        document=ANNA,
        requests=(HttpRequest(method="POST", url=f"{URL}:ingest", json={**_EXAMPLE, **_GRANTED}),),
        answers=(Answer.of(200, {"requestId": "req-1"}),),
        inverse=(HttpRequest(method="POST", url=f"{URL}:remove", json=_EXAMPLE),),
    )

    def row(self) -> Row:
        # Google's documentation and its own helper differ on gmail's +suffix: both hashes go (10 are allowed).
        emails = dict.fromkeys((h.google_email(self.email), h.google_email_dots_only(self.email)))
        identifiers: list[dict[str, Any]] = [{"emailAddress": h.sha256_hex(one)} for one in emails if one]
        if phone := h.e164(self.phone):
            identifiers.append({"phoneNumber": h.sha256_hex(phone)})
        return Row(who={"userIdentifiers": identifiers + self._address()})

    def _address(self) -> list[dict[str, Any]]:
        """All four parts or none."""
        given, family = h.sha256_hex(h.bare_name(self.first_name)), h.sha256_hex(h.bare_name(self.last_name))
        region, code = h.iso_country(self.country).upper(), self.postal_code.strip()
        if not (given and family and region and code):
            return []
        parts = {"givenName": given, "familyName": family, "regionCode": region, "postalCode": code}
        return [{"address": parts}]

    @classmethod
    def on(cls, rows: Sequence[Row], target: str, credentials: GoogleAdsCredentials) -> HttpRequest:
        # The gate has asked for consent: without it nobody comes this far.
        return _members("ingest", rows, target, credentials, _GRANTED)

    @classmethod
    def off(cls, rows: Sequence[Row], target: str, credentials: GoogleAdsCredentials) -> HttpRequest:
        return _members("remove", rows, target, credentials, {})


def _members(
    verb: str, rows: Sequence[Row], target: str, credentials: GoogleAdsCredentials, more: Mapping[str, Any]
) -> HttpRequest:
    project = {"x-goog-user-project": credentials.user_project} if credentials.user_project else {}
    body = {
        "destinations": [credentials.destination(target)],
        "audienceMembers": [{"userData": row.who} for row in rows],
        "encoding": "HEX",
        **more,
    }
    return HttpRequest(method="POST", url=f"{URL}:{verb}", headers=project, json=body)


def _violations(answer: Answer) -> Mapping[int, str]:
    """google.rpc.BadRequest names fields: audience_members[3].user_data… (or in camelCase)."""
    details = answer.at("error.details") or []
    violations = [one for detail in details for one in detail.get("fieldViolations", [])]
    named = [(re.search(r"[mM]embers\[(\d+)\]", one.get("field", "")), one) for one in violations]
    return {int(found.group(1)): str(one.get("reason", "")) for found, one in named if found}


connector = Connector(
    slug="google_ads",
    credentials=GoogleAdsCredentials,
    actions=actions(Join),
    auth=RefreshToken(token_url="https://oauth2.googleapis.com/token"),  # noqa: S106 - an address, not a secret
    # Queued is not processed: the request id finds the result (requestStatus:retrieve) from half an hour on.
    answers=Answers(
        code=("error.status",),
        text="error.message",
        token="requestId",  # noqa: S106
        codes={
            "INVALID_ARGUMENT": "row",
            "NOT_FOUND": "gone",
            "UNAUTHENTICATED": "auth",
            # Terms not signed, account not allowed, wrong login account: all wait for a person.
            "PERMISSION_DENIED": "auth",
            "FAILED_PRECONDITION": "auth",
            **dict.fromkeys(["RESOURCE_EXHAUSTED", "UNAVAILABLE", "DEADLINE_EXCEEDED", "INTERNAL"], "retry"),
        },
        bad_rows=_violations,
    ),
    batch_size=1_000,
    pace=5,
    read_timeout=30,
)
handler = connector_handler(connector)
