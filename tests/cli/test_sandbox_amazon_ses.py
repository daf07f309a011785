from typing import Any

import pytest

from tests.cli.vendor_requests import SIGV4, ask, request

PATH = "/v2/email/outbound-emails"


def an_email(**changes: Any) -> dict[str, Any]:
    simple = {"Subject": {"Data": "We missed you"}, "Body": {"Html": {"Data": "<p>Hi</p>"}}}
    email = {
        "FromEmailAddress": "Shop <news@mail.example.com>",
        "Destination": {"ToAddresses": ["anna.jansen@example.com"]},
        "EmailTags": [{"Name": "send_id", "Value": "msg_1"}],
        "Content": {"Simple": simple},
    }
    return email | changes


def test_an_email_is_accepted_with_a_message_id_of_its_own() -> None:
    state: dict[str, Any] = {}

    first = ask("amazon_ses", request("POST", PATH, an_email(), Authorization=SIGV4), state)
    second = ask("amazon_ses", request("POST", PATH, an_email(), Authorization=SIGV4), state)

    assert (first.status, second.status) == (200, 200)
    assert first.body["MessageId"] != second.body["MessageId"]


@pytest.mark.parametrize("authorization", ["", "Bearer token", SIGV4.replace("/ses/", "/s3/")])
def test_a_request_that_is_not_signed_for_ses_is_refused(authorization: str) -> None:
    answer = ask("amazon_ses", request("POST", PATH, an_email(), Authorization=authorization))

    assert answer.status == 403


@pytest.mark.parametrize(
    "change",
    [
        {"FromEmailAddress": "Shop"},
        {"Destination": {}},
        {"Destination": {"ToAddresses": ["žaneta@example.com"]}},
        {"Destination": {"ToAddresses": ["anna@exämple.com"]}},
        {"Destination": {"ToAddresses": ["a@example.com"] * 51}},
        {"Destination": "anna@example.com"},
        {"Content": {}},
        {"Content": {"Simple": {"Subject": {"Data": "x"}, "Body": {}}}},
        {"Content": {"Simple": {"Subject": {"Data": "x"}, "Body": {"Text": {}}}}},
        {"EmailTags": [{"Name": "journey", "Value": "cart recovery"}]},
    ],
)
def test_an_email_of_a_wrong_shape_is_refused_and_nothing_is_sent(change: dict[str, Any]) -> None:
    state: dict[str, Any] = {}

    answer = ask("amazon_ses", request("POST", PATH, an_email(**change), Authorization=SIGV4), state)

    assert answer.status == 400
    assert answer.headers["x-amzn-ErrorType"] == "BadRequestException"
    assert state == {}


def test_a_header_with_a_colon_in_its_name_is_refused() -> None:
    content = an_email()["Content"]
    content["Simple"]["Headers"] = [{"Name": "List:Unsubscribe", "Value": "<https://u.example.com>"}]

    answer = ask("amazon_ses", request("POST", PATH, an_email(Content=content), Authorization=SIGV4))

    assert answer.status == 400


def test_an_address_put_on_the_suppression_list_can_be_taken_off_once() -> None:
    state: dict[str, Any] = {}
    block = {"EmailAddress": "anna@example.com", "Reason": "COMPLAINT"}
    put = request("PUT", "/v2/email/suppression/addresses", block, Authorization=SIGV4)
    delete = request("DELETE", "/v2/email/suppression/addresses/anna%40example.com", Authorization=SIGV4)

    answers = [ask("amazon_ses", asked, state).status for asked in (put, delete, delete)]

    assert answers == [200, 200, 404]
