from typing import Any

import pytest

from tests.cli.vendor_requests import EMAIL_HASH, PHONE_HASH, ask, request

PATH = "/v4/firstPartyAndPartnerAudiences/77/"
GRANTED = {"adUserData": "CONSENT_STATUS_GRANTED", "adPersonalization": "CONSENT_STATUS_GRANTED"}
ADDRESS = {
    "hashedFirstName": EMAIL_HASH,
    "hashedLastName": EMAIL_HASH,
    "countryCode": "NL",
    "zipCodes": ["1012 AB"],
}


def contacts(*infos: dict[str, Any], consent: dict[str, str] | None = None) -> dict[str, Any]:
    return {"contactInfos": list(infos), "consent": GRANTED if consent is None else consent}


A_CONTACT = {"hashedEmails": [EMAIL_HASH], "hashedPhoneNumbers": [PHONE_HASH], **ADDRESS}


def edit(body: Any, verb: str = ":editCustomerMatchMembers") -> Any:
    path = PATH.rstrip("/") + verb
    return ask("display_video_360", request("POST", path, body, Authorization="Bearer token"))


@pytest.mark.parametrize(
    "body",
    [
        {"advertiserId": "4455", "addedContactInfoList": contacts(A_CONTACT)},
        {
            "advertiserId": "4455",
            "removedContactInfoList": contacts({"hashedEmails": [EMAIL_HASH]}, consent={}),
        },
        {
            "advertiserId": "4455",
            "addedContactInfoList": contacts(A_CONTACT),
            "removedContactInfoList": contacts(A_CONTACT),
        },
        {"advertiserId": "4455", "addedMobileDeviceIdList": {"mobileDeviceIds": ["abc"]}},
    ],
)
def test_members_can_be_added_and_removed(body: dict[str, Any]) -> None:
    answer = edit(body)

    assert (answer.status, answer.body) == (200, {"firstPartyAndPartnerAudienceId": "77"})


def test_a_denied_consent_refuses_the_whole_request() -> None:
    denied = GRANTED | {"adUserData": "CONSENT_STATUS_DENIED"}

    answer = edit({"advertiserId": "4455", "addedContactInfoList": contacts(A_CONTACT, consent=denied)})

    assert (answer.status, answer.body["error"]["status"]) == (400, "INVALID_ARGUMENT")


@pytest.mark.parametrize(
    "body",
    [
        {"addedContactInfoList": contacts(A_CONTACT)},
        {"advertiserId": "4455"},
        {"advertiserId": "4455", "addedContactInfoList": contacts()},
        {"advertiserId": "4455", "addedContactInfoList": contacts({"hashedEmails": ["anna@example.com"]})},
        {"advertiserId": "4455", "addedContactInfoList": contacts({"emails": [EMAIL_HASH]})},
        {"advertiserId": "4455", "addedContactInfoList": contacts({"countryCode": "NL"})},
        {"advertiserId": "4455", "addedContactInfoList": contacts(A_CONTACT), "encoding": "HEX"},
        {"advertiserId": "4455", "addedContactInfoList": contacts(A_CONTACT), "addedMobileDeviceIdList": {}},
    ],
)
def test_a_list_of_a_wrong_shape_is_refused(body: dict[str, Any]) -> None:
    assert edit(body).status == 400


def test_a_call_without_a_token_is_unauthenticated() -> None:
    asked = request("POST", f"{PATH[:-1]}:editCustomerMatchMembers", {"advertiserId": "1"})

    assert ask("display_video_360", asked).status == 401


def test_another_method_is_not_found() -> None:
    assert edit({}, verb=":removeAll").status == 404
