import base64
from typing import Any

import pytest

from cli.sandbox.vendors import ANYBODY, discover
from cli.sandbox.wire import Request, State
from tests.cli.vendor_requests import EMAIL_HASH, PHONE_HASH, ask, request

A_DESTINATION = {
    "operatingAccount": {"accountType": "GOOGLE_ADS", "accountId": "1234567890"},
    "productDestinationId": "555000111",
}
GRANTED = {"adUserData": "CONSENT_GRANTED", "adPersonalization": "CONSENT_GRANTED"}
EMAIL = {"emailAddress": EMAIL_HASH}
ADDRESS = {"givenName": EMAIL_HASH, "familyName": EMAIL_HASH, "regionCode": "NL", "postalCode": "1012 AB"}


def member(*identifiers: dict[str, Any]) -> dict[str, Any]:
    return {"userData": {"userIdentifiers": list(identifiers)}}


def removal(**changes: Any) -> dict[str, Any]:
    return {"destinations": [A_DESTINATION], "audienceMembers": [member(EMAIL)], "encoding": "HEX"} | changes


def ingestion(**changes: Any) -> dict[str, Any]:
    terms = {"customerMatchTermsOfServiceStatus": "ACCEPTED"}
    return removal(consent=GRANTED, termsOfService=terms) | changes


def post(verb: str, body: Any, state: State | None = None) -> Any:
    return ask("google_ads", request("POST", f"/v1/{verb}", body, Authorization="Bearer token"), state)


def test_members_are_queued_under_a_request_id_that_can_be_asked_for() -> None:
    state: State = {}
    everything = member(EMAIL, {"phoneNumber": PHONE_HASH}, {"address": ADDRESS})

    answer = post("audienceMembers:ingest", ingestion(audienceMembers=[everything]), state)
    asked = Request(
        method="GET",
        path="/v1/requestStatus:retrieve",
        query={"requestId": answer.body["requestId"]},
        headers={"Authorization": "Bearer token"},
    )

    assert answer.status == 200
    assert (
        ask("google_ads", asked, state).body["requestStatusPerDestination"][0]["requestStatus"] == "SUCCESS"
    )


def test_removal_is_the_same_without_consent_and_terms() -> None:
    assert post("audienceMembers:remove", removal()).status == 200
    assert post("audienceMembers:remove", ingestion()).status == 400


def test_base64_hashes_are_taken_when_the_encoding_says_so() -> None:
    encoded = {"emailAddress": base64.b64encode(bytes.fromhex(EMAIL_HASH)).decode()}

    assert (
        post("audienceMembers:remove", removal(audienceMembers=[member(encoded)], encoding="BASE64")).status
        == 200
    )
    assert (
        post("audienceMembers:remove", removal(audienceMembers=[member(encoded)], encoding="HEX")).status
        == 400
    )


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"destinations": []}, "REQUIRED_FIELD_MISSING"),
        ({"destinations": [A_DESTINATION] * 11}, "TOO_MANY_DESTINATIONS"),
        ({"destinations": [A_DESTINATION | {"productDestinationId": "555-000"}]}, "INVALID_USER_LIST_ID"),
        ({"destinations": [A_DESTINATION | {"operatingAccount": {}}]}, "INVALID_ACCOUNT_ID"),
        ({"audienceMembers": []}, "REQUIRED_FIELD_MISSING"),
        ({"audienceMembers": [member(EMAIL)] * 10_001}, "TOO_MANY_AUDIENCE_MEMBERS"),
        ({"audienceMembers": [member()]}, "NO_IDENTIFIERS_PROVIDED"),
        ({"audienceMembers": [member(*[EMAIL] * 11)]}, "TOO_MANY_USER_IDENTIFIERS"),
        ({"audienceMembers": [member({"emailAddress": "anna@example.com"})]}, "INVALID_HEX_ENCODING"),
        ({"audienceMembers": [member({"emailAddress": EMAIL_HASH.upper()})]}, "INVALID_HEX_ENCODING"),
        ({"audienceMembers": [member({**EMAIL, "phoneNumber": PHONE_HASH})]}, "INVALID_IDENTIFIER"),
        ({"audienceMembers": [member({"address": {**ADDRESS, "postalCode": ""}})]}, "INCOMPLETE_ADDRESS"),
        (
            {"audienceMembers": [member(EMAIL), {"mobileData": {"mobileIds": ["x"]}}]},
            "MULTIPLE_DATA_TYPES_NOT_ALLOWED",
        ),
        ({"encoding": None}, "ENCODING_REQUIRED"),
        ({"consent": {"adUserData": "GRANTED"}}, "INVALID_CONSENT"),
        ({"termsOfService": {}}, "TERMS_AND_CONDITIONS_NOT_SIGNED"),
    ],
)
def test_a_wrong_field_is_named_with_its_reason(change: dict[str, Any], reason: str) -> None:
    answer = post("audienceMembers:ingest", ingestion(**change))

    assert answer.status == 400
    assert answer.body["error"]["details"][0]["fieldViolations"][0]["reason"] == reason


def test_a_field_the_message_does_not_have_is_refused() -> None:
    assert post("audienceMembers:ingest", ingestion(customerMatch=True)).status == 400


def test_a_conversion_needs_its_transaction_and_time() -> None:
    event = {"transactionId": "ord-9001", "eventTimestamp": "2026-11-21T10:00:00Z", **member(EMAIL)}
    body = {"destinations": [A_DESTINATION], "events": [event], "encoding": "HEX"}

    assert post("events:ingest", body).status == 200
    assert post("events:ingest", body | {"events": [event | {"transactionId": ""}]}).status == 400


def test_a_call_without_a_token_is_unauthenticated() -> None:
    answer = ask("google_ads", request("POST", "/v1/audienceMembers:remove", removal()))

    assert (answer.status, answer.body["error"]["status"]) == (401, "UNAUTHENTICATED")


@pytest.mark.parametrize("connector", ["google_ads", "display_video_360", "the_trade_desk"])
def test_a_token_can_be_fetched_under_every_base_url(connector: str) -> None:

    vendor = discover().get(connector, ANYBODY)

    answer = vendor.respond(Request(method="POST", path="/token", raw=b"grant_type=refresh_token"), {})

    assert answer.body["access_token"]
